/** Tries a definition: the request that shows where it puts its credential, and the provider's answer to it. @module */
import type { Connection } from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import { readRequest } from "../../explanation.ts";
import { routedFetch } from "../../fetch/routed_fetch.ts";
import { type Identity, readIdentity } from "../../login/identity.ts";
import { defined } from "../../object.ts";
import type {
  Injection,
  ProviderDefinition,
} from "../../provider/definition.ts";
import { decide } from "../../request/decide.ts";
import { routeInput } from "../../request/participants.ts";
import type { RouteTable } from "../../request/route.ts";
import { buildRoutes, placeOf, type RouteInput } from "../../request/routes.ts";
import type { Broker } from "../broker.ts";
import { findConnection } from "../get_connection.ts";
import { requestOf, servedUrl, textOf } from "../identify.ts";

/** How long the answer may take, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** What is tried. */
export interface TrialOptions {
  /** What is asked for. Default: the definition's `whoami`, else its first host. */
  url?: string | undefined;
  /** Default: GET, or that of `whoami`. */
  method?: string | undefined;
  /** Name of the connection. Default: the provider's default one, if it has any. */
  connection?: string | undefined;
  /** Tenant, if there is no connection. */
  baseUrl?: string | undefined;
  /** Whether nothing is sent. */
  dryRun?: boolean | undefined;
}

/** What came of it. */
export interface Trial {
  method: string;
  /** With placeholders where a credential goes. */
  url: string;
  injections: readonly Injection[];
  defaultHeaders: Readonly<Record<string, string>>;
  /** Name of the connection whose credential it takes; absent without one. */
  connection?: string;
  /** Status of the response; absent if nothing was sent. */
  status?: number;
  /** What the response says of the credential. */
  identity?: Identity;
}

/**
 * Finds out where a request of `provider` gets its credential, by the rules of the proxy, and sends it if there is a
 * connection. The audit log notes it.
 *
 * @throws {AuthsomeError} `ProviderNotFound`, `ConnectionNotFound`; `Usage` if there is no address to ask for;
 * `OperationNotAllowed` if the request would get no credential; `CredentialExpired` and others of exit code 5;
 * `EndpointUnreachable`.
 */
export async function tryProvider(
  broker: Broker,
  provider: string,
  options: TrialOptions,
): Promise<Trial> {
  const { definition } = await broker.registry.get(provider);
  const connection = options.connection === undefined
    ? await findConnection(broker, provider)
    : await broker.connections.get(provider, options.connection);
  const input = connection ? routeInput(definition, connection) : {
    definition,
    connection: "default",
    ...defined({ baseUrl: options.baseUrl }),
  };
  const routes = buildRoutes([input]);
  const asked = requestFor(input, routes, options);
  const route = routeOf(asked, provider, routes);
  const trial = {
    method: asked.method,
    url: asked.url.href,
    injections: route.injections,
    defaultHeaders: route.defaultHeaders,
    ...defined({ connection: connection?.name }),
  };
  return connection && !options.dryRun
    ? { ...trial, ...await send(broker, definition, connection, routes, asked) }
    : trial;
}

interface Asked {
  url: URL;
  method: string;
  /** Whether the definition asks for it to learn whose credential it is. */
  isWhoami: boolean;
}

function requestFor(
  input: RouteInput,
  routes: RouteTable,
  { url, method = "GET" }: TrialOptions,
): Asked {
  const { definition } = input;
  if (url !== undefined) {
    const { scheme, host, port, path, query = "" } = readRequest(url, method);
    const address = new URL(`${scheme}://${host}:${port}${path}${query}`);
    return { url: address, method: method.toUpperCase(), isWhoami: false };
  }
  const { whoami } = definition;
  const known = whoami && servedUrl(whoami, input, routes);
  if (known) {
    return { url: known, method: whoami.method ?? "GET", isWhoami: true };
  }
  for (const entry of [definition.api_url].flat()) {
    const place = placeOf(entry, input);
    if (place?.host.kind !== "exact") continue;
    const { host: { host }, port, pathPrefix } = place;
    const first = new URL(`https://${host}:${port}${pathPrefix}`);
    return { url: first, method, isWhoami: false };
  }
  const needsBase = [definition.api_url].flat().some((entry) =>
    entry.includes("{base_url_host}")
  );
  throw new AuthsomeError(
    "Usage",
    `Cannot test ${definition.name}: ${
      needsBase ? "its host is not known" : "its hosts are given by a pattern"
    }`,
    `authsome provider test ${definition.name} ${
      needsBase ? "--base-url https://…" : "https://…"
    }`,
    { subject: { provider: definition.name } },
  );
}

/** The route that the proxy would take. */
function routeOf({ url, method }: Asked, provider: string, routes: RouteTable) {
  const authority = {
    host: url.hostname,
    port: url.port ? Number(url.port) : url.protocol === "https:" ? 443 : 80,
  };
  const verdict = decide(
    {
      scheme: url.protocol === "https:" ? "https" : "http",
      authority,
      head: {
        method,
        target: url.pathname + url.search,
        minor: 1,
        fields: [{ name: "host", value: url.host }],
        framing: { kind: "none" },
      },
    },
    routes,
    { policy: "open" },
  );
  if (verdict.kind === "inject") return verdict.route;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot test ${provider}: ${
      verdict.kind === "refuse"
        ? verdict.refusal.message
        : `${url.origin}${url.pathname} is none of its places, so it gets no credential`
    }`,
    `authsome inspect ${provider}`,
    { subject: { provider } },
  );
}

async function send(
  broker: Broker,
  definition: ProviderDefinition,
  { credential }: Connection,
  routes: RouteTable,
  { url, method, isWhoami }: Asked,
): Promise<Pick<Trial, "status" | "identity">> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const whoami = definition.whoami ?? { url: "/" };
  const request = isWhoami
    ? requestOf(whoami, signal)
    : { ...requestOf({ url: "/" }, signal), method };
  const { audit, profile, fetch } = broker;
  const credentials = await broker.credentialSource();
  let response: Response;
  try {
    response = await routedFetch(
      { routes: () => routes, credentials, fetch, audit, profile },
      url,
      request,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AuthsomeError(
      "EndpointUnreachable",
      `${url.host} did not answer within ${TIMEOUT_MS / 1000} seconds`,
      "authsome doctor",
      { subject: { provider: definition.name } },
    );
  }
  const { status } = response;
  if (!isWhoami) {
    await response.body?.cancel();
    return status === 401
      ? { status, identity: { kind: "refused", said: "401" } }
      : { status };
  }
  const text = await textOf(response, whoami);
  const identity = readIdentity(
    definition,
    whoami,
    { status, text },
    credential,
  );
  return { status, identity };
}
