// A credential that belongs into the body of a request: JSON and forms, and every other byte as it was.
import { expect } from "expect";
import { test } from "node:test";
import type { Injection } from "../../lib/provider/definition.ts";
import {
  HOST,
  KEY,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering } from "../support/servers/tls_upstream.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const PLACEHOLDER = "authsome-proxy-managed";
const JSON_MEMBER: Injection = {
  kind: "body",
  format: "json",
  name: "auth.key",
  value: "{api_key}",
  max_bytes: 200,
};
const PARAMETER: Injection = {
  kind: "body",
  format: "form",
  name: "token",
  value: "{api_key}",
};
const HEADER: Injection = {
  kind: "header",
  name: "Authorization",
  value: "Bearer {api_key}",
};

function rigTest(
  name: string,
  injections: Injection[],
  body: (rig: Rig) => Promise<void>,
  options: RigOptions = {},
) {
  const table = { routes: [route({ injections })], forbidden: [] };
  test(
    name,
    () => withRig({ script: answering(() => OK), table, ...options }, body),
  );
}

/** As the upstream of the rig has text: a character for each byte. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function post(type: string, text: string, fields = ""): string {
  const body = bytesOf(text);
  return `POST /x HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: ${type}\r\n${fields}` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
}

/** What the upstream got of `request`: its body, and its other fields. */
async function sent(rig: Rig, request: string) {
  const client = await rig.tunnel();
  client.send(request);
  await client.until(/\r\n\r\nok$/);
  const { received } = rig.upstream.connections.at(-1)!;
  const [head = "", ...rest] = received.split("\r\n\r\n");
  return { head, body: rest.join("\r\n\r\n") };
}

/** The proxy's own answer to `request`. */
async function refusal(rig: Rig, request: string) {
  const client = await rig.tunnel();
  client.send(request);
  const answer = await client.until(/\r\n\r\n\{.*\}/s);
  expect(rig.upstream.connections.map(({ received }) => received).join(""))
    .not.toContain("POST");
  return {
    status: Number(answer.slice(9, 12)),
    ...JSON.parse(answer.split("\r\n\r\n")[1]!),
  };
}

rigTest(
  "a member of JSON is replaced, its length corrected, and every other byte stays",
  [JSON_MEMBER],
  async (rig) => {
    const around = (key: string) =>
      `{ "a":1.0e2, "key":"${PLACEHOLDER}",\n "auth" :{"list":[1,{"key":"${PLACEHOLDER}"}],"key":  ${key} },"é":"\\u00e9"}`;
    const { head, body } = await sent(
      rig,
      post("application/json; charset=UTF-8", around(`"${PLACEHOLDER}"`)),
    );
    expect(body).toBe(bytesOf(around(`"${KEY}"`)));
    expect(head).toMatch(
      new RegExp(`^Content-Length: ${body.length}$`, "m"),
    );
    expect(head.match(/content-length/gi)).toHaveLength(1);
    expect(rig.events).toMatchObject([{ event: "inject", ok: true }]);
  },
);

rigTest(
  "repeated members are all replaced, and a value of the person stays",
  [JSON_MEMBER],
  async (rig) => {
    const { body } = await sent(
      rig,
      post(
        "application/vnd.x+json",
        `{"auth":{"key":"${PLACEHOLDER}","key":"mine","key":"Bearer ${PLACEHOLDER}"}}`,
      ),
    );
    expect(body).toBe(`{"auth":{"key":"${KEY}","key":"mine","key":"${KEY}"}}`);
  },
);

rigTest(
  "a body without the placeholder goes on as it came",
  [JSON_MEMBER],
  async (rig) => {
    const text = '{"auth":{"key":"own"}}';
    const { head, body } = await sent(rig, post("application/json", text));
    expect([body, head.includes(KEY)]).toEqual([text, false]);
  },
);

rigTest(
  "a body in chunks is read, and sent with a length",
  [JSON_MEMBER],
  async (rig) => {
    const chunk = (text: string) =>
      `${text.length.toString(16)};x=1\r\n${text}\r\n`;
    const { head, body } = await sent(
      rig,
      `POST /x HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n` +
        chunk('{"auth":{"key":"authsome-') + chunk('proxy-managed"}}') +
        "0\r\nX-T: 1\r\n\r\n",
    );
    expect(body).toBe(`{"auth":{"key":"${KEY}"}}`);
    expect(head).toMatch(/^Content-Length: \d+$/m);
    expect(head).not.toMatch(/transfer-encoding|trailer/i);
  },
);

