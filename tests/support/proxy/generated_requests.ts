/** Requests from a fixed seed, and the connections that they meet. @module */
import type { Connection } from "../../../lib/connection/connection.ts";
import { refreshFailed } from "../../../lib/connection/refresh/refresh_error.ts";
import type { Circumstances, Participant } from "../../../lib/explanation.ts";
import { PLACEHOLDER } from "../../../lib/placeholder.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../../lib/provider/definition.ts";
import { Secret } from "../../../lib/secret.ts";
import type { Field } from "../../../lib/wire/http1.ts";
import { keyDefinition } from "./routed_fetch.ts";

export const NOW = 1_700_000_000_000;

/** A request before anybody has looked at it. */
export interface Asked {
  scheme: "https" | "http";
  host: string;
  port: number;
  method: string;
  /** Path and query. */
  target: string;
  /** Without `Host`, unless the request lies about it. */
  fields: readonly Field[];
  body?: string;
}

const SIGNATURE: Injection = {
  kind: "sigv4",
  access_key_id: "{access_key_id}",
  secret_access_key: "{secret_access_key}",
};

const DEFINITIONS: readonly ProviderDefinition[] = [
  keyDefinition("alpha", "alpha.example.com"),
  {
    ...keyDefinition("beta", "https://beta.example.com/v1"),
    oauth: { token_url: "https://beta.example.com/v1/oauth/token" },
  },
  keyDefinition("high", "https://high.example.com:8443"),
  keyDefinition("twin-a", "twin.example.com"),
  keyDefinition("twin-b", "twin.example.com"),
  {
    ...keyDefinition("maker", "maker.example.com"),
    minting: [
      { method: "POST", path: "/keys/**", reason: "a key", source: "-" },
      {
        path: "/form",
        form: { action: "create" },
        reason: "another key",
        source: "-",
      },
    ],
  },
  keyDefinition("maps", "maps.example.com", [
    { kind: "query", name: "key", value: "{api_key}" },
  ]),
  keyDefinition("bot", "bot.example.com", [
    { kind: "path", template: "/bot{api_key}" },
  ]),
  keyDefinition("shop", "regex:^[a-z0-9]+\\.shop\\.example\\.com$"),
  keyDefinition("member", "member.example.com", [
    { kind: "body", format: "json", name: "key", value: "{api_key}" },
  ]),
  keyDefinition("signer", "sqs.eu-west-1.amazonaws.com", [SIGNATURE]),
  keyDefinition("keyless", "sqs.eu-west-2.amazonaws.com", [SIGNATURE]),
  keyDefinition("empty", "empty.example.com"),
  keyDefinition("dead", "dead.example.com"),
  { ...keyDefinition("old", "old.example.com"), auth_type: "oauth2" },
  { ...keyDefinition("paused", "paused.example.com"), auth_type: "oauth2" },
  keyDefinition("alone", "alone.example.com"),
];

