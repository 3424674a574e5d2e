// A server that repeats the credential it was sent, in every place of a response but the body and in every spelling:
// real TLS on both sides of the proxy, HTTP/1.1 and HTTP/2.
import { Buffer } from "node:buffer";
import { expect } from "expect";
import { test } from "node:test";
import { connect, createSecureServer } from "node:http2";
import type { Injection } from "../../../lib/provider/definition.ts";
import { namedPlaceholder } from "../../../lib/request/named_placeholder.ts";
import { Secret } from "../../../lib/secret.ts";
import { missing } from "../../support/missing.ts";
import { processOf } from "../../support/program.ts";
import {
  HOST,
  type Rig,
  route,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import {
  answering,
  type Connection,
} from "../../support/servers/tls_upstream.ts";

const noCurl = await missing("curl");
const PLACEHOLDER = "authsome-proxy-managed";
/** Holds what encodings change, and letters of both cases. */
const KEY = "sk-Canary:7f/3a+Q~z=&9";
const USER = "ada@example.com";

const bytes = (text: string) => Buffer.from(text, "latin1");
const each = (text: string, spell: (code: string) => string) =>
  [...bytes(text)].map((byte) => spell(byte.toString(16).padStart(2, "0")))
    .join("");
const upper = (text: string) =>
  text.replace(/%../g, (hex) => hex.toUpperCase());
const lower = (text: string) =>
  text.replace(/%../g, (hex) => hex.toLowerCase());
const base64url = (text: string) =>
  text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** How a server may write what it was sent; none is the text itself but the first. */
const SPELLINGS: Record<string, (text: string) => string> = {
  "as it is": (text) => text,
  "percent-encoded": encodeURIComponent,
  "percent-encoded in lower case": (text) => lower(encodeURIComponent(text)),
  "percent-encoded where it must": (text) =>
    text.replaceAll("&", "%26").replaceAll("+", "%2B"),
  "every byte percent-encoded": (text) => upper(each(text, (hex) => `%${hex}`)),
  "percent-encoded twice": (text) =>
    encodeURIComponent(encodeURIComponent(text)),
  "percent-encoded three times": (text) =>
    encodeURIComponent(encodeURIComponent(encodeURIComponent(text))),
  "as a form": (text) => new URLSearchParams({ a: text }).toString().slice(2),
  "in upper case": (text) => text.toUpperCase(),
  "in lower case": (text) => text.toLowerCase(),
  "in Base64": (text) => btoa(text),
  "in Base64 behind one byte": (text) => btoa(`x${text}`),
  "in Base64 behind two bytes": (text) => btoa(`xy${text}z`),
  "in the other Base64": (text) => base64url(btoa(text)),
  "in the other Base64 behind one byte": (text) => base64url(btoa(`?${text}`)),
  "in Base64, percent-encoded": (text) => encodeURIComponent(btoa(text)),
  "in hexadecimal": (text) => each(text, (hex) => hex),
  "in upper hexadecimal": (text) => each(text, (hex) => hex).toUpperCase(),
  "escaped for JSON": (text) => each(text, (hex) => `\\u00${hex}`),
  "escaped for JSON twice": (text) =>
    JSON.stringify(each(text, (hex) => `\\u00${hex}`)),
  "with slashes escaped": (text) => text.replaceAll("/", "\\/"),
  "with hexadecimal escapes": (text) => each(text, (hex) => `\\x${hex}`),
  "for HTML": (text) => text.replaceAll("&", "&amp;"),
  "for HTML by number": (text) =>
    each(text, (hex) => `&#${parseInt(hex, 16)};`),
  "for HTML by hexadecimal number": (text) => each(text, (hex) => `&#x${hex};`),
  "quoted-printable": (text) => `=?utf-8?Q?${each(text, (hex) => `=${hex}`)}?=`,
};

/** Where: each makes a line of a header. */
const FIELDS: Record<string, (text: string) => string> = {
  "Location": (text) => `https://${HOST}/next?api_key=${text}&x=1`,
  "Content-Location": (text) => `/bot${text}/getMe`,
  "Link": (text) => `<https://${HOST}/?page=2&api_key=${text}>; rel="next"`,
  "Refresh": (text) => `0; url=/?k=${text}`,
  "Set-Cookie": (text) => `last=${text}; Path=/; HttpOnly`,
  "WWW-Authenticate": (text) => `Bearer error_description="${text} is old"`,
  "X-Request-Url": (text) => `/v1?${text}`,
  "X-Accel-Redirect": (text) => `/files/${text}`,
  "X-Debug-Headers": (text) => `{"authorization":"Bearer ${text}"}`,
  "Access-Control-Allow-Origin": (text) => `https://${text}.example.com`,
  "ETag": (text) => `"${text}"`,
};

const INJECTIONS: Record<
  string,
  { injection: Injection; path?: string; fields?: string }
> = {
  header: {
    injection: {
      kind: "header",
      name: "Authorization",
      value: "Bearer {api_key}",
    },
  },
  query: { injection: { kind: "query", name: "api_key", value: "{api_key}" } },
  path: {
    injection: { kind: "path", template: "/bot{api_key}" },
    path: `/bot${PLACEHOLDER}/getMe`,
  },
  "basic, as the password": {
    injection: { kind: "basic", username: "{email}", password: "{api_key}" },
  },
  "basic, as the user": {
    injection: { kind: "basic", username: "{api_key}", password: "" },
  },
  sigv4: {
    injection: {
      kind: "sigv4",
      access_key_id: "{email}",
      secret_access_key: "{api_key}",
      session_token: "{api_key}",
    },
    fields:
      "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=0\r\n",
  },
};

function options(injection: Injection, key: () => string = () => KEY) {
  return {
    table: { routes: [route({ injections: [injection] })], forbidden: [] },
    fresh: () => ({
      ok: true as const,
      credential: {
        type: "api_key" as const,
        fields: { api_key: new Secret(key()), email: new Secret(USER) },
      },
      values: {},
    }),
  };
}

/** A request whose `x-answer` is the head that the server answers with. */
async function ask(
  rig: Rig,
  head: string,
  { path = "/v1", fields = "", body = "ok" } = {},
): Promise<string> {
  const client = await rig.tunnel();
  client.send(
    `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}X-Answer: ${
      btoa(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    }\r\n\r\n`,
  );
  await client.until(/\r\n\r\nok$|\r\n\r\n[^]*\r\n\r\nok$/);
  client.socket.destroy();
  return client.received;
}

/** Answers with what the request says; `send` may cut it into pieces. */
function answer(
  send = (connection: Connection, text: string) => connection.send(text),
) {
  return async (connection: Connection) => {
    for (let from = 0;;) {
      const text = await connection.until(/\r\n\r\n$/, from);
      from += text.length;
      const [, encoded] = /x-answer: (\S+)/i.exec(text)!;
      await send(connection, atob(encoded!));
    }
  };
}

for (
  const [kind, { injection, path, fields }] of Object.entries(INJECTIONS)
) {
  test(`a credential that goes into the ${kind} comes back in no field of a head`, () =>
    withRig({ ...options(injection), script: answer() }, async (rig) => {
      for (const [how, spell] of Object.entries(SPELLINGS)) {
        const spelled = spell(KEY);
        const lines = Object.entries(FIELDS).map(([name, value]) =>
          `${name}: ${value(spelled)}`
        );
        const got = await ask(
          rig,
          `HTTP/1.1 302 Found\r\n${lines.join("\r\n")}\r\nX-Last: 1\r\n`,
          { path, fields },
        );
        for (const name of Object.keys(FIELDS)) {
          const line = got.split("\r\n").find((line) =>
            line.startsWith(`${name}: `)
          );
          expect([how, line]).toEqual([
            how,
            expect.stringContaining(PLACEHOLDER),
          ]);
          expect(line).not.toContain(spelled);
          // What stands around it is left.
          const [before] = FIELDS[name]!("|").split("|");
          expect(line!.startsWith(`${name}: ${before}`)).toBe(true);
        }
        expect(got).toMatch(/\r\nX-Last: 1\r\nContent-Length: 2\r\n\r\nok$/);
      }
    }));
}

test("the pair of Basic credentials comes back in no spelling, and the user's name may", () => {
  const { injection } = INJECTIONS["basic, as the password"]!;
  return withRig({ ...options(injection), script: answer() }, async (rig) => {
    const pair = btoa(`${USER}:${KEY}`);
    const got = await ask(
      rig,
      `HTTP/1.1 401 Unauthorized\r\nX-Sent: Basic ${pair}\r\nX-Url: https://${USER}:${KEY}@x/\r\nX-Other: ${
        encodeURIComponent(pair)
      }\r\nLocation: /users/${USER}\r\n`,
    );
    expect(got).not.toContain(pair.slice(0, -4));
    expect(got).not.toContain("Canary");
    expect(got).toContain(`\r\nLocation: /users/${USER}\r\n`);
  });
});

test("nor does it in the reason, in a field's name, in interim responses, behind a 101, or cut into pieces", () => {
  const slowly = async (connection: Connection, text: string) => {
    for (const character of text) {
      connection.send(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return withRig({
    ...options(INJECTIONS.query!.injection),
    script: answer(slowly),
  }, async (rig) => {
    const name = "sk-Canary";
    const got = await ask(
      rig,
      `HTTP/1.1 103 Early Hints\r\nLink: </?api_key=${
        encodeURIComponent(KEY)
      }>; rel=preload\r\n\r\nHTTP/1.1 200 Fine ${KEY}\r\nX-${
        base64url(btoa(KEY))
      }: 1\r\n`,
    );
    expect(got).not.toContain(name);
    expect(got).not.toContain(base64url(btoa(KEY)).slice(0, -2));
    expect(got).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/\?api_key=authsome-proxy-managed>; rel=preload\r\n\r\nHTTP\/1\.1 200 Fine authsome-proxy-managed\r\nX-authsome-proxy-managed[^:]?: 1\r\n/,
    );
    const client = await rig.tunnel();
    client.send(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Answer: ${
        btoa(
          `HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Sent: ${KEY}\r\n\r\nraw`,
        )
      }\r\n\r\n`,
    );
    const raw = await client.until(/\r\n\r\nraw$/);
    expect(raw).toContain(`X-Sent: ${PLACEHOLDER}\r\n`);
  });
});

test("nor does it in trailers, whole or in pieces; the body and its framing stay as they are", async () => {
  const body = `5\r\nhello\r\n${
    KEY.length.toString(16)
  };x=1\r\n${KEY}\r\n0\r\n`;
  const trailers = `X-Sum: 1\r\nX-Sent: ${KEY}\r\nX-Url: /?k=${
    encodeURIComponent(KEY)
  }\r\n\r\n`;
  const whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body +
    trailers;
  const end =
    `X-Sum: 1\r\nX-Sent: ${PLACEHOLDER}\r\nX-Url: /?k=${PLACEHOLDER}\r\n\r\n`;
  for (const size of [whole.length, 1, 7, 100]) {
    await withRig({
      ...options(INJECTIONS.header!.injection),
      script: async (connection) => {
        for (let from = 0;;) {
          from += (await connection.until(/\r\n\r\n$/, from)).length;
          for (let at = 0; at < whole.length; at += size) {
            connection.send(whole.slice(at, at + size));
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
      },
    }, async (rig) => {
      const client = await rig.tunnel();
      // Twice on one connection: nothing is held back beyond its response.
      for (let from = 0, round = 0; round < 2; round++) {
        client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nTE: trailers\r\n\r\n`);
        const got = await client.until(/\r\n0\r\n[^]*\r\n\r\n$/, from);
        from += got.length;
        expect([size, got]).toEqual([
          size,
          whole.slice(0, -trailers.length) + end,
        ]);
      }
    });
  }
});

/** Heads that are changed for other reasons too, or hold fields that frame a message. */
const MENDED: Record<string, (key: string) => string> = {
  "of a 204 that promises a body": (key) =>
    `HTTP/1.1 204 No Content\r\nLocation: /?k=${key}\r\nTransfer-Encoding: chunked\r\nX-Last: 1\r\n\r\n`,
  "of a 304 that promises a body": (key) =>
    `HTTP/1.1 304 Not Modified\r\nETag: "${key}"\r\nTransfer-Encoding: chunked\r\nX-Last: 1\r\n\r\n`,
  "of a 103 that promises a body": (key) =>
    `HTTP/1.1 103 Early Hints\r\nLink: </?k=${key}>\r\nContent-Length: 3\r\n\r\nHTTP/1.1 204 No Content\r\nX-Last: 1\r\n\r\n`,
  "as an option of the connection": (key) =>
    `HTTP/1.1 200 OK\r\nConnection: keep-alive, ${
      encodeURIComponent(key)
    }\r\nContent-Length: 0\r\nX-Last: 1\r\n\r\n`,
  "as fields that frame nothing in a trailer": (key) =>
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nConnection: ${key}\r\nContent-Length: ${key}\r\nTransfer-Encoding: ${key}\r\nX-Last: 1\r\n\r\n`,
};
for (const [where, head] of Object.entries(MENDED)) {
  test(`nor does it in a head ${where}`, () =>
    withRig({
      ...options(INJECTIONS.header!.injection),
      script: answering(() => head(KEY)),
    }, async (rig) => {
      const client = await rig.tunnel();
      client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      const got = await client.until(/X-Last: 1\r\n\r\n$/);
      expect(got).toContain(PLACEHOLDER);
      expect(decodeURIComponent(got)).not.toContain("Canary");
      const framing = (text: string) =>
        text.match(/^(?:Connection: keep-alive|Content-Length: \d+)/gm);
      if (!/ (?:103|204|304) /.test(got)) {
        expect(framing(got)).toEqual(framing(head(KEY)));
      }
    }));
}

test("a response without trailers passes as it came", () =>
  withRig({
    ...options(INJECTIONS.header!.injection),
    script: async (connection) => {
      await connection.until(/\r\n\r\n$/);
      connection.send(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
      );
    },
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    expect(await client.until(/0\r\n\r\n$/)).toBe(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    );
  }));

test("every value of the run counts, the one before a renewal included, and also where nothing is injected", () => {
  const keys = ["tok-before-renewal-1", "tok-after-renewal-22"];
  let fresh = 0;
  const { table, ...rest } = options(
    INJECTIONS.header!.injection,
    () => keys[Math.min(fresh, 1)]!,
  );
  return withRig({
    ...rest,
    table: {
      ...table,
      routes: [{ ...table.routes[0]!, pathPrefix: "/v1" }],
    },
    script: answer(),
  }, async (rig) => {
    await ask(rig, "HTTP/1.1 200 OK\r\n");
    fresh = 1;
    for (const path of ["/v1", "/other"]) {
      const got = await ask(
        rig,
        `HTTP/1.1 200 OK\r\nX-Old: ${keys[0]}\r\n${
          path === "/v1" ? `X-New: ${keys[1]}\r\n` : ""
        }`,
        { path },
      );
      expect(got).toContain(`X-Old: ${PLACEHOLDER}\r\n`);
      expect(got).not.toContain("renewal");
    }
  });
});

test("the placeholder is the one that the client sent", () => {
  const injection: Injection = INJECTIONS.query!.injection;
  const { table, ...rest } = options(injection);
  const named = namedPlaceholder("my work");
  return withRig({
    ...rest,
    table: { ...table, named: new Map([["my work", table]]) },
    script: answer(),
  }, async (rig) => {
    for (const sent of [PLACEHOLDER, named]) {
      const got = await ask(
        rig,
        `HTTP/1.1 302 Found\r\nLocation: /v2?api_key=${
          encodeURIComponent(KEY)
        }\r\n`,
        { path: `/v1?api_key=${sent}` },
      );
      expect(got).toContain(`\r\nLocation: /v2?api_key=${sent}\r\n`);
    }
  });
});

test("a value under 8 characters, and digits that frame the message, are left alone", async () => {
  for (const key of ["keep-it", "12345678"]) {
    await withRig({
      ...options(INJECTIONS.query!.injection, () => key),
      script: async (connection) => {
        await connection.until(/\r\n\r\n$/);
        connection.send(
          `HTTP/1.1 200 keep-it\r\nX-Word: keep-it\r\nContent-Length: 12345678\r\n\r\n`,
        );
      },
    }, async (rig) => {
      const client = await rig.tunnel();
      client.send(`GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      expect(await client.until(/\r\n\r\n$/)).toBe(
        "HTTP/1.1 200 keep-it\r\nX-Word: keep-it\r\nContent-Length: 12345678\r\n\r\n",
      );
    });
  }
});

