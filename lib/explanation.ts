/**
 * What a request would meet behind the proxy, found out without sending it: the same routes and the same reasons as the
 * proxy's own.
 *
 * @module
 */
import { type Connection, statusOf } from "./connection/connection.ts";
import { hasExpired, isRefused } from "./connection/refresh/freshness.ts";
import { loginAgain, quoteWord } from "./connection/hint.ts";
import { AuthsomeError } from "./errors.ts";
import { defined } from "./object.ts";
import type {
  AcceptedPlace,
  Injection,
  ProviderDefinition,
} from "./provider/definition.ts";
import { bareHead } from "./request/control/bare_head.ts";
import type { RulesSay } from "./request/control/rules_say.ts";
import { decide, type InjectVerdict } from "./request/decide.ts";
import { decideRoute } from "./request/decide_route.ts";
import { injectionRefusal } from "./request/injection_refusal.ts";
import { inject, signingKeys } from "./request/injector.ts";
import { namedPlaceholder } from "./request/named_placeholder.ts";
import { nearHosts } from "./request/near_hosts.ts";
import { placeholderRefusal } from "./request/policies/placeholder.ts";
import type { Refusal } from "./request/refusal.ts";
import type { ReasonCode, RouteTable } from "./request/route.ts";
import { buildNamedRoutes, buildRoutes } from "./request/routes.ts";
import { loginOf } from "./request/answers/own_login.ts";
import { routeInput } from "./request/participants.ts";

/** A request, as far as it decides where a credential goes. */
export interface ExplainedRequest {
  /** `https`, or `http` where no credential ever goes. */
  scheme: "https" | "http";
  method: string;
  /** As a client would send it: lower case, ASCII. */
  host: string;
  port: number;
  path: string;
  /** With its question mark; empty without one. */
  query?: string;
}

/** A provider that takes part, with its connection. */
export interface Participant {
  definition: ProviderDefinition;
  connection: Connection;
  preferredOver?: readonly string[];
  /** Whether it may ask for new credentials. */
  mayMint?: boolean;
  /** Set if its token would not be refreshed now: `RefreshFailed` or `CredentialMissing`. */
  obstacle?: AuthsomeError;
}

/** What the answer rests on. */
export interface Circumstances {
  participants: readonly Participant[];
  /** Connections that are used only where a placeholder names them. */
  named: readonly Participant[];
  /** Definitions without a connection. */
  others: readonly ProviderDefinition[];
  /** Definitions with one, left out by `--only`. */
  leftOut: readonly ProviderDefinition[];
  policy: "open" | "deny";
  /** Epoch milliseconds. */
  now: number;
}

/** The answer. Holds templates such as `Bearer {api_key}`, never a secret. */
export interface Explanation {
  /**
   * `inject`: sent on with the credential. `forward`: sent on without, though the tunnel is opened. `tunnel`: passed
   * through and never opened. `refuse`: answered by the proxy.
   */
  action: "inject" | "forward" | "tunnel" | "refuse";
  reason: ReasonCode;
  message: string;
  /** What to type next; empty when there is nothing to do. */
  hint: string;
  provider?: string;
  connection?: string;
  /** The part of the host that the route serves. */
  route?: { host: string; port: number; pathPrefix: string; paths?: "git" };
  injections?: readonly Injection[];
  /** Where else a placeholder is served. */
  accepts?: readonly AcceptedPlace[];
  defaultHeaders?: Readonly<Record<string, string>>;
  /** What the person's rules say; absent if no rule is about it. */
  rules?: RulesSay;
}

/**
 * Reads a URL as a client would. A missing scheme means https; user information and fragment are dropped.
 *
 * @throws {AuthsomeError} `Usage` if it is none.
 */
export function readRequest(text: string, method = "GET"): ExplainedRequest {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
    ? text
    : `https://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  const scheme = /^(http|ws)(s?):$/.exec(url?.protocol ?? "");
  if (!url || !scheme || url.hostname === "") {
    throw new AuthsomeError(
      "Usage",
      "Cannot explain the request: its URL is not one of https or http",
      "authsome explain https://api.github.com/user",
      { subject: { field: "url" } },
    );
  }
  const secure = scheme[2] === "s";
  return {
    scheme: secure ? "https" : "http",
    method: method.toUpperCase(),
    host: url.hostname,
    port: url.port ? Number(url.port) : secure ? 443 : 80,
    path: url.pathname,
    ...defined({ query: url.search || undefined }),
  };
}

/** The address of a request, without its query. */
export function addressOf(request: ExplainedRequest): string {
  const usual = request.scheme === "https" ? 443 : 80;
  const port = request.port === usual ? "" : `:${request.port}`;
  return `${request.scheme}://${request.host}${port}${request.path}`;
}