function participant(
  name: string,
  change: Partial<Connection> = {},
): Participant {
  const definition = DEFINITIONS.find((each) => each.name === name)!;
  return {
    definition,
    connection: {
      provider: name,
      name: "default",
      revision: 1,
      state: "connected",
      createdAt: 0,
      updatedAt: 0,
      credential: definition.auth_type === "api_key"
        ? {
          type: "api_key",
          fields: {
            api_key: new Secret(`canary-of-${name}`),
            access_key_id: new Secret("AKIDEXAMPLE"),
            secret_access_key: new Secret("canary-of-aws"),
          },
        }
        : {
          type: "oauth2",
          accessToken: new Secret(`canary-of-${name}`),
          expiresAt: NOW - 1,
          ...name === "paused" ? { refreshToken: new Secret("canary-2") } : {},
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
      ...change,
    },
  };
}

const PAUSE = { retryAt: NOW + 60_000, reason: "server_error" };
/** Every provider with a connection. */
const CONNECTED: readonly Participant[] = DEFINITIONS
  .filter(({ name }) => name !== "alone")
  .map(({ name }) => {
    if (name === "dead") return participant(name, { state: "revoked" });
    if (name === "paused") {
      const paused = participant(name);
      return { ...paused, obstacle: refreshFailed(paused.connection, PAUSE) };
    }
    return name === "empty" || name === "keyless"
      ? participant(name, { credential: { type: "api_key", fields: {} } })
      : participant(name);
  });
const NAMED = [participant("alpha", { name: "my work" })];

/** What the requests meet: everything; only some providers; with what a person has allowed and preferred. */
export function worlds(): Circumstances[] {
  const only = new Set(["alpha", "maker", "twin-a"]);
  const others = DEFINITIONS.filter(({ name }) => name === "alone");
  const all = { named: NAMED, others, leftOut: [], now: NOW };
  const settled = CONNECTED.map((each) =>
    each.definition.name === "maker"
      ? { ...each, mayMint: true }
      : each.definition.name === "twin-b"
      ? { ...each, preferredOver: ["twin-a"] }
      : each
  );
  return (["open", "deny"] as const).flatMap((policy) => [
    { ...all, policy, participants: CONNECTED },
    { ...all, policy, participants: settled },
    {
      ...all,
      policy,
      participants: CONNECTED.filter(({ definition }) =>
        only.has(definition.name)
      ),
      leftOut: CONNECTED.map(({ definition }) => definition)
        .filter(({ name }) => !only.has(name)),
    },
  ]);
}

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
export function generator(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}

const HOSTS = [
  "alpha.example.com",
  "alpha.example.com",
  "alpha.example.com.",
  "beta.example.com",
  "beta.example.com",
  "high.example.com",
  "twin.example.com",
  "maker.example.com",
  "maker.example.com",
  "maps.example.com",
  "bot.example.com",
  "one.shop.example.com",
  "a.b.shop.example.com",
  "member.example.com",
  "sqs.eu-west-1.amazonaws.com",
  "sqs.eu-west-2.amazonaws.com",
  "empty.example.com",
  "dead.example.com",
  "old.example.com",
  "paused.example.com",
  "alone.example.com",
  "nobody.example.net",
];
const METHODS = ["GET", "GET", "POST", "POST", "PUT", "DELETE", "HEAD"];
const ODD_METHODS = ["TRACE", "TRACK", "DEBUG", "PRI", "CONNECT", "OPTIONS"];
const PATHS = [
  "/",
  "/v1",
  "/v1/x",
  "/v10",
  "/V1/x",
  "/v1/oauth/token",
  "/v1/oauth/token/x",
  "/v1/OAUTH//token",
  "/v1/o%61uth/token",
  "/v1/oauth/token;x=1",
  "/v1/oauth%2ftoken",
  "/v1/x/../oauth/token",
  "/v1/%2e%2e/x",
  "/v1/.%2e/x",
  "/v1\\x",
  "/v1/%252e%252e/x",
  "/v1/%00",
  "//v1/x",
  "/keys",
  "/keys/1",
  "/KEYS/",
  "/k%65ys/1",
  "/keys%2F1",
  "/form",
  "/form/",
  `/bot${PLACEHOLDER}/getMe`,
  `/bot${PLACEHOLDER}.my%20work/x`,
  `/x/${PLACEHOLDER}`,
  `/x/${PLACEHOLDER}.nobody`,
];
/** What a host has and others have not. */
const OWN_PATHS: Record<string, readonly string[]> = {
  "beta.example.com": ["/v1/oauth/token", "/v1/x", "/v1"],
  "maker.example.com": ["/keys/1", "/form", "/form", "/form/"],
  "bot.example.com": [`/bot${PLACEHOLDER}/getMe`],
};
const QUERIES = [
  "",
  "",
  "",
  "?a=1",
  "?action=create",
  "?_method=POST",
  "?X-HTTP-Method-Override=post",
  `?key=${PLACEHOLDER}`,
  `?q=authsome%2Dproxy%2Dmanaged`,
  `?key=${PLACEHOLDER}.my%20work`,
];
const NAMES = ["", "", "", ".my%20work", ".default", ".nobody"];
const FORM = {
  name: "content-type",
  value: "application/x-www-form-urlencoded",
};
const BODIES: { body: string; fields: Field[] }[] = [
  { body: "action=create", fields: [FORM] },
  { body: "action=list", fields: [FORM] },
  { body: "a=1", fields: [{ name: "content-type", value: "text/plain" }] },
  {
    body: `{"key": "${PLACEHOLDER}", "a": 1}`,
    fields: [{ name: "content-type", value: "application/json" }],
  },
  {
    body: "{}",
    fields: [
      { name: "content-type", value: "application/json" },
      { name: "x-amz-content-sha256", value: "STREAMING-X" },
    ],
  },
];

export function generate(random: () => number): Asked {
  const pick = <T>(from: readonly T[]) =>
    from[Math.floor(random() * from.length)]!;
  const chance = (part: number) => random() < part;
  const host = pick(HOSTS);
  const scheme = chance(0.1) ? "http" : "https";
  const method = chance(0.1) ? pick(ODD_METHODS) : pick(METHODS);
  const fields: Field[] = [];
  const placeholder = () => `${PLACEHOLDER}${pick(NAMES)}`;
  if (chance(0.35)) {
    const value = chance(0.8)
      ? `Bearer ${placeholder()}`
      : `Basic ${btoa(`x:${placeholder()}`)}`;
    fields.push({ name: "authorization", value });
  }
  if (chance(0.08)) fields.push({ name: "x-copy", value: placeholder() });
  if (chance(0.05)) fields.push({ name: "proxy-x", value: placeholder() });
  if (chance(0.05)) {
    fields.push({ name: "x-http-method-override", value: pick(METHODS) });
  }
  if (chance(0.04)) {
    const value = pick(["close", "x-copy", "content-length, x"]);
    fields.push({ name: "connection", value });
  }
  if (chance(0.04)) fields.push({ name: "host", value: "evil.example.org" });
  const { body, fields: about } = pick(BODIES);
  const holdsBody = /^(?:POST|PUT|DELETE)$/.test(method) && chance(0.6);
  return {
    scheme,
    host,
    port: host === "high.example.com" || chance(0.05)
      ? pick([8443, 8443, 8443, 443])
      : scheme === "https"
      ? 443
      : 80,
    method,
    target: (chance(0.4) ? pick(OWN_PATHS[host] ?? PATHS) : pick(PATHS)) +
      pick(QUERIES),
    fields: holdsBody ? [...fields, ...about] : fields,
    ...holdsBody ? { body } : {},
  };
}