const follows: Record<
  string,
  { injection: Injection; from: string; to: string }
> = {
  query: {
    injection: INJECTIONS.query!.injection,
    from: `/first?api_key=${PLACEHOLDER}`,
    to: `/second?a=1&api_key=${encodeURIComponent(KEY)}`,
  },
  path: {
    injection: INJECTIONS.path!.injection,
    from: `/bot${PLACEHOLDER}/first`,
    to: `/bot${encodeURIComponent(KEY)}/second`,
  },
  "path, absolute": {
    injection: INJECTIONS.path!.injection,
    from: `/bot${PLACEHOLDER}/first`,
    to: `https://${HOST}/bot${encodeURIComponent(KEY)}/second`,
  },
};
for (const [kind, { injection, from, to }] of Object.entries(follows)) {
  test(
    `curl -L follows a redirect with the key in the ${kind}, and sees placeholders only`,
    {
      skip: noCurl,
    },
    async () => {
      const asked: string[] = [];
      await withRig({
        ...options(injection),
        script: answering((head) => {
          const [, target] = head.split(" ");
          asked.push(target!);
          return target!.includes("second")
            ? `HTTP/1.1 200 OK\r\nContent-Location: ${target}\r\nContent-Length: 2\r\n\r\nok`
            : `HTTP/1.1 302 Found\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`;
        }),
      }, async (rig) => {
        const folder = await Deno.makeTempDir();
        const ca = `${folder}/ca.pem`;
        try {
          await Deno.writeTextFile(ca, rig.authority.caPem);
          const { stdout, stderr, success } = await processOf([
            ...["curl", "-sSLv", "-i", "--http1.1", "--cacert", ca],
            ...["--proxy", rig.proxy.url, `https://${HOST}${from}`],
          ], { clearEnv: true, env: { PATH: Deno.env.get("PATH")! } }).output();
          const [out, log] = [stdout, stderr].map((bytes) =>
            new TextDecoder().decode(bytes)
          );
          expect([success, out]).toEqual([true, expect.stringMatching(/ok$/)]);
          expect(asked.length).toBe(2);
          for (const target of asked) {
            expect(decodeURIComponent(target)).toContain(KEY);
          }
          for (const text of [out!, log!]) {
            expect(text).toContain(PLACEHOLDER);
            expect(
              decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, "")),
            )
              .not.toContain("sk-Canary");
          }
        } finally {
          await Deno.remove(folder, { recursive: true });
        }
      });
    },
  );
}

