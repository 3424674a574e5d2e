// A credential that belongs into a message over a WebSocket, as Discord's gateway takes it.
import { expect } from "expect";
import { test } from "node:test";
import type { Injection } from "../../lib/provider/definition.ts";
import { latin1 } from "../../lib/wire/byte_stream.ts";
import { ProxyAgent, WebSocket } from "undici";
import { frame, masked, readFrameHead } from "../../lib/wire/websocket.ts";
import {
  HOST,
  KEY,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { DENO_ONLY } from "../support/program.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const PLACEHOLDER = "authsome-proxy-managed";
const MASK = Uint8Array.of(7, 77, 177, 250);
const SWITCHED =
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello";
const IDENTIFY: Injection = {
  kind: "websocket",
  name: "d.token",
  value: "{api_key}",
  match: { op: 2 },
};

const text = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const utf8 = (value: string) => new TextEncoder().encode(value);
const message = (value: string) => text(frame(1, utf8(value), MASK));
const identify = (token = PLACEHOLDER, op = 2) =>
  JSON.stringify({ op, d: { token, intents: 7, properties: { os: "é" } } });

function rigTest(
  name: string,
  body: (rig: Rig, client: Awaited<ReturnType<typeof open>>) => Promise<void>,
  options: RigOptions = {},
) {
  const table = {
    routes: [route({ injections: [IDENTIFY] })],
    forbidden: [],
  };
  test(name, () =>
    withRig(
      { script: answering(() => SWITCHED), table, ...options },
      async (rig) => await body(rig, await open(rig)),
    ));
}

/** A client whose connection has become a WebSocket; `first` is sent with the request. */
async function open(rig: Rig, first = "") {
  const client = await rig.tunnel();
  client.send(
    `GET /?v=10 HTTP/1.1\r\nHost: ${HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n` +
      `Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n${first}`,
  );
  await client.until(/hello$/);
  return client;
}

/** The messages that the upstream got, unmasked, once there are `count`. */
async function messages(rig: Rig, count: number): Promise<string[]> {
  for (let round = 0; round < 500; round++) {
    const found = framesOf(rig);
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`there are only ${framesOf(rig).length} messages`);
}

function framesOf(rig: Rig): string[] {
  const { received } = rig.upstream.connections.at(-1)!;
  const bytes = latin1(received.slice(received.indexOf("\r\n\r\n") + 4));
  const found: string[] = [];
  for (let at = 0;;) {
    const head = readFrameHead(bytes, at);
    if (!head || at + head.headLength + head.length > bytes.length) {
      return found;
    }
    const from = at + head.headLength;
    at = from + head.length;
    found.push(
      new TextDecoder().decode(masked(bytes.subarray(from, at), head.mask!)),
    );
  }
}

rigTest(
  "the message that logs in gets the credential, and every other one stays",
  async (rig, client) => {
    const other = `{"op":1,"d":null}`;
    client.send(message(other) + message(identify()) + message(other));
    expect(await messages(rig, 3)).toEqual([other, identify(KEY), other]);
    const { received } = rig.upstream.connections.at(-1)!;
    expect(received).not.toMatch(/permessage-deflate/);
    expect(received).toContain(message(other));
    expect(rig.events).toMatchObject([
      { event: "inject", status: 101 },
      { event: "inject", detail: "WebSocket message" },
    ]);
  },
);

rigTest("bytes may come one by one, and in fragments", async (rig, client) => {
  const part = (first: number, value: string) => {
    const bytes = frame(1, utf8(value), MASK);
    bytes[0] = first;
    return text(bytes);
  };
  const whole = identify();
  const ping = text(frame(9, utf8("p"), MASK));
  const sent = part(1, whole.slice(0, 20)) + ping +
    part(0, whole.slice(20, 30)) + part(128, whole.slice(30)) +
    message("last");
  for (const character of sent) {
    client.socket.write(latin1(character));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await messages(rig, 3)).toEqual(["p", identify(KEY), "last"]);
});

rigTest("a long message is passed on while it comes", async (rig, client) => {
  const long = `${PLACEHOLDER}${"x".repeat(200_000)}`;
  client.send(message(long) + message(identify()));
  expect(await messages(rig, 2)).toEqual([long, identify(KEY)]);
});

rigTest(
  "many messages at once keep their order",
  async (rig, client) => {
    const sent = Array.from(
      { length: 200 },
      (_, at) => at % 3 === 0 ? identify() : `{"op":1,"d":${at}}`,
    );
    client.send(sent.map(message).join(""));
    expect(await messages(rig, 200)).toEqual(
      sent.map((each) => each.replace(PLACEHOLDER, KEY)),
    );
  },
);

const REFUSED: [what: string, sent: string, why: RegExp][] = [
  [
    "in another message",
    message(identify(PLACEHOLDER, 6)),
    /where no credential/,
  ],
  [
    "in another member",
    message(`{"op":2,"token":"${PLACEHOLDER}","d":{}}`),
    /where no credential/,
  ],
  ["in no JSON", message(`token ${PLACEHOLDER}`), /not JSON/],
  ["in a binary message", text(frame(2, utf8(identify()), MASK)), /no text/],
  [
    "of another connection",
    message(identify(`${PLACEHOLDER}.work`)),
    /cannot choose the connection/,
  ],
  [
    "compressed",
    text(frame(1, utf8("x"), MASK).map((byte, at) => at === 0 ? 0xc1 : byte)),
    /extension/,
  ],
];

for (const [what, sent, why] of REFUSED) {
  rigTest(
    `a placeholder ${what} closes the WebSocket and says why`,
    async (rig, client) => {
      client.send(sent);
      const answer = await client.closed();
      const close = latin1(answer.slice(answer.indexOf("hello") + 5));
      expect([close[0], close[2]! * 256 + close[3]!]).toEqual([0x88, 1008]);
      expect(text(close.subarray(4))).toMatch(why);
      expect(rig.events.at(-1)).toMatchObject({
        event: "deny",
        reason: "not_injectable",
        detail: "WebSocket message",
      });
      expect(framesOf(rig)).toEqual([]);
    },
  );
}

rigTest(
  "a credential that has gone is not sent in a later message",
  async (rig, client) => {
    client.send(message(identify()));
    const answer = await client.closed();
    expect(answer).toContain("logged out");
    expect(framesOf(rig)).toEqual([]);
  },
  {
    fresh: (() => {
      let times = 0;
      return () =>
        times++ === 0
          ? {
            ok: true as const,
            credential: { type: "api_key" as const, fields: {} },
            values: {},
          }
          : {
            ok: false as const,
            reason: "credential_missing" as const,
            status: 401 as const,
            message: "logged out",
            hint: "",
          };
    })(),
  },
);

test(
  "a real client and a real server do not see that a message was changed",
  { skip: DENO_ONLY },
  async () => {
    const got: string[] = [];
    const table = {
      routes: [route({ injections: [IDENTIFY] })],
      forbidden: [],
    };
    await withRig({
      table,
      serve({ certPem: cert, keyPem: key }) {
        const server = Deno.serve(
          { port: 0, hostname: "127.0.0.1", cert, key, onListen() {} },
          (request) => {
            const { socket, response } = Deno.upgradeWebSocket(request);
            socket.onmessage = ({ data }) => {
              got.push(data);
              socket.send(`got ${got.length}`);
            };
            return response;
          },
        );
        return Promise.resolve({
          port: server.addr.port,
          close: () => server.shutdown(),
        });
      },
    }, async (rig) => {
      const client = new WebSocket(`wss://${HOST}/?v=10`, {
        dispatcher: new ProxyAgent({
          uri: rig.proxy.url,
          requestTls: { ca: rig.authority.caPem },
        }),
      });
      const closed = Promise.withResolvers<void>();
      client.onclose = () => closed.resolve();
      client.onopen = () => {
        client.send(identify());
        client.send("x".repeat(100_000));
      };
      client.onmessage = ({ data }) => {
        if (data === "got 2") client.close();
      };
      await closed.promise;
      expect(got).toEqual([identify(KEY), "x".repeat(100_000)]);
    });
  },
);