/** What would become of `request`. Its headers and body are not known here. */
export function explain(
  request: ExplainedRequest,
  circumstances: Circumstances,
): Explanation {
  const { participants, named, policy } = circumstances;
  const { scheme, method, host, port, path, query = "" } = request;
  const table = buildNamedRoutes(
    participants.map(inputOf),
    named.map(inputOf),
  );
  const verdict = decide(
    {
      scheme,
      authority: { host, port },
      head: bareHead(method, { host, port }, path + query),
    },
    table,
    { policy },
  );
  switch (verdict.kind) {
    case "refuse":
      if (!verdict.unrouted) return refused(verdict.refusal);
      return scheme === "http"
        ? plain(request, policy)
        : unrouted(request, table, circumstances);
    case "tunnel":
      return unrouted(request, table, circumstances);
    case "forward":
      return scheme === "http" ? plain(request, policy) : {
        action: "forward",
        reason: "no_route",
        ...ownLogin(request, table, circumstances) ??
          namedOnly(request, table) ??
          { message: pathProblem(request, table), hint: "" },
      };
    case "login":
      return refused(verdict.refusal);
    case "inject":
      return routed(verdict, circumstances);
  }
}

function refused(
  { reason, message, hint, provider, connection }: Refusal,
): Explanation {
  return {
    action: "refuse",
    reason,
    message,
    hint,
    ...defined({ provider, connection }),
  };
}

function plain(
  request: ExplainedRequest,
  policy: Circumstances["policy"],
): Explanation {
  const secure = addressOf({ ...request, scheme: "https", port: 443 });
  return {
    action: policy === "deny" ? "refuse" : "tunnel",
    reason: policy === "deny" ? "policy" : "plain_http",
    message: "Plain http is never given a credential",
    hint: `authsome explain ${quoteWord(secure)}`,
  };
}

function inputOf(
  { definition, connection, preferredOver, mayMint }: Participant,
) {
  const input = {
    ...routeInput(definition, connection, preferredOver),
    ...definition.flow === "agent_login" ? loginOf(connection) : {},
  };
  return mayMint ? { ...input, mayMint } : input;
}

/** What to say of a request that only an agent's own login serves; of its headers nothing is known. */
function ownLogin(
  request: ExplainedRequest,
  { logins = [], named }: RouteTable,
  { participants, named: others, now }: Circumstances,
): Partial<Explanation> & Pick<Explanation, "message" | "hint"> | undefined {
  const all = [
    ...logins,
    ...[...named?.values() ?? []].flatMap(({ logins = [] }) => logins),
  ];
  for (const { table } of all) {
    const decision = decideRoute(table, request);
    if (decision.kind !== "route") continue;
    const { provider, connection: name } = decision.route;
    const found = [...participants, ...others].find((
      { definition, connection },
    ) => definition.name === provider && connection.name === name);
    if (!found) continue;
    const { definition: { display_name: title }, connection } = found;
    const status = statusOf(connection, now);
    const whose = `${provider}/${name} is the login of ${title} itself, ` +
      `for that program alone: only requests with the placeholder of its ` +
      `login get the token`;
    return {
      ...{ provider, connection: name },
      ...status === "connected"
        ? { message: whose, hint: `authsome run -- ${provider}` }
        : {
          message: `${whose}. It is ${status}`,
          hint: loginAgain({ ...connection, state: "expired" }),
        },
    };
  }
}

/** What to do for a request that a connection serves which is not the one in use. */
function namedOnly(
  request: ExplainedRequest,
  { named }: RouteTable,
): { message: string; hint: string } | undefined {
  for (const [name, table] of named ?? []) {
    const decision = decideRoute(table, request);
    if (decision.kind !== "route") continue;
    const { provider, placeholders = {} } = decision.route;
    const [placeholder] = Object.values(placeholders);
    return {
      message: `Only ${provider}/${name} serves this request, and it is not ` +
        `the connection in use. A placeholder can name it: ${
          namedPlaceholder(name, placeholder)
        }`,
      hint: `authsome run --connection ${
        quoteWord(`${provider}=${name}`)
      } -- <command>`,
    };
  }
}

