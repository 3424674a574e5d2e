// A request without a body that the upstream answers with 401 goes out once more, if there is another credential.
import { expect } from "expect";
import { test } from "node:test";
import type { CredentialResult } from "../../lib/connection/credentials.ts";
import {
  get,
  outcomeOf,
  type Seen,
  serveHttp2,
  sessionOf,
} from "../support/proxy/http2_rig.ts";
import {
  HOST,
  keyCredential,
  type Rig,
  type RigOptions,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { answering, type Connection } from "../support/servers/tls_upstream.ts";

const OLD = "old-canary-7f3a";
const NEW = "new-canary-9b1c";
const REFUSED =
  'HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer error="invalid_token"\r\nContent-Length: 6\r\n\r\nSECRET';
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A source that has {@linkcode NEW} once it was told of a refused {@linkcode OLD}, when `gate` opens. */
function source(
  { renews = true, gate }: { renews?: boolean; gate?: Promise<void> } = {},
): Pick<RigOptions, "fresh" | "rejected"> {
  let key = OLD;
  return {
    fresh: () => keyCredential(key),
    async rejected({ credential }) {
      // Meanwhile the whole answer may come.
      await (gate ?? new Promise((resolve) => setTimeout(resolve, 20)));
      const sent = keyCredential(OLD) as CredentialResult & { ok: true };
      const isOld = JSON.stringify(revealed(credential)) ===
        JSON.stringify(revealed(sent.credential));
      if (renews && isOld) key = NEW;
      return isOld;
    },
  };
}

function revealed(credential: { type: string }) {
  return credential.type === "api_key" && "fields" in credential
    ? Object.values(credential.fields as Record<string, { reveal(): string }>)
      .map((field) => field.reveal())
    : [];
}

/** Answers by the credential of the request. */
const byKey = (refused = REFUSED, accepted = OK) =>
  answering((head) => head.includes(NEW) ? accepted : refused);

function rigTest(
  name: string,
  options: RigOptions,
  body: (rig: Rig) => Promise<void>,
) {
  test(name, () => withRig({ script: byKey(), ...source(), ...options }, body));
}

const sent = (rig: Rig) =>
  rig.upstream.connections.map(({ received }) => received);
const statuses = (rig: Rig) =>
  rig.events.map(({ event, ok, status }) => [event, ok, status]);

for (
  const [method, fields] of [
    ["GET", ""],
    ["HEAD", ""],
    ["DELETE", ""],
    ["POST", "Content-Length: 0\r\n"],
  ]
) {
  rigTest(
    `${method} without a body is sent again, and nothing of the 401 is shown`,
    {
      ...method === "HEAD"
        ? { script: byKey(REFUSED.replace("SECRET", "")) }
        : {},
    },
    async (rig) => {
      const client = await rig.tunnel();
      client.send(
        `${method} /a?b HTTP/1.1\r\nHost: ${HOST}\r\n${fields}X-One: 1\r\n\r\n`,
      );
      await client.until(method === "HEAD" ? /\r\n\r\n$/ : /ok$/);
      expect(client.received).toBe(
        method === "HEAD" ? OK.slice(0, -2) : OK,
      );
      const [first, second, ...more] = sent(rig);
      expect(more).toEqual([]);
      expect(first).toContain(`Bearer ${OLD}`);
      // The same request, but for the credential.
      expect(second).toBe(first!.replace(OLD, NEW));
      expect(rig.rejected).toEqual(["example/default"]);
      expect(statuses(rig)).toEqual([["inject", true, 401], [
        "inject",
        true,
        200,
      ]]);
    },
  );
}

rigTest(
  "a new credential that is refused too is shown as refused: no request goes out three times",
  { script: answering(() => REFUSED) },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/SECRET$/);
    expect(client.received).toBe(REFUSED);
    expect(sent(rig)).toHaveLength(2);
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/SECRET[\s\S]*SECRET$/);
    expect(sent(rig).join("").match(/GET/g)).toHaveLength(3);
  },
);

