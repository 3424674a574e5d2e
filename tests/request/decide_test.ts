// The proxy, the library's fetch and explain beside each other, over requests that are generated from a fixed seed.
import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import type { Connection } from "../../lib/connection/connection.ts";
import { VaultCredentialSource } from "../../lib/connection/credential_source.ts";
import { expired, hasExpired } from "../../lib/connection/refresh/freshness.ts";
import { refreshFailed } from "../../lib/connection/refresh/refresh_error.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import {
  type Circumstances,
  explain,
  type Participant,
} from "../../lib/explain.ts";
import { routedFetch } from "../../lib/fetch/routed_fetch.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../lib/provider/definition.ts";
import { Front, type FrontContext } from "../../lib/proxy/front.ts";
import { plainPlanner, tunnelPlanner } from "../../lib/proxy/plan.ts";
import { DialError, type Plan } from "../../lib/proxy/planner.ts";
import type { Policy } from "../../lib/request/policies/policy.ts";
import { POLICIES } from "../../lib/request/policies/policies.ts";
import { unreadable } from "../../lib/request/refusal.ts";
import type { ReasonCode } from "../../lib/request/route.ts";
import { buildNamedRoutes } from "../../lib/request/routes.ts";
import { routeInput } from "../../lib/request/participants.ts";
import { Secret } from "../../lib/secret.ts";
import { latin1 } from "../../lib/wire/byte_stream.ts";
import { type Field, parseRequestHead } from "../../lib/wire/http1.ts";
import { keyDefinition } from "../support/routed_fetch.ts";

const ROUNDS = 1200;
const NOW = 1_700_000_000_000;

/** What the proxy says of generated requests and `explain` cannot know: it is not told headers and bodies. */
const UNKNOWN_TO_EXPLAIN: readonly ReasonCode[] = [
  "authority_mismatch",
  "bad_request",
  "not_signable",
];
/** What `explain` tells in its own words, since it knows the connections and who else could serve the request. */
const OWN_WORDS: ReadonlySet<ReasonCode> = new Set([
  "policy",
  "credential_expired",
  "refresh_failed",
]);
/** Methods that the standard `Request` does not take. */
const NOT_FETCHED = /^(?:TRACE|TRACK|CONNECT)$/;

/** A request before anybody has looked at it. */
interface Asked {
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

/** What became of it. `sent` is without a credential, whether somebody read it or not. */
interface Outcome {
  action: "inject" | "forward" | "tunnel" | "refuse";
  reason: ReasonCode;
  provider?: string | undefined;
  message?: string;
  hint?: string;
  /** What was sent, of an injected request. */
  sent?: { target: string; fields: Record<string, string> };
  audited: AuditEvent[];
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
    if (name === "paused") return { ...participant(name), pause: PAUSE };
    return name === "empty" || name === "keyless"
      ? participant(name, { credential: { type: "api_key", fields: {} } })
      : participant(name);
  });
const NAMED = [participant("alpha", { name: "my work" })];

/** What the requests meet: everything; only some providers; with what a person has allowed and preferred. */
function worlds(): Circumstances[] {
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

// What the three say.

/** What the proxy and fetch work with, and what they have told the audit log. */
function scene(world: Circumstances) {
  const { participants, named } = world;
  const known = [...participants, ...named];
  const find = (provider: string, name: string) =>
    known.find(({ connection }) =>
      connection.provider === provider && connection.name === name
    )!;
  const input = (
    { definition, connection, preferredOver, mayMint }: Participant,
  ) => ({
    ...routeInput(definition, connection, preferredOver),
    ...mayMint ? { mayMint } : {},
  });
  const table = buildNamedRoutes(participants.map(input), named.map(input));
  const audited: AuditEvent[] = [];
  const credentials = new VaultCredentialSource({
    connections: {
      version: () => 1,
      get: (provider: string, name: string) =>
        Promise.resolve(find(provider, name).connection),
      client: () => Promise.resolve(undefined),
    } as unknown as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]["connections"],
    clock: { now: () => NOW } as ConstructorParameters<
      typeof VaultCredentialSource
    >[0]["clock"],
    refresh(connection) {
      if (!hasExpired(connection, NOW)) return Promise.resolve(connection);
      const { pause } = find(connection.provider, connection.name);
      return Promise.reject(
        pause ? refreshFailed(connection, pause) : expired(connection),
      );
    },
  });
  return {
    audited,
    context: {
      routes: () => table,
      credentials,
      audit: {
        record: (event: AuditEvent) => void audited.push(event),
        flush: () => Promise.resolve(),
      },
      profile: "default",
    },
  };
}

