// Requests through the proxy whose token is bound to a key, at servers that check every proof.
import { expect } from "expect";
import {
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { test } from "node:test";
import { newDpopKey } from "../../lib/oauth/proof/dpop_key.ts";
import { Secret } from "../../lib/secret.ts";
import {
  HOST,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../support/proxy/proxy_rig.ts";
import { DpopVerifier } from "../support/proof/dpop_verifier.ts";
import type { Connection } from "../support/servers/tls_upstream.ts";

const TOKEN = "bound-token-canary-7f3a";
const HEAD = /^[\s\S]*?\r\n\r\n/;

type Seen = { method: string; path: string; headers: Headers }[];

/** A rig whose connection holds a bound token, and whose server answers as `verifier` judges. */
function boundTest(
  name: string,
  body: (
    rig: Rig,
    verifier: DpopVerifier,
    seen: Seen,
    key: Secret,
  ) => Promise<void>,
  serve?: (
    verifier: DpopVerifier,
    seen: Seen,
  ) => NonNullable<RigOptions["serve"]>,
) {
  test(name, async () => {
    const key = await newDpopKey();
    const verifier = new DpopVerifier();
    const seen: Seen = [];
    await withRig({
      script: (connection) => answerHttp1(connection, verifier, seen),
      ...serve ? { serve: serve(verifier, seen) } : {},
      table: {
        routes: [route({
          injections: [{
            kind: "header",
            name: "Authorization",
            value: "Bearer {access_token}",
          }],
        })],
        forbidden: [],
      },
      fresh: () => ({
        ok: true,
        credential: {
          type: "oauth2",
          accessToken: new Secret(TOKEN),
          tokenType: "DPoP",
          dpopKey: key,
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
        values: {},
      }),
    }, (rig) => body(rig, verifier, seen, key));
  });
}

function judged(
  verifier: DpopVerifier,
  seen: Seen,
  request: Seen[number],
): Response {
  seen.push(request);
  const { method, path, headers } = request;
  const url = `https://${HOST}${path}`;
  return verifier.answer({ method, url, headers }, () => new Response());
}

async function answerHttp1(
  connection: Connection,
  verifier: DpopVerifier,
  seen: Seen,
): Promise<void> {
  for (let from = 0;;) {
    const [head] = HEAD.exec(await connection.until(HEAD, from))!;
    from += head.length;
    const [line, ...rest] = head.trimEnd().split("\r\n");
    const [method = "", path = ""] = line!.split(" ");
    const headers = new Headers(
      rest.map((each) => {
        const [, name = "", value = ""] = /^([^:]+): *(.*)$/.exec(each) ?? [];
        return [name, value] as [string, string];
      }),
    );
    const length = Number(headers.get("content-length") ?? 0);
    if (length > 0) {
      await connection.until(new RegExp(`^[\\s\\S]{${length}}`), from);
      from += length;
    }
    const { status, headers: said } = judged(verifier, seen, {
      method,
      path,
      headers,
    });
    connection.send(
      `HTTP/1.1 ${status} Judged\r\nContent-Length: 2\r\n${
        [...said].map(([name, value]) => `${name}: ${value}\r\n`).join("")
      }\r\nok`,
    );
  }
}

boundTest(
  "each request of a connection has a proof of its own, and no other of the client's",
  async (rig, verifier, seen, key) => {
    const client = await rig.tunnel();
    const ask = async (request: string) => {
      const from = client.received.length;
      client.send(request);
      return await client.until(/\r\n\r\nok$/, from);
    };
    const host = `Host: ${HOST}\r\n`;
    for (
      const request of [
        `GET /a?q=1 HTTP/1.1\r\n${host}DPoP: mine\r\ndpop: other\r\nAuthorization: Bearer x\r\n\r\n`,
        `GET /a%20b/~c:d@e HTTP/1.1\r\n${host}\r\n`,
        `POST /a HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`,
      ]
    ) expect(await ask(request)).toMatch(/^HTTP\/1\.1 200 /);
    expect(verifier.seen.size).toBe(3);
    expect(rig.upstream.connections).toHaveLength(1);
    for (const { headers } of seen) {
      expect(headers.get("authorization")).toBe(`DPoP ${TOKEN}`);
    }
    const { d } = JSON.parse(key.reveal());
    expect(rig.upstream.connections[0]!.received).not.toContain(d);
  },
);

boundTest(
  "a request without a body is sent once more with the nonce that the server asks for; one with a body is not",
  async (rig, verifier, seen) => {
    verifier.nonce = "nonce-1";
    const client = await rig.tunnel();
    const ask = async (method: string, body = "") => {
      const from = client.received.length;
      client.send(
        `${method} /a HTTP/1.1\r\nHost: ${HOST}\r\n${
          body ? `Content-Length: ${body.length}\r\n` : ""
        }\r\n${body}`,
      );
      const text = await client.until(/\r\n\r\nok$/, from);
      return [text.slice(9, 12), seen.length];
    };
    expect(await ask("GET")).toEqual(["200", 2]);
    expect(await ask("DELETE")).toEqual(["200", 3]);
    verifier.nonce = "nonce-2";
    expect(await ask("POST", "{}")).toEqual(["401", 4]);
    // What that response brought is known now.
    expect(await ask("POST", "{}")).toEqual(["200", 5]);
    // A missing nonce says nothing about the token.
    expect(rig.rejected).toEqual([]);
    expect(rig.events.map(({ status }) => status)).toEqual([
      401,
      200,
      200,
      401,
      200,
    ]);
  },
);

boundTest(
  "a server that asks for another nonce each time is asked twice",
  async (rig, verifier, seen) => {
    let last = 0;
    Object.defineProperty(verifier, "nonce", { get: () => `nonce-${last++}` });
    const client = await rig.tunnel();
    client.send(`GET /a HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(await client.until(/\r\n\r\nok$/)).toMatch(/^HTTP\/1\.1 401 /);
    expect(seen).toHaveLength(2);
  },
);

boundTest(
  "over HTTP/2 too",
  async (rig, verifier, seen) => {
    verifier.nonce = "nonce-1";
    const socket = await rig.secure(`${HOST}:443`, { protocols: ["h2"] });
    const session = connect(`https://${HOST}`, {
      createConnection: () => socket,
    });
    const ask = (method: string, body?: string) =>
      new Promise<unknown[]>((resolve, reject) => {
        const stream = session.request({ ":method": method, ":path": "/a?b" });
        let status: unknown;
        let text = "";
        stream.setEncoding("utf8");
        stream.on("response", (headers) => status = headers[":status"]);
        stream.on("data", (part) => text += part);
        stream.on("error", reject);
        stream.on("end", () => resolve([status, text, seen.length]));
        stream.end(body);
      });
    expect(await ask("GET")).toEqual([200, "ok", 2]);
    expect(await ask("GET")).toEqual([200, "ok", 3]);
    verifier.nonce = "nonce-2";
    expect(await ask("POST", "{}")).toEqual([401, "ok", 4]);
    expect(await ask("POST", "{}")).toEqual([200, "ok", 5]);
    session.destroy();
  },
  (verifier, seen) => async ({ certPem, keyPem }) => {
    const server = createSecureServer({ cert: certPem, key: keyPem });
    const open = new Set<{ destroy(): void }>();
    server.on("session", (session) => {
      open.add(session);
      session.on("error", () => {});
    });
    server.on(
      "stream",
      (stream: ServerHttp2Stream, fields: IncomingHttpHeaders) => {
        stream.on("error", () => {});
        const headers = new Headers(
          Object.entries(fields).filter(([name]) => !name.startsWith(":"))
            .map(([name, value]) => [name, String(value)]),
        );
        const { status, headers: said } = judged(verifier, seen, {
          method: fields[":method"]!,
          path: fields[":path"]!,
          headers,
        });
        stream.respond({ ":status": status, ...Object.fromEntries(said) });
        stream.end("ok");
      },
    );
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", resolve)
    );
    return {
      port: (server.address() as { port: number }).port,
      async close() {
        open.forEach((session) => session.destroy());
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
);