for (
  const [what, body] of [
    ["a length", "Content-Length: 4\r\n\r\nbody"],
    ["chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"],
  ]
) {
  rigTest(
    `a body with ${what} is never sent again; the next request has the new credential`,
    {
      async script(connection: Connection) {
        for (let from = 0, at = 0;; at++) {
          const text = await connection.until(/body[\s\S]*/, from);
          from += text.length;
          connection.send(text.includes(NEW) ? OK : REFUSED);
        }
      },
    },
    async (rig) => {
      const client = await rig.tunnel();
      client.send(`PUT / HTTP/1.1\r\nHost: ${HOST}\r\n${body}`);
      await client.until(/SECRET$/);
      expect(client.received).toBe(REFUSED);
      expect(sent(rig).join("").match(/PUT/g)).toHaveLength(1);
      expect(rig.rejected).toEqual(["example/default"]);
      client.send(`PUT / HTTP/1.1\r\nHost: ${HOST}\r\n${body}`);
      await client.until(/ok$/);
    },
  );
}

rigTest(
  "a 401 about the scope is no reason to send again",
  {
    script: answering(() =>
      REFUSED.replace("invalid_token", "insufficient_scope")
    ),
  },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/SECRET$/);
    expect(sent(rig).join("").match(/GET/g)).toHaveLength(1);
    expect(rig.rejected).toEqual([]);
  },
);

rigTest(
  "a request to switch protocols is not sent again",
  {},
  async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    await client.until(/SECRET$/);
    expect(sent(rig).join("").match(/GET/g)).toHaveLength(1);
    expect(rig.rejected).toEqual(["example/default"]);
  },
);

rigTest(
  "an answer that the client has seen a part of is not replaced",
  {
    script: byKey(
      `HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n`,
    ),
  },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/preload\r\n\r\n$/);
    rig.upstream.connections[0]!.send(REFUSED);
    await client.until(/SECRET$/);
    expect(sent(rig)).toHaveLength(1);
  },
);

rigTest(
  "where there is no other credential the 401 is passed on whole, and the connection serves on",
  {
    ...source({ renews: false }),
    async script(connection: Connection) {
      const refuse = answering(() =>
        `HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n${
          "8000\r\n" + "x".repeat(0x8000) + "\r\n"
        }`.repeat(1) + ("8000\r\n" + "y".repeat(0x8000) + "\r\n").repeat(9) +
        "0\r\nX-Trailer: 1\r\n\r\n"
      );
      await refuse(connection);
    },
  },
  async (rig) => {
    const client = await rig.tunnel();
    for (const times of [1, 2]) {
      client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      await client.until(
        new RegExp(`(?:X-Trailer: 1\\r\\n\\r\\n[^]*){${times}}$`),
      );
    }
    expect(client.received.match(/y/g)).toHaveLength(2 * 9 * 0x8000);
    expect(client.received.match(/HTTP\/1.1 401/g)).toHaveLength(2);
    expect(rig.upstream.connections).toHaveLength(1);
  },
);

rigTest(
  "a 401 that ends with its connection is passed on whole",
  {
    ...source({ renews: false }),
    async script(connection: Connection) {
      await connection.until(/\r\n\r\n$/);
      connection.socket.end("HTTP/1.1 401 No\r\n\r\nthe end");
    },
  },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(await client.closed()).toBe("HTTP/1.1 401 No\r\n\r\nthe end");
  },
);

rigTest(
  "the body of a 401 may never end",
  {
    async script(connection: Connection) {
      const head = await connection.until(/\r\n\r\n$/);
      connection.send(
        head.includes(NEW)
          ? OK
          : "HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
      );
    },
  },
  async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await client.until(/ok$/);
    expect(client.received).toBe(OK);
  },
);