test(
  "a client that follows a redirect with the key in another parameter, and sends the cookie back, is understood",
  {
    skip: noCurl,
  },
  async () => {
    const asked: string[] = [];
    const [query, cookie] = [
      `/second?token=${encodeURIComponent(KEY)}&x=1`,
      `last=${btoa(KEY)}`,
    ];
    await withRig({
      ...options(INJECTIONS.header!.injection),
      script: answering((head) => {
        asked.push(head);
        return head.startsWith("GET /second")
          ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
          : `HTTP/1.1 302 Found\r\nSet-Cookie: ${cookie}; Path=/\r\nLocation: ${query}\r\nContent-Length: 0\r\n\r\n`;
      }),
    }, async (rig) => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/ca.pem`, rig.authority.caPem);
        const { stdout, stderr } = await processOf([
          ...["curl", "-sSLv", "-i", "--http1.1", "-b", "", "-c", "-"],
          ...["--cacert", `${folder}/ca.pem`, "--proxy", rig.proxy.url],
          `https://${HOST}/first`,
        ], { clearEnv: true, env: { PATH: Deno.env.get("PATH")! } }).output();
        const [out, log] = [stdout, stderr].map((bytes) =>
          new TextDecoder().decode(bytes)
        );
        expect(out).toContain("\r\n\r\nok");
        expect(asked.length).toBe(2);
        expect(asked[1]).toContain(`GET ${query} HTTP/1.1\r\n`);
        expect(asked[1]).toContain(`\r\nCookie: ${cookie}\r\n`);
        for (const text of [out!, log!]) {
          expect(text).toContain(PLACEHOLDER);
          expect(text).not.toContain("Canary");
          expect(text).not.toContain(btoa(KEY).slice(0, -4));
        }
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      // What no server has set is put nowhere.
      for (
        const [path, fields] of [
          [`/second?other=${PLACEHOLDER}`, ""],
          [`/second?token=${PLACEHOLDER}&x=2`, ""],
          ["/second", `Cookie: other=${PLACEHOLDER}\r\n`],
        ]
      ) {
        const client = await rig.tunnel();
        client.send(`GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
        expect(await client.until(/\r\n\r\n/)).toMatch(
          /^HTTP\/1\.1 403 [^]*placeholder_misplaced/,
        );
      }
      expect(asked.length).toBe(2);
    });
  },
);

test("over HTTP/2 it comes back in no head, interim head, trailer or field's name", async () => {
  const seen: string[] = [];
  await withRig({
    ...options(INJECTIONS.query!.injection),
    serve: async (leaf) => {
      const server = createSecureServer({
        cert: leaf.certPem,
        key: leaf.keyPem,
      });
      const open = new Set<{ destroy(): void }>();
      server.on("session", (session) => {
        open.add(session);
        session.on("error", () => {});
      });
      server.on("stream", (stream, headers) => {
        stream.on("error", () => {});
        seen.push(String(headers[":path"]));
        const spelled = SPELLINGS[String(headers["x-how"])]!(KEY);
        stream.additionalHeaders({
          ":status": 103,
          link: `</?k=${spelled}>; rel=preload`,
        });
        const fields: Record<string, string | string[]> = {
          [`x-${each(KEY, (hex) => hex)}`]: "1",
        };
        for (const [name, value] of Object.entries(FIELDS)) {
          fields[name.toLowerCase()] = value(spelled);
        }
        stream.respond({
          ":status": 302,
          ...fields,
          "set-cookie": [`a=${spelled}`, "b=2"],
          "x-last": "1",
        }, { waitForTrailers: true });
        stream.on(
          "wantTrailers",
          () => stream.sendTrailers({ "x-sent": spelled, "grpc-status": "0" }),
        );
        stream.end("ok");
      });
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
  }, async (rig) => {
    const socket = await rig.secure(`${HOST}:443`, { protocols: ["h2"] });
    const session = connect(`https://${HOST}`, {
      createConnection: () => socket,
    });
    session.on("error", () => {});
    for (const [how, spell] of Object.entries(SPELLINGS)) {
      const stream = session.request({ ":path": "/", "x-how": how });
      const heads: Record<string, unknown>[] = [];
      let body = "";
      stream.on("headers", (fields) => heads.push(fields));
      stream.on("response", (fields) => heads.push(fields));
      stream.on("trailers", (fields) => heads.push(fields));
      stream.setEncoding("latin1");
      stream.on("data", (text) => body += text);
      await new Promise((resolve) => stream.on("close", resolve));
      const [interim, head, trailers] = heads;
      expect([how, interim?.[":status"], head?.[":status"], body]).toEqual([
        how,
        103,
        302,
        "ok",
      ]);
      expect(interim!.link).toMatch(/^<\/\?k=.*>; rel=preload$/);
      expect(interim!.link).toContain(PLACEHOLDER);
      expect(trailers!["x-sent"]).toContain(PLACEHOLDER);
      expect(trailers!["grpc-status"]).toBe("0");
      for (const name of Object.keys(FIELDS)) {
        expect([how, name, String(head![name.toLowerCase()])]).toEqual([
          how,
          name,
          expect.stringContaining(PLACEHOLDER),
        ]);
      }
      expect(head![`x-${PLACEHOLDER}`]).toBe("1");
      expect(head!["set-cookie"]).toEqual([
        expect.stringContaining(PLACEHOLDER),
        "b=2",
      ]);
      expect(head!["x-last"]).toBe("1");
      expect(JSON.stringify(heads)).not.toContain(spell(KEY));
    }
    session.destroy();
  });
  expect(decodeURIComponent(seen[0]!)).toContain(KEY);
});