async function byProxy(asked: Asked, world: Circumstances): Promise<Outcome> {
  const { audited, context: shared } = scene(world);
  let dialled = false;
  const context: FrontContext = {
    ...shared,
    policy: world.policy,
    dial: () => {
      dialled = true;
      return Promise.reject(new DialError("upstream_unreachable", "test"));
    },
    authorization: "Basic test",
    refusedPorts: new Set(),
    serveHttp2: () => Promise.reject(new Error("no HTTP/2 in this test")),
    unread: { deny: () => {} },
  };
  const { scheme, host, port, method, target, body } = asked;
  const authority = { host, port };
  if (scheme === "https") {
    const answer = await connect(context, `${host}:${port}`);
    if (!answer.startsWith("HTTP/1.1 200")) {
      return dialled
        ? { action: "tunnel", reason: "no_route", audited }
        : { ...readAnswer(answer), action: "refuse", audited };
    }
  }
  const usual = port === (scheme === "https" ? 443 : 80);
  const named = asked.fields.some(({ name }) => name === "host");
  const fields = [
    ...named ? [] : [{ name: "host", value: usual ? host : `${host}:${port}` }],
    ...asked.fields,
    ...body === undefined
      ? []
      : [{ name: "content-length", value: String(body.length) }],
  ];
  const url = scheme === "http" ? `http://${host}:${port}${target}` : target;
  let plan: Plan;
  try {
    const head = parseRequestHead(latin1(
      [
        `${method} ${url} HTTP/1.1`,
        ...fields.map(({ name, value }) => `${name}: ${value}`),
        "\r\n",
      ].join("\r\n"),
    ));
    const planner = scheme === "https"
      ? tunnelPlanner(context, authority)
      : plainPlanner(context, () => undefined);
    plan = await planner(head);
    if (plan.kind === "hold") plan = await plan.decide(latin1(body!));
  } catch (error) {
    const { reason, message, hint } = unreadable(error);
    return { action: "refuse", reason, message, hint, audited };
  }
  if (plan.kind === "refuse") {
    return { ...plan.refusal, action: "refuse", audited };
  }
  if (plan.kind === "hold") throw new Error("held twice");
  if (scheme === "http") {
    return { action: "tunnel", reason: "plain_http", audited };
  }
  if (plan.key === "") {
    return { action: "forward", reason: "no_route", audited };
  }
  plan.answered?.(200);
  return {
    action: "inject",
    reason: "routed",
    provider: plan.key.split("/", 1)[0],
    sent: sent(plan.head),
    audited,
  };
}

/** What the proxy writes at first to a client that asks for a tunnel. */
async function connect(context: FrontContext, to: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let data: (bytes: Uint8Array) => void;
  new Front(
    {
      own: (owner) => data = owner.data,
      write: (bytes) => {
        resolve(new TextDecoder().decode(bytes));
        return true;
      },
      pause() {},
      resume() {},
      end() {},
      finish() {},
      destroy() {},
      moved: 0,
      queued: 0,
      secure: () => Promise.reject(new Error("no TLS in this test")),
    },
    context,
    { admitted: () => true, closed() {} },
  );
  data!(latin1(
    `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nProxy-Authorization: Basic test\r\n\r\n`,
  ));
  return await promise;
}

function readAnswer(
  answer: string,
): Pick<Outcome, "reason" | "message" | "hint"> {
  const { reason, message, hint } = JSON.parse(answer.split("\r\n\r\n")[1]!);
  return { reason, message, hint };
}