test("requests that came meanwhile are answered in their order, and a client that leaves breaks nothing", async () => {
  const gate = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let times = 0;
  const { fresh, rejected } = source({ gate: gate.promise });
  await withRig({
    script: byKey(),
    fresh: fresh!,
    rejected: (given) => {
      (times++ === 0 ? told : asked).resolve();
      return rejected!(given);
    },
  }, async (rig) => {
    const [client, leaving] = [await rig.tunnel(), await rig.tunnel()];
    leaving.send(`GET /left HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await told.promise;
    leaving.socket.destroy();
    client.send(
      `GET /1 HTTP/1.1\r\nHost: ${HOST}\r\n\r\nGET /2 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`,
    );
    await asked.promise;
    gate.resolve();
    await client.until(/ok[\s\S]*ok$/);
    expect(client.received).toBe(OK + OK);
    expect(sent(rig).join("").match(/GET \/\S+/g)!.sort()).toEqual([
      "GET /1",
      "GET /1",
      "GET /2",
      "GET /left",
    ]);
  });
});

// HTTP/2.

function http2Test(
  name: string,
  options: RigOptions & { refuse?: "headers" | "body" | "cut" },
  body: (rig: Rig & { seen: Seen }) => Promise<void>,
) {
  const { refuse = "body", ...others } = options;
  test(`HTTP/2: ${name}`, () => {
    const seen: Seen = { requests: [], sessions: 0 };
    return withRig({
      ...source(),
      ...others,
      serve: (leaf) =>
        serveHttp2(leaf, (stream, headers) => {
          if (headers.authorization === `Bearer ${NEW}`) {
            stream.respond({ ":status": 200 });
            stream.end("ok");
          } else if (refuse === "headers") {
            stream.respond({ ":status": 401, "x-secret": "SECRET" }, {
              endStream: true,
            });
          } else {
            stream.respond({
              ":status": 401,
              "www-authenticate": 'Bearer error="invalid_token"',
            }, { waitForTrailers: true });
            stream.on(
              "wantTrailers",
              () => stream.sendTrailers({ "x-trailer": "1" }),
            );
            if (refuse === "cut") {
              stream.write("SECRET");
              setTimeout(() => stream.close(2), 50);
            } else stream.end("SECRET".repeat(10_000));
          }
        }, seen),
    }, (rig) => body(Object.assign(rig, { seen })));
  });
}

for (const refuse of ["headers", "body", "cut"] as const) {
  http2Test(
    `a request without a body is sent again, and nothing of the 401 is shown (${refuse})`,
    { refuse },
    async (rig) => {
      const session = await sessionOf(rig);
      const { headers, body, code, trailers } = await get(session, {
        ":path": "/a",
        "x-one": "1",
      });
      expect([headers?.[":status"], body, code, trailers]).toEqual([
        200,
        "ok",
        0,
        undefined,
      ]);
      expect(headers).not.toHaveProperty("x-secret");
      expect(
        rig.seen.requests.map(({ headers }) => [
          headers[":path"],
          headers["x-one"],
          headers.authorization,
        ]),
      ).toEqual([["/a", "1", `Bearer ${OLD}`], ["/a", "1", `Bearer ${NEW}`]]);
      expect(rig.seen.sessions).toBe(1);
      expect(statuses(rig)).toEqual([["inject", true, 401], [
        "inject",
        true,
        200,
      ]]);
    },
  );
}

http2Test(
  "many requests at once are all sent again",
  {},
  async (rig) => {
    const session = await sessionOf(rig);
    const all = await Promise.all(
      Array.from(
        { length: 20 },
        (_, at) => get(session, { ":path": `/${at}` }),
      ),
    );
    expect(new Set(all.map(({ body }) => body))).toEqual(new Set(["ok"]));
  },
);

for (const refuse of ["headers", "body"] as const) {
  http2Test(
    `where there is no other credential the 401 is passed on whole (${refuse})`,
    { ...source({ renews: false }), refuse },
    async (rig) => {
      const session = await sessionOf(rig);
      const { headers, body, code, trailers } = await get(session, {});
      expect([headers?.[":status"], body.length, code]).toEqual([
        401,
        refuse === "body" ? 60_000 : 0,
        0,
      ]);
      if (refuse === "body") {
        expect(trailers).toMatchObject({ "x-trailer": "1" });
      }
      expect(rig.seen.requests).toHaveLength(1);
    },
  );
}

http2Test(
  "a body is never sent again; the next request has the new credential",
  {},
  async (rig) => {
    const session = await sessionOf(rig);
    const post = (text: string) => {
      const stream = session.request({ ":method": "POST" });
      stream.end(text);
      return outcomeOf(stream);
    };
    expect((await post("one")).headers?.[":status"]).toBe(401);
    expect(rig.seen.requests).toHaveLength(1);
    expect((await post("two")).body).toBe("ok");
  },
);
