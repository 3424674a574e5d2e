// F7: a placeholder in another documented place is served, every byte around it stays, and nothing that nobody documented
// is. Raw clients and a raw server, over HTTP/1.1, HTTP/2 and with a WebSocket's upgrade.
import { expect } from "expect";
import { test } from "node:test";
import type {
  AcceptedPlace,
  Injection,
} from "../../../lib/provider/definition.ts";
import {
  HOST,
  KEY,
  keyCredential,
  type Rig,
  route,
  withRig,
} from "../../support/proxy/proxy_rig.ts";
import { answering } from "../../support/servers/tls_upstream.ts";

const P = "authsome-proxy-managed";
const HEX = "61757468736f6d65000000000000";
const FORMS = [
  P,
  "hf_authsome_proxy_managed",
  "sk_test_authsomeproxymanaged",
  HEX + "0000-us14",
  HEX.toUpperCase(),
  `${P}.default`,
];
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const HEADER: Injection = {
  kind: "header",
  name: "X-Api-Key",
  value: "{api_key}",
};

const ACCEPTS: AcceptedPlace[] = [
  { kind: "query", name: "key" },
  { kind: "query", name: "copy", value: "{api_key}" },
  { kind: "header", name: "X-Other-Token" },
  { kind: "header", name: "X-Copy", value: "id:{api_key}" },
  { kind: "cookie", name: "zenith" },
  { kind: "cookie", name: "copied", value: "{api_key}" },
  { kind: "basic" },
];

function rig(
  body: (rig: Rig) => Promise<void>,
  { injection = HEADER, accepts = ACCEPTS, script = answering(() => OK) } = {},
) {
  const own = route({ injections: [injection], accepts });
  return withRig({
    script,
    table: {
      routes: [own],
      forbidden: [],
      named: new Map([["default", { routes: [own], forbidden: [] }]]),
    },
  }, body);
}