async function byFetch(asked: Asked, world: Circumstances): Promise<Outcome> {
  const { audited, context } = scene(world);
  const { method, fields, body } = asked;
  let went: { url: URL; headers: [string, string][] } | undefined;
  try {
    await routedFetch(
      {
        ...context,
        fetch: (url, init) => {
          went = {
            url: new URL(String(url)),
            headers: init!.headers as [string, string][],
          };
          return Promise.resolve(new Response("sent"));
        },
      },
      addressOf(asked),
      {
        method,
        headers: fields.map((
          { name, value },
        ): [string, string] => [name, value]),
        ...body === undefined ? {} : { body: new TextEncoder().encode(body) },
      },
    );
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    const denied = audited.at(-1)!;
    return {
      action: "refuse",
      reason: denied.reason as ReasonCode,
      provider: denied.provider,
      message: error.message.replace(/^Cannot send the request: /, ""),
      hint: error.hint,
      audited,
    };
  }
  const [event] = audited;
  if (!event) return { action: "forward", reason: "no_route", audited };
  const { url, headers } = went!;
  return {
    action: "inject",
    reason: "routed",
    provider: event.provider,
    sent: sent({
      target: url.pathname + url.search,
      fields: headers.map(([name, value]) => ({ name, value })),
    }),
    audited,
  };
}

function byExplain(asked: Asked, world: Circumstances) {
  const { scheme, host, port, method, target } = asked;
  const [path, query] = target.split(/(?=\?)/, 2);
  return explain({
    scheme,
    host,
    port,
    method,
    path: path!,
    ...query === undefined ? {} : { query },
  }, world);
}

function addressOf({ scheme, host, port, target }: Asked): string {
  return `${scheme}://${host}:${port}${target}`;
}

/** Target and fields, as far as they do not depend on the connection, the client or the second. */
function sent({ target, fields }: { target: string; fields: Field[] }) {
  const left = /^(?:host|connection|content-length|x-amz-date)$/i;
  return {
    target,
    fields: Object.fromEntries(
      fields.filter(({ name }) => !left.test(name)).map(({ name, value }) => [
        name.toLowerCase(),
        value.replace(/Signature=\w+/, ""),
      ]).sort(),
    ),
  };
}

// The requests.

/** Numbers from 0 to 1 that are the same each time (mulberry32). */
function generator(seed: number): () => number {
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
    body: "{}",
    fields: [
      { name: "content-type", value: "application/json" },
      { name: "x-amz-content-sha256", value: "STREAMING-X" },
    ],
  },
];

