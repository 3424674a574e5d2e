// F7: the placeholder is exchanged where a definition says so, once for each place, and reaches no server anywhere else.
import { expect } from "expect";
import { test } from "node:test";
import type { Injection } from "../../../lib/provider/definition.ts";
import {
  HOST,
  KEY,
  type Rig,
  type RigOptions,
  route,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";

const P = "authsome-proxy-managed";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

const PLACES = {
  header: { kind: "header", name: "X-Api-Key", value: "{api_key}" },
  bearer: { kind: "header", name: "Authorization", value: "Bearer {api_key}" },
  user: { kind: "basic", username: "{api_key}", password: "" },
  password: { kind: "basic", username: "me", password: "{api_key}" },
  query: { kind: "query", name: "key", value: "{api_key}" },
  path: { kind: "path", template: "/bot{api_key}" },
} as const satisfies Record<string, Injection>;

function placed(
  place: keyof typeof PLACES,
  name: string,
  body: (rig: Rig) => Promise<void>,
  more: RigOptions = {},
) {
  test(`${place}: ${name}`, () =>
    withRig({
      script: answering(() => OK),
      table: {
        routes: [route({ injections: [PLACES[place]] })],
        forbidden: [],
      },
      ...more,
    }, body));
}

/** What the upstream got for a request of `target` and `fields`, its Host left out. */
async function sent(
  rig: Rig,
  target: string,
  fields = "",
): Promise<string> {
  const client = await rig.tunnel();
  client.send(`GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
  await client.until(/ok$/);
  expect(client.received).not.toContain(KEY);
  return rig.upstream.connections.at(-1)!.received
    .replace(`Host: ${HOST}\r\n`, "").replace(/\r\n\r\n$/, "");
}

/** The reason of the refusal; nothing may have reached the upstream. */
async function refused(
  rig: Rig,
  target: string,
  fields = "",
): Promise<unknown> {
  const before = rig.upstream.connections.length;
  const client = await rig.tunnel();
  client.send(`GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
  const response = await client.until(/\}\n$/);
  expect(response).toMatch(/^HTTP\/1\.1 403 /);
  expect(rig.upstream.connections.length).toBe(before);
  const { reason, message, hint } = JSON.parse(response.split("\r\n\r\n")[1]!);
  expect(message).toContain("no credential is injected");
  expect(hint).not.toBe("");
  return reason;
}

const basic = (text: string) => `Authorization: Basic ${btoa(text)}\r\n`;

// What each client sends for itself → what the server gets.
const EXCHANGED: [
  place: keyof typeof PLACES,
  what: string,
  target: string,
  fields: string,
  arrives: string,
][] = [
  [
    "header",
    "alone",
    "/",
    `x-api-key: ${P}\r\n`,
    `/ HTTP/1.1\r\nX-Api-Key: ${KEY}`,
  ],
  [
    "header",
    "twice: once",
    "/",
    `X-Api-Key: ${P}\r\nx_api_key: ${P}\r\n`,
    `/ HTTP/1.1\r\nX-Api-Key: ${KEY}`,
  ],
  [
    "header",
    "twice in one value: once",
    "/",
    `X-Api-Key: ${P}, ${P}\r\n`,
    `/ HTTP/1.1\r\nX-Api-Key: ${KEY}`,
  ],
  [
    "header",
    "from a client that sends a Bearer token",
    "/",
    `Authorization: Bearer ${P}\r\n`,
    `/ HTTP/1.1\r\nX-Api-Key: ${KEY}`,
  ],
  [
    "header",
    "and a token of the client's own kept",
    "/",
    `Authorization: Bearer mine\r\nX-Api-Key: ${P}\r\n`,
    `/ HTTP/1.1\r\nAuthorization: Bearer mine\r\nX-Api-Key: ${KEY}`,
  ],
  [
    "bearer",
    "from a client that uses Basic",
    "/",
    basic(`me:${P}`),
    `/ HTTP/1.1\r\nAuthorization: Bearer ${KEY}`,
  ],
  [
    "user",
    "decoded, exchanged and encoded again",
    "/",
    basic(`${P}:`),
    `/ HTTP/1.1\r\nAuthorization: Basic ${btoa(`${KEY}:`)}`,
  ],
  [
    "user",
    "also in the password: once",
    "/",
    basic(`${P}:${P}`),
    `/ HTTP/1.1\r\nAuthorization: Basic ${btoa(`${KEY}:`)}`,
  ],
  [
    "password",
    "decoded, exchanged and encoded again",
    "/",
    basic(`me:${P}`),
    `/ HTTP/1.1\r\nAuthorization: Basic ${btoa(`me:${KEY}`)}`,
  ],
  [
    "query",
    "in its place among the others",
    `/v1?a=1&key=${P}&b=2`,
    "",
    `/v1?a=1&key=${KEY}&b=2 HTTP/1.1`,
  ],
  [
    "query",
    "twice, and in other spellings: once",
    `/v1?key=${P}&k%65y=${P}&b`,
    "",
    `/v1?key=${KEY}&b HTTP/1.1`,
  ],
  [
    "path",
    "with what follows",
    `/bot${P}/getMe?x`,
    "",
    `/bot${KEY}/getMe?x HTTP/1.1`,
  ],
  ["path", "as the last segment", `/bot${P}`, "", `/bot${KEY} HTTP/1.1`],
];

for (const [place, what, target, fields, arrives] of EXCHANGED) {
  placed(place, `exchanged ${what}`, async (rig) => {
    expect(await sent(rig, target, fields)).toBe(`GET ${arrives}`);
  });
}

test("a placeholder with a connection's name is exchanged in the same places", async () => {
  const routes = (connection: string) => ({
    routes: Object.entries(PLACES).map(([name, injection]) =>
      route({ connection, pathPrefix: `/${name}`, injections: [injection] })
    ).concat(route({ connection, injections: [PLACES.path] })),
    forbidden: [],
  });
  await withRig({
    script: answering(() => OK),
    table: { ...routes("default"), named: new Map([["work", routes("work")]]) },
  }, async (rig) => {
    const named = `${P}.work`;
    for (
      const [target, fields, arrives] of [
        ["/header", `X-Api-Key: ${named}\r\n`, `X-Api-Key: ${KEY}`],
        [
          "/bearer",
          `Authorization: Bearer ${named}\r\n`,
          `Authorization: Bearer ${KEY}`,
        ],
        [
          "/user",
          basic(`${named}:`),
          `Authorization: Basic ${btoa(`${KEY}:`)}`,
        ],
        [
          "/password",
          basic(`me:${named}`),
          `Authorization: Basic ${btoa(`me:${KEY}`)}`,
        ],
        [`/query?key=${named}`, "", `?key=${KEY} `],
        [`/bot${named}/x`, "", `/bot${KEY}/x `],
      ] as const
    ) {
      const received = await sent(rig, target, fields);
      expect(received).toContain(arrives);
      expect(received).not.toContain(P);
    }
    expect(rig.events.map(({ connection }) => connection))
      .toEqual(Array(6).fill("work"));
  });
});

// Where no definition puts a credential.
const MISPLACED: [
  place: keyof typeof PLACES,
  what: string,
  target: string,
  fields: string,
][] = [
  ["header", "in another header", "/", `X-Other: ${P}\r\n`],
  [
    "header",
    "inside another header's value",
    "/",
    `Cookie: a=1; t=${P}; b\r\n`,
  ],
  ["header", "in Basic credentials", "/", basic(`x:${P}`)],
  ["header", "in the query", `/?key=${P}`, ""],
  ["header", "in the path", `/v1/${P}/x`, ""],
  ["header", "with its name, in another header", "/", `X-Other: ${P}~\r\n`],
  ["header", "escaped in the query", "/?k=authsome%2Dproxy%2dmanaged", ""],
  ["header", "escaped twice", "/?k=authsome%252Dproxy-managed", ""],
  [
    "header",
    "escaped in a cookie",
    "/",
    "Cookie: t=authsome%2dproxy%2Dmanaged\r\n",
  ],
  [
    "header",
    "in Basic credentials with two spaces",
    "/",
    `Authorization: basic  ${btoa(`${P}:`)}\r\n`,
  ],
  ["header", "behind another token", "/", `Authorization: Bearer x ${P}\r\n`],
  ["query", "in another parameter", `/?key=x&token=${P}`, ""],
  ["query", "as a parameter's name", `/?${P}=x`, ""],
  ["query", "in the path", `/${P}?key=x`, ""],
  ["query", "in Authorization", "/?key=x", `Authorization: Bearer ${P}\r\n`],
  ["path", "once more further down", `/bot${P}/x/${P}`, ""],
  ["path", "with something behind it in its segment", `/bot${P}x/getMe`, ""],
  ["path", "in another place of the path", `/file/bot${P}/x`, ""],
  ["path", "in the query", `/bot${P}/x?again=${P}`, ""],
  ["path", "in Authorization", `/bot${P}/x`, `Authorization: ${P}\r\n`],
];

for (const [place, what, target, fields] of MISPLACED) {
  placed(place, `refused ${what}`, async (rig) => {
    expect(await refused(rig, target, fields)).toBe("placeholder_misplaced");
    expect(rig.events).toEqual([
      expect.objectContaining({
        event: "deny",
        reason: "placeholder_misplaced",
        provider: "example",
      }),
    ]);
    expect(JSON.stringify(rig.events)).not.toContain(KEY);
  });
}

placed("bearer", "a body is never touched", async (rig) => {
  const text = `{"key":"${P}","b64":"${btoa(P)}"}`;
  const client = await rig.tunnel();
  client.send(
    `POST /?a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  await client.until(/ok$/);
  expect(rig.upstream.connections[0]!.received.split("\r\n\r\n")[1]).toBe(text);
}, {
  script: async (connection) => {
    await connection.until(/"\}$/);
    connection.send(OK);
  },
});

placed(
  "bearer",
  "a tunnel without a route is not opened to look",
  async (rig) => {
    // The certificate is the server's own, so no proxy in between can have read the request.
    const client = await rig.tunnel("other.example.com:443", {
      serverName: "other.example.com",
    });
    client.send(
      `GET /?${P} HTTP/1.1\r\nHost: other.example.com\r\nAuthorization: Bearer ${P}\r\n\r\n`,
    );
    await client.until(/ok$/);
    const socket = client.socket as unknown as {
      getPeerCertificate(): { fingerprint256: string };
    };
    const seen = socket.getPeerCertificate().fingerprint256;
    expect(seen).toBe(rig.upstream.fingerprint);
    expect(rig.upstream.connections[0]!.received).toContain(`Bearer ${P}`);
    expect(rig.upstream.connections[0]!.received).not.toContain(KEY);
  },
);

placed("bearer", "refused in plain http, everywhere", async (rig) => {
  const [authorization] = /Proxy-Authorization: .*\r\n/.exec(
    rig.connectHead("x"),
  )!;
  for (
    const [target, fields] of [
      [`http://${HOST}/`, `Authorization: Bearer ${P}\r\n`],
      [`http://${HOST}/`, basic(`${P}:x`)],
      [`http://${HOST}/?key=${P}`, ""],
      [`http://${HOST}/bot${P}/x`, ""],
      ["http://other.test/", `X-Any: ${P}\r\n`],
    ] as const
  ) {
    const client = await rig.dial();
    client.send(
      `GET ${target} HTTP/1.1\r\nHost: ${
        new URL(target).host
      }\r\n${authorization}${fields}\r\n`,
    );
    expect(await client.until(/\}\n$/)).toMatch(
      /^HTTP\/1\.1 403 [\s\S]*placeholder_misplaced[\s\S]*https/,
    );
  }
  expect(rig.upstream.connections).toEqual([]);
}, { tls: false });