rigTest(
  "the next request on the connection is read from where the body ended",
  [JSON_MEMBER],
  async (rig) => {
    const client = await rig.tunnel();
    const one = post("application/json", `{"auth":{"key":"${PLACEHOLDER}"}}`);
    client.send(one + one);
    await client.until(/ok[\s\S]*ok$/);
    const { received } = rig.upstream.connections.at(-1)!;
    expect(received.match(new RegExp(`"key":"${KEY}"`, "g"))).toHaveLength(2);
  },
);

rigTest(
  "a parameter of a form is replaced and encoded",
  [PARAMETER],
  async (rig) => {
    const { body } = await sent(
      rig,
      post(
        "application/x-www-form-urlencoded",
        `a=+%2b&to%6ben=authsome%2Dproxy-managed&token=mine&b`,
      ),
    );
    expect(body).toBe(`a=+%2b&to%6ben=${KEY}&token=mine&b`);
  },
);

const REFUSED: [what: string, request: string, why: RegExp][] = [
  [
    "compressed",
    post("application/json", "xx", "Content-Encoding: gzip\r\n"),
    /not JSON in UTF-8 without an encoding/,
  ],
  ["of another type", post("text/plain", "{}"), /not JSON/],
  [
    "in another character set",
    post("application/json; charset=utf-16", "{}"),
    /not JSON/,
  ],
  ["no JSON", post("application/json", '{"a":'), /is not JSON/],
  ["too long", post("application/json", `"${"a".repeat(300)}"`), /200 bytes/],
  [
    "too long in chunks",
    `POST /x HTTP/1.1\r\nHost: ${HOST}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n12c\r\n${
      "a".repeat(300)
    }\r\n0\r\n\r\n`,
    /200 bytes/,
  ],
  [
    "naming another connection",
    post("application/json", `{"auth":{"key":"${PLACEHOLDER}.work"}}`),
    /cannot choose the connection/,
  ],
];

for (const [what, request, why] of REFUSED) {
  rigTest(
    `where the body is the only place, one ${what} is refused`,
    [JSON_MEMBER],
    async (rig) => {
      const { status, reason, message } = await refusal(rig, request);
      expect([status, reason]).toEqual([403, "not_injectable"]);
      expect(message).toMatch(why);
      expect(rig.events).toMatchObject([
        { event: "deny", reason: "not_injectable" },
      ]);
    },
  );
}

rigTest(
  "beside a header, a body that cannot be read is passed on as it comes",
  [HEADER, JSON_MEMBER],
  async (rig) => {
    const long = `{"a":"${"a".repeat(300)}"}`;
    for (
      const [type, fields, text] of [
        ["multipart/form-data; boundary=x", "", "--x--"],
        ["application/json", "Content-Encoding: br\r\n", "zz"],
        ["application/json", "", long],
      ] as const
    ) {
      const { head, body } = await sent(rig, post(type, text, fields));
      expect([body, head.includes(`Bearer ${KEY}`)]).toEqual([text, true]);
    }
    const both = await sent(
      rig,
      post("application/json", `{"auth":{"key":"${PLACEHOLDER}"}}`),
    );
    expect(both.body).toBe(`{"auth":{"key":"${KEY}"}}`);
    expect(both.head).toContain(`Bearer ${KEY}`);
  },
);

rigTest(
  "a client that waits for 100 Continue is told to go on",
  [JSON_MEMBER],
  async (rig) => {
    const client = await rig.tunnel();
    const body = `{"auth":{"key":"${PLACEHOLDER}"}}`;
    client.send(
      post("application/json", body, "Expect: 100-continue\r\n").slice(
        0,
        -body.length,
      ),
    );
    await client.until(/100 Continue\r\n\r\n$/);
    client.send(body);
    await client.until(/\r\n\r\nok$/);
    const { received } = rig.upstream.connections.at(-1)!;
    expect(received).toContain(`{"auth":{"key":"${KEY}"}}`);
    expect(received).not.toMatch(/expect:/i);
  },
);