function generate(random: () => number): Asked {
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

/** The request as `fetch` puts it: its URL read as the URL standard says, and its own `Host`. */
function fetchable(asked: Asked): Asked {
  const { pathname, search } = new URL(addressOf(asked));
  return {
    ...asked,
    target: pathname + search,
    fields: asked.fields.filter(({ name }) => name !== "host"),
  };
}

/** What `explain` is told of it. */
function bare({ body: _, ...asked }: Asked): Asked {
  return { ...asked, fields: [] };
}

async function holdTogether(asked: Asked, world: Circumstances) {
  const seen: [by: "proxy" | "explain", reason: ReasonCode][] = [];
  const tell = ({ action, reason, provider, message, hint }: Outcome) => ({
    action,
    reason,
    provider,
    ...action === "refuse" && !OWN_WORDS.has(reason) ? { message, hint } : {},
  });
  // Explain is asked about any target, and fetch about those that a URL can have.
  for (const request of [bare(asked), bare(fetchable(asked))]) {
    const proxy = await byProxy(request, world);
    const told = { ...byExplain(request, world), audited: [] };
    seen.push(["explain", told.reason]);
    const { provider } = proxy;
    expect({
      request,
      told: {
        ...tell(told),
        // It also names who could have served the request, and the provider of a credential step.
        provider: provider === undefined ? undefined : told.provider,
      },
    }).toEqual({ request, told: tell(proxy) });
  }
  seen.push(["proxy", (await byProxy(asked, world)).reason]);
  const request = fetchable(asked);
  const proxy = await byProxy(request, world);
  seen.push(["proxy", proxy.reason]);
  // Fetch refuses no host for want of a route.
  if (NOT_FETCHED.test(request.method) || world.policy === "deny") return seen;
  const fetched = await byFetch(request, world);
  if (proxy.action === "refuse") {
    const { action, reason, message, hint } = proxy;
    expect({ request, ...fetched }).toMatchObject({
      request,
      action,
      reason,
      message,
      hint,
    });
    // What cannot be read is audited in another place, which bounds it.
    if (reason !== "bad_request") {
      expect({ request, audited: fetched.audited })
        .toEqual({ request, audited: proxy.audited });
    }
  } else if (proxy.action === "inject") {
    expect({ request, fetched }).toEqual({ request, fetched: proxy });
  } else {
    // In a tunnel that is not opened the proxy cannot see what fetch sees.
    const misplaced = proxy.action === "tunnel" &&
      proxy.reason === "no_route" &&
      fetched.reason === "placeholder_misplaced" &&
      carriesPlaceholder(request);
    expect({ request, action: fetched.action }).toEqual({
      request,
      action: misplaced ? "refuse" : "forward",
    });
  }
  return seen;
}

function carriesPlaceholder({ target, fields }: Asked): boolean {
  return /authsome(?:-|%2D)proxy/i.test(target) ||
    fields.some(({ value }) =>
      value.includes(PLACEHOLDER) || value.startsWith("Basic ")
    );
}

test("the proxy, fetch and explain say the same of every request", async () => {
  const random = generator(1);
  const all = worlds();
  const reasons = {
    proxy: new Set<ReasonCode>(),
    explain: new Set<ReasonCode>(),
  };
  for (let round = 0; round < ROUNDS; round++) {
    const world = all[Math.floor(random() * all.length)]!;
    for (const [by, reason] of await holdTogether(generate(random), world)) {
      reasons[by].add(reason);
    }
  }
  // The requests have met whatever a decision can come to.
  expect([...reasons.explain].sort()).toEqual([
    "credential_expired",
    "credential_missing",
    "method_refused",
    "minting_refused",
    "no_route",
    "oauth_endpoint",
    "placeholder_misplaced",
    "plain_http",
    "policy",
    "refresh_failed",
    "routed",
    "tie",
  ]);
  expect([...reasons.proxy.difference(reasons.explain)].sort())
    .toEqual(UNKNOWN_TO_EXPLAIN);
});

test("a policy in the table is obeyed by all three, with one message", async () => {
  const teapot: Policy = ({ head, decision }) =>
    decision.kind === "route" && head.target.startsWith("/tea")
      ? {
        status: 403,
        // What a host without a route is refused for as well, and explain then tells in its own words.
        reason: "policy",
        message: `${decision.route.provider} makes no tea`,
        hint: "Ask for coffee",
      }
      : undefined;
  const [world] = worlds();
  const asked: Asked = {
    scheme: "https",
    host: "alpha.example.com",
    port: 443,
    method: "GET",
    target: "/tea?a=1",
    fields: [],
  };
  const ask = async () =>
    (await Promise.all([
      byProxy(asked, world!),
      byFetch(asked, world!),
      byExplain(asked, world!),
    ])).map(({ action, reason, message, hint }) => ({
      action,
      reason,
      message: action === "refuse" ? message : "",
      hint: hint ?? "",
    }));
  const sent = { action: "inject", reason: "routed", message: "", hint: "" };
  expect(await ask()).toEqual([sent, sent, sent]);
  const table = POLICIES as Policy[];
  table.push(teapot);
  try {
    const refused = {
      action: "refuse",
      reason: "policy",
      message: "alpha makes no tea",
      hint: "Ask for coffee",
    };
    expect(await ask()).toEqual([refused, refused, refused]);
  } finally {
    table.pop();
  }
});
