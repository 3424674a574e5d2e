// A path in every spelling: what any server could take for a forbidden place, or for one outside of the prefix, gets no
// credential.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { mintingRulesAt } from "../../../lib/request/decide_route.ts";
import { buildRoutes, decideRoute } from "../../../lib/request/routes.ts";

const HOST = "api.acme-notes.com";
const acme: ProviderDefinition = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "oauth2",
  flow: "pkce",
  api_url: `${HOST}/ex`,
  oauth: {
    authorization_url: `https://${HOST}/ex/oauth/authorize`,
    token_url: `https://${HOST}/ex/oauth/token`,
  },
  minting: [{
    method: "POST",
    path: ["/ex/keys", "/ex/users/{id}/tokens", "/ex/accounts/{name}:mint"],
    reason: "a key",
    source: "https://acme-notes.com/docs",
  }],
};
const TABLE = buildRoutes([{ definition: acme, connection: "default" }]);

function decide(path: string): string {
  const decision = decideRoute(TABLE, { host: HOST, port: 443, path });
  return decision.kind === "route" &&
      mintingRulesAt(TABLE, { host: HOST, path }).length > 0
    ? "minting"
    : decision.kind;
}

/** Servers that the path of a request may come to, each a way to read it. Independent of the code that decides. */
const SERVERS: Record<string, (path: string) => string> = {
  // But for escapes that mean nothing (RFC 3986 §6.2.2.2).
  "reads it as it is": (path) =>
    path.replace(/%(?:[46][1-9a-f]|[57][0-9a]|3[0-9]|2[de])/gi, once),
  "undoes escapes once": once,
  "undoes escapes twice": (path) => once(once(path)),
  "undoes escapes, then drops parameters": (path) => bare(once(path)),
  "drops parameters, then undoes escapes": (path) => once(bare(path)),
  "drops parameters between two rounds of escapes": (path) =>
    once(bare(once(path))),
  "takes backslashes for slashes": (path) => once(path).replaceAll("\\", "/"),
  "takes backslashes for slashes, then undoes escapes": (path) =>
    once(path.replaceAll("\\", "/")),
  "drops control characters": (path) =>
    // deno-lint-ignore no-control-regex
    once(path).replace(/[\0-\x1f\x7f]/g, ""),
  "ends at a NUL": (path) => once(path).replace(/\0.*$/s, ""),
  "ends at an escaped question mark": (path) =>
    once(path).replace(/[?#].*$/s, ""),
  "reads overlong escapes": (path) =>
    once(
      path.replace(/%c0%(a[ef])/gi, (_, low: string) =>
        low.toLowerCase() === "ae" ? "." : "/"),
    ),
  "takes wide characters for plain ones": (path) =>
    once(path).normalize("NFKC"),
};

function once(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    new TextDecoder().decode(
      Uint8Array.from(hex(run)),
    ));
}

function hex(run: string): number[] {
  return run.slice(1).split("%").map((pair) => parseInt(pair, 16));
}

function bare(path: string): string {
  return path.replace(/;[^/]*/g, "");
}

/** Where a path leads once dot segments are gone: lower case, no empty segment. */
function place(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return `/${segments.join("/")}`;
}

const FORBIDDEN = /^\/ex\/oauth\/(?:token|authorize)(?:\/|$)/i;
const MINTING = /^\/ex\/(?:keys|users\/[^/]+\/tokens|accounts\/[^/]+:mint)$/i;

/** What a server would make of `path` that must not come about, if any. */
function misreadings(path: string, got: string): string[] {
  return Object.entries(SERVERS).filter(([, read]) => {
    const led = place(read(path));
    return got === "minting"
      ? FORBIDDEN.test(led)
      : !/^\/ex(?:\/|$)/.test(led) || FORBIDDEN.test(led) || MINTING.test(led);
  }).map(([name]) => name);
}

test("spellings of forbidden places and of ways out get no credential", () => {
  const forbidden = [
    "/ex/oauth/token",
    "/ex/OAuth/Token",
    "/ex/oauth/token/",
    "/ex/oauth/token;",
    "/ex/oauth/token;x=1",
    "/ex/oauth;x=1/token",
    "/ex/;/oauth/token",
    "/ex/;x=1/oauth/token",
    "/ex;x/oauth/token",
    "/;/ex/oauth/token",
    "/ex//oauth///token",
    "/ex/oauth%2ftoken",
    "/ex/oauth%252ftoken",
    "/ex/oauth%25252ftoken",
    "/ex/oauth%5ctoken",
    "/ex/oauth\\token",
    "/ex/oauth%3bx/token",
    "/ex/%3b/oauth/token",
    "/ex/%253b/oauth/token",
    "/ex/%6fauth/%74oken",
    "/ex/%256fauth/token",
    "/ex/oauth/token%3f",
    "/ex/oauth/token%23x",
    "/ex/oauth/token%20",
    "/ex/oauth/token.",
    "/ex/oauth/token.json",
    "/ex/oau%09th/token",
    "/ex/oauth/token%0d%0a",
    "/ex/a%2foauth/../oauth/token",
    "/ex/%ef%bd%8fauth/token",
    "/ex/oauth%ef%bc%8ftoken",
    "/ex/oauth;a%2fb/token",
  ];
  const outside = [
    "/ex/..%3b/admin",
    "/ex/..;/admin",
    "/ex/..%00/admin",
    "/ex/..%00",
    "/ex/%00../admin",
    "/ex/%252e%252e/admin",
    "/ex/%25252e%25252e/admin",
    "/ex/%2e%252e/admin",
    "/ex%252f..%252f..%252fadmin",
    "/ex/x%252f..%252f..%252fadmin",
    "/ex/%c0%ae%c0%ae/admin",
    "/ex/%e0%80%ae%e0%80%ae/admin",
    "/ex/..%c0%afadmin",
    "/ex/%ef%bc%8e%ef%bc%8e/admin",
    "/ex/%e2%80%a5/admin",
    "/ex/..%5cadmin",
    "/ex/..%255cadmin",
    "/ex/..%09/admin",
    "/ex/..%20/admin",
    "/ex/.%0d./admin",
    "/ex/%1f../admin",
    "/ex/..%3f/admin",
    "/ex/%u002e%u002e/admin",
    "/ex%2fadmin",
    "/ex%3b/admin",
    "/ex;/admin",
    "/ex%00/admin",
    "/ex%3fadmin",
    "/EX/admin",
    "/exx",
  ];
  for (const path of [...forbidden, ...outside]) {
    expect([path, decide(path)]).not.toEqual([path, "route"]);
    expect([path, decide(path)]).not.toEqual([path, "minting"]);
  }
  const minting = [
    "/ex/keys",
    "/ex/keys/",
    "/ex/KEYS",
    "/ex/keys.json",
    "/ex/ke%79s",
    "/ex/%3b/keys",
    "/ex/;/keys",
    "/ex/users/a%2fb/tokens",
    "/ex/users%2f7%2ftokens",
    "/ex/accounts/a@b:mint",
    "/ex/accounts/a@b%3Amint",
    "/ex/accounts/a@b%253amint",
  ];
  for (const path of minting) {
    expect([path, decide(path)]).not.toEqual([path, "route"]);
  }
});

test("ordinary paths are served, whatever they hold", () => {
  for (
    const path of [
      "/ex",
      "/ex/",
      "/ex/notes/1",
      "/ex/oauth",
      "/ex/oauths/token",
      "/ex/files/lib%2Fclass%2Erb",
      "/ex/files/%2Egitlab-ci.yml",
      "/ex/files/a%20b%20c",
      "/ex/files/C%23/what%3F",
      "/ex/files/%E4%BD%A0%E5%A5%BD",
      "/ex/files/100%25",
      "/ex/a;v=1/b",
      "/ex/...",
      "/ex/.well-known/x",
      "/ex/a..b",
      "/ex/keys/1",
      "/ex/users/tokens",
      "/ex/objects/dir%252Ffile",
      "/ex/@scope%2fname",
      "/ex/mail/a%2Bb@c.d",
      "/ex/notes/two%0alines",
    ]
  ) expect([path, decide(path)]).toEqual([path, "route"]);
});

test("no server takes a path with a credential for a forbidden place, or for one outside of the prefix", () => {
  const random = randomFrom(20_261_126);
  const pick = <T>(list: readonly T[]): T =>
    list[Math.floor(random() * list.length)]!;
  const words = [
    ...["ex", "oauth", "token", "keys", "users", "7", "tokens", "admin"],
    ...["..", ".", "accounts", "a:mint", "", ";", ";x=1", "..;", "a;b=c"],
  ];
  const slashes = ["/", "//", "/;/", "%2f", "%252f", "\\", "%5c", "/;x/"];
  const encode = (character: string): string => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    switch (Math.floor(random() * 10)) {
      case 0:
        return `%${code}`;
      case 1:
        return `%25${code}`;
      case 2:
        return character.toUpperCase();
      case 3:
        return character === "." ? "%c0%ae" : character;
      case 4:
        return character === "." ? "%ef%bc%8e" : character;
      default:
        return character;
    }
  };
  const ends = [
    "",
    "/",
    ";",
    ";x",
    "%00",
    "%09",
    "%0a",
    "%3f",
    "%23x",
    "%20",
    ".json",
    "%3b",
  ];
  const counts: Record<string, number> = {};
  for (let round = 0; round < 60_000; round++) {
    let path = "/" + (random() < 0.8 ? "ex" : "");
    const segments = random() < 0.4
      ? pick([["oauth", "token"], ["keys"], ["users", "7", "tokens"]])
      : Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(words));
    for (const segment of segments) {
      path += pick(random() < 0.7 ? ["/"] : slashes) +
        [...segment].map(random() < 0.5 ? encode : String).join("");
    }
    path += pick(random() < 0.7 ? [""] : ends);
    const got = decide(path);
    counts[got] = (counts[got] ?? 0) + 1;
    if (got !== "route" && got !== "minting") continue;
    expect([path, got, misreadings(path, got)]).toEqual([path, got, []]);
  }
  // Neither is everything refused.
  expect(counts.route).toBeGreaterThan(3_000);
  expect(counts.minting).toBeGreaterThan(500);
  expect(counts.forbidden).toBeGreaterThan(500);
});

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