function routed(
  verdict: InjectVerdict,
  { participants, named, now }: Circumstances,
): Explanation {
  const { route } = verdict;
  const { provider, injections, defaultHeaders } = route;
  const { connection, obstacle } = [...participants, ...named].find((
    { definition, connection },
  ) => definition.name === provider && connection.name === route.connection)!;
  const facts = {
    provider,
    connection: connection.name,
    route: {
      host: route.host.kind === "exact"
        ? route.host.host
        : route.host.pattern.source,
      port: route.port,
      pathPrefix: route.pathPrefix,
      ...defined({ paths: route.paths }),
    },
    injections,
    ...defined({ accepts: route.accepts }),
    defaultHeaders,
  };
  const status = statusOf(connection, now);
  if (status !== "connected") {
    return {
      ...facts,
      action: "refuse",
      reason: "credential_expired",
      message: `Connection ${provider}/${connection.name} is ${status}`,
      hint: loginAgain(connection),
    };
  }
  const stale = hasExpired(connection, now);
  if (stale && obstacle) {
    const { code, message, hint } = obstacle;
    return {
      ...facts,
      action: "refuse",
      reason: code === "CredentialMissing"
        ? "credential_missing"
        : "refresh_failed",
      message,
      hint,
    };
  }
  const refusal = injectionProblem(verdict, connection);
  if (refusal) return { ...facts, ...refused(refusal) };
  const { credential } = connection;
  const proof = credential.type === "oauth2" && credential.tokenType
    ? " and a proof of its key (DPoP)"
    : "";
  return {
    ...facts,
    action: "inject",
    reason: "routed",
    message:
      `Sent with the credential of ${provider}/${connection.name}${proof}${
        stale || isRefused(connection)
          ? ", after its access token is refreshed"
          : ""
      }`,
    hint: "",
  };
}

/** Why the credential cannot be put into the request, or leaves a placeholder in it: tried, and thrown away. */
function injectionProblem(
  { route, head, signature }: InjectVerdict,
  { credential }: Connection,
): Refusal | undefined {
  const captured = credential.type === "oauth2" ? credential.captured : {};
  // The client's registration is not looked up here.
  const injected = { credential, values: { client_id: "-", ...captured } };
  try {
    inject(head, route, injected);
    if (signature) signingKeys(signature, injected);
  } catch (error) {
    const refusal = injectionRefusal(error, route);
    if (!refusal) throw error;
    return refusal;
  }
  const misplaced = placeholderRefusal(
    head,
    `authsome inspect ${route.provider}`,
    route,
  );
  const { provider, connection } = route;
  return misplaced && { ...misplaced, provider, connection };
}

/** A host that no connection serves: why, and who could. */
function unrouted(
  request: ExplainedRequest,
  connected: RouteTable,
  { others, leftOut, policy }: Circumstances,
): Explanation {
  const outcome = policy === "deny"
    ? { action: "refuse", reason: "policy" } as const
    : { action: "tunnel", reason: "no_route" } as const;
  const excluded = decideRoute(routesOf(leftOut), request);
  if (excluded.kind === "route") {
    const { provider } = excluded.route;
    return {
      ...outcome,
      message: `${provider} serves this request, but --only leaves it out`,
      hint: `Add ${provider} to --only`,
      provider,
    };
  }
  const possible = routesOf(others);
  const could = decideRoute(possible, request);
  const provider = could.kind === "route"
    ? could.route.provider
    : could.kind === "tie"
    ? could.providers[0]
    : undefined;
  if (provider !== undefined) {
    const names = could.kind === "tie" ? could.providers : [provider];
    return {
      ...outcome,
      message: `${names.join(" and ")} could serve this request, but ${
        names.length === 1 ? "is" : "are"
      } not connected`,
      hint: `authsome login ${provider}`,
      ...defined({ provider: names.length === 1 ? provider : undefined }),
    };
  }
  const near = nearHosts(request.host, connected)[0] ??
    nearHosts(request.host, possible)[0];
  return {
    ...outcome,
    message: near
      ? `No provider serves ${place(request)}; ${near.provider} serves ${
        place(near)
      }`
      : `No provider serves ${place(request)}`,
    hint: near
      ? `authsome explain ${
        quoteWord(addressOf({ ...request, host: near.host, port: near.port }))
      }`
      : policy === "deny"
      ? "Leave out --policy deny"
      : "",
  };
}

/** The routes that definitions would have. */
function routesOf(definitions: readonly ProviderDefinition[]): RouteTable {
  return buildRoutes(
    definitions.map((definition) => ({ definition, connection: "default" })),
  );
}

function place({ host, port }: { host: string; port: number }): string {
  return port === 443 ? host : `${host}:${port}`;
}

function pathProblem(
  { host, port }: ExplainedRequest,
  table: RouteTable,
): string {
  const served = table.routes.filter((route) =>
    route.port === port && route.host.kind === "exact" &&
    route.host.host === host
  );
  const places = new Set(
    served.map(({ provider, pathPrefix, paths }) =>
      `${provider} serves ${paths === "git" ? "git's paths" : pathPrefix} there`
    ),
  );
  return served.some(({ pathPrefix, paths }) => pathPrefix === "/" && !paths)
    ? "Servers could interpret this path in more than one way, so it gets no credential"
    : places.size > 0
    ? `No connection serves this path: ${[...places].join(", ")}`
    : "No connection serves this path";
}