/** What the server gets for a request, without its Host. */
async function sent(rig: Rig, target: string, fields = ""): Promise<string> {
  const client = await rig.tunnel();
  client.send(`GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
  await client.until(/(?:ok|\}\n)$/);
  expect(client.received).toMatch(/ok$/);
  client.socket.destroy();
  return rig.upstream.connections.at(-1)!.received
    .replace(`Host: ${HOST}\r\n`, "").replace(/\r\n\r\n$/, "");
}

async function refusal(rig: Rig, target: string, fields = "") {
  const before = rig.upstream.connections.length;
  const client = await rig.tunnel();
  client.send(`GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${fields}\r\n`);
  const answer = await client.until(/(?:ok|\}\n)$/);
  client.socket.destroy();
  expect([target, fields, answer]).toEqual([
    target,
    fields,
    expect.stringMatching(/^HTTP\/1\.1 403 /),
  ]);
  expect(rig.upstream.connections.length).toBe(before);
  return JSON.parse(answer.split("\r\n\r\n")[1]!);
}

const basic = (text: string) => `Authorization: Basic ${btoa(text)}\r\n`;
const END = `\r\nX-Api-Key: ${KEY}`;

// What a client sends → what the server gets, but the header of the injection at its end.
const SERVED: [
  what: string,
  target: string,
  fields: string,
  arrives: string,
][] = [
  ["alone in the query", `/v1?key=${P}`, "", "/v1"],
  ["first", `/v1?key=${P}&a=%20b&c`, "", "/v1?a=%20b&c"],
  ["last", `/v1?a=+b&&key=${P}`, "", "/v1?a=+b&"],
  ["between", `/v1?a=1&key=${P}&b=2;c`, "", "/v1?a=1&b=2;c"],
  ["twice", `/v1?key=${P}&a&key=${P}`, "", "/v1?a"],
  ["by an escaped name", `/v1?k%65y=${P}&a`, "", "/v1?a"],
  [
    "with every letter escaped",
    "/v1?a&key=%61uthsome%2dproxy%2Dm%61naged",
    "",
    "/v1?a",
  ],
  ["escaped twice", "/v1?a&key=authsome%252Dproxy-managed", "", "/v1?a"],
  ["beside a real one, which stays", `/?key=real&key=${P}`, "", "/?key=real"],
  ["a real one alone", "/?key=real&copy=mine", "", "/?key=real&copy=mine"],
  [
    "replaced in its place",
    `/?a=1&copy=${P}&b=2`,
    "",
    `/?a=1&copy=${KEY}&b=2`,
  ],
  ["replaced once", `/?copy=${P}&a&copy=${P}`, "", `/?copy=${KEY}&a`],
  [
    "in a header",
    "/",
    `A: 1\r\nx-other_token: ${P}\r\nB:  2 \r\n`,
    "/\r\nA: 1\r\nB: 2",
  ],
  [
    "in a header, twice, and behind a scheme",
    "/",
    `X-Other-Token: ${P}\r\nA: 1\r\nX-Other-Token: Bearer ${P}\r\n`,
    "/\r\nA: 1",
  ],
  [
    "in a list of one header",
    "/",
    `X-Other-Token: ${P}, ${P}\r\nA: 1\r\n`,
    "/\r\nA: 1",
  ],
  [
    "beside a real one in a header of its own",
    "/",
    `X-Other-Token: real\r\nX-Other-Token: ${P}\r\n`,
    "/\r\nX-Other-Token: real",
  ],
  [
    "replaced in a header",
    "/",
    `A: 1\r\nX-Copy: ${P}\r\nB: 2\r\nX-Copy: ${P}\r\n`,
    `/\r\nA: 1\r\nX-Copy: id:${KEY}\r\nB: 2`,
  ],
  ["in a cookie alone", "/", `A: 1\r\nCookie: zenith=${P}\r\n`, "/\r\nA: 1"],
  [
    "in the first cookie",
    "/",
    `Cookie: zenith=${P};  a=b; c\r\n`,
    "/\r\nCookie: a=b; c",
  ],
  [
    "between cookies, quoted",
    "/",
    `Cookie: a="x y"; zenith="${P}";b=2; \r\n`,
    '/\r\nCookie: a="x y";b=2;',
  ],
  [
    "in two cookies, a real one of the name stays",
    "/",
    `Cookie: zenith=real; zenith=${P}; a=1; zenith=${P}\r\n`,
    "/\r\nCookie: zenith=real; a=1",
  ],
  [
    "replaced in a cookie",
    "/",
    `Cookie: a=1; copied=${P}; b=2\r\n`,
    `/\r\nCookie: a=1; copied=${KEY}; b=2`,
  ],
  ["as the user of Basic", "/", basic(`${P}:`), "/"],
  ["as the password of Basic", "/", basic(`ada:${P}`), "/"],
  [
    "in other Basic",
    "/",
    basic("ada:mine"),
    `/\r\n${basic("ada:mine").trim()}`,
  ],
  [
    "everywhere at once",
    `/?key=${P}&a`,
    `Cookie: zenith=${P}\r\n${basic(`${P}:`)}X-Other-Token: ${P}\r\n`,
    "/?a",
  ],
];

test("a placeholder in an accepted place is served, and every other byte stays", () =>
  rig(async (rig) => {
    for (const [what, target, fields, arrives] of SERVED) {
      const [line, ...rest] = arrives.split("\r\n");
      expect([what, await sent(rig, target, fields)]).toEqual([
        what,
        [`GET ${line} HTTP/1.1`, ...rest].join("\r\n") + END,
      ]);
    }
    expect(rig.events.every(({ event }) => event === "inject")).toBe(true);
  }));

test("every form of a placeholder is served in every place", () =>
  rig(async (rig) => {
    for (const form of FORMS) {
      for (
        const [target, fields] of [
          [`/?key=${form}`, ""],
          ["/", `X-Other-Token: ${form}\r\n`],
          ["/", `Cookie: zenith=${form}\r\n`],
          ["/", basic(`x:${form}`)],
          ["/", `Authorization: Bearer ${form}\r\n`],
        ] as const
      ) {
        expect([form, await sent(rig, target, fields)])
          .toEqual([form, `GET / HTTP/1.1${END}`]);
      }
    }
  }));

// Neighbours of the accepted places, and attempts to take more with them.
const REFUSED: [what: string, target: string, fields: string][] = [
  ["another parameter", `/?Key=${P}`, ""],
  ["a parameter behind a semicolon", `/?a=1;key=${P}`, ""],
  ["a parameter with a semicolon in it", `/?key=${P};admin=1`, ""],
  ["the name of a parameter", `/?${P}=key`, ""],
  ["a parameter without a name", `/?=${P}`, ""],
  ["the path", `/key=${P}`, ""],
  ["another header", "/", `X-Other-Tokens: ${P}\r\n`],
  ["a list with something else in it", "/", `X-Other-Token: ${P}, mine\r\n`],
  ["another cookie", "/", `Cookie: zenith2=${P}\r\n`],
  ["a cookie of the name in capitals", "/", `Cookie: Zenith=${P}\r\n`],
  ["a cookie without a name", "/", `Cookie: ${P}\r\n`],
  ["the name of a cookie", "/", `Cookie: ${P}=zenith\r\n`],
  ["one cookie of two", "/", `Cookie: zenith=${P}; other=${P}\r\n`],
  ["a header called like a cookie", "/", `zenith: ${P}\r\n`],
  ["another scheme", "/", `Authorization: Digest username="${P}"\r\n`],
  ["no scheme", "/", `Authorization: ${P}\r\n`],
];

test("a place beside the accepted ones is refused, and the answer names those that are served", () =>
  rig(async (rig) => {
    for (const [what, target, fields] of REFUSED) {
      const { reason, message } = await refusal(rig, target, fields);
      expect([what, reason, message]).toEqual([
        what,
        "placeholder_misplaced",
        expect.stringContaining(
          "; example takes it in the header X-Api-Key, the query parameter key, the query parameter copy, the header X-Other-Token, the header X-Copy, the cookie zenith, the cookie copied, Basic credentials",
        ),
      ]);
      expect(message).toMatch(/: authsome-proxy-managed is in the /);
    }
    const { message } = await refusal(rig, `/?k=${FORMS[1]}`);
    expect(message).toMatch(
      /: authsome_proxy_managed is in the request target/,
    );
  }));

test("the header Authorization may be accepted whole", () =>
  rig(async (rig) => {
    for (
      const value of [
        `OAuth oauth_consumer_key="${P}", oauth_token="${P}"`,
        `OAuth oauth_consumer_key="public", oauth_token="${P}"`,
        `Bearer ${P}`,
        `Basic ${btoa(`${P}:`)}`,
      ]
    ) {
      expect(await sent(rig, "/", `Authorization: ${value}\r\n`))
        .toBe(`GET /?token=${KEY} HTTP/1.1`);
    }
    expect(await sent(rig, "/", "Authorization: Bearer mine\r\n"))
      .toBe(`GET /?token=${KEY} HTTP/1.1\r\nAuthorization: Bearer mine`);
  }, {
    injection: { kind: "query", name: "token", value: "{api_key}" },
    accepts: [{ kind: "header", name: "Authorization" }],
  }));

test("where no credential was injected nothing is cleared, and a place with a value gets it", () =>
  rig(async (rig) => {
    await refusal(rig, `/other?key=${P}`);
    await refusal(rig, "/other", `Cookie: zenith=${P}\r\n`);
    expect(await sent(rig, `/bot${P}/x?key=${P}`))
      .toBe(`GET /bot${KEY}/x HTTP/1.1`);
    expect(await sent(rig, `/other?copy=${P}`))
      .toBe(`GET /other?copy=${KEY} HTTP/1.1`);
  }, { injection: { kind: "path", template: "/bot{api_key}" } }));

test("a WebSocket's upgrade is served like any request", () =>
  rig(async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `GET /live?key=${P}&alt=ws HTTP/1.1\r\nHost: ${HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nCookie: zenith=${P}; a=b\r\n\r\n`,
    );
    await client.until(/hi$/);
    const { received } = rig.upstream.connections.at(-1)!;
    expect(received).toMatch(/^GET \/live\?alt=ws HTTP\/1\.1\r\n/);
    expect(received).toContain("Cookie: a=b\r\n");
    expect(received).toContain(`X-Api-Key: ${KEY}`);
    expect(received).not.toContain("authsome");
  }, {
    script: async (connection) => {
      await connection.until(/\r\n\r\n$/);
      connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi",
      );
    },
  }));

test("what was put into an accepted place does not come back in a head", () => {
  const own = route({
    injections: [{ kind: "header", name: "X-Id", value: "{id}" }],
    accepts: [{ kind: "query", name: "copy", value: "{api_key}" }],
    placeholders: { api_key: "sk_test_authsomeproxymanaged" },
  });
  return withRig({
    script: answering(() =>
      `HTTP/1.1 302 Found\r\nLocation: /?copy=${KEY}\r\nContent-Length: 2\r\n\r\nok`
    ),
    table: { routes: [own], forbidden: [] },
    fresh: () => {
      const result = keyCredential();
      if (!result.ok) return result;
      return { ...result, values: { id: "public-identifier" } };
    },
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(`GET /?copy=${P} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    const answer = await client.until(/ok$/);
    expect(answer).toContain(
      "Location: /?copy=sk_test_authsomeproxymanaged\r\n",
    );
    expect(answer).not.toContain(KEY);
    expect(rig.upstream.connections[0]!.received)
      .toContain(`GET /?copy=${KEY} HTTP/1.1`);
  });
});

test("a value that a cookie cannot hold is refused", () =>
  withRig({
    script: answering(() => OK),
    table: {
      routes: [route({ injections: [HEADER], accepts: ACCEPTS })],
      forbidden: [],
    },
    fresh: () => keyCredential('a"; admin=1'),
  }, async (rig) => {
    const client = await rig.tunnel();
    client.send(
      `GET / HTTP/1.1\r\nHost: ${HOST}\r\nCookie: copied=${P}\r\n\r\n`,
    );
    expect(await client.until(/(?:ok|\}\n)$/)).toMatch(/^HTTP\/1\.1 [45]/);
    expect(rig.upstream.connections).toEqual([]);
  }));
