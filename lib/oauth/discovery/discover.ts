/**
 * Discovery: from a protected resource to its authorization server (RFC 9728), from an issuer to its metadata
 * (RFC 8414, OpenID Connect Discovery), as the MCP specification orders it, with what its elder revisions did.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { defined, parseObject } from "../../object.ts";
import { quoteUrl } from "../endpoint_destination.ts";
import type { AuthorizationServer } from "../metadata.ts";
import { addressOf, type OAuthContext } from "../http.ts";
import { serverOf } from "./issuer.ts";
import { discoverResource, type ProtectedResource } from "./resource.ts";
import { type Hints, Search } from "./search.ts";

/** Authorization servers of one resource that are asked. */
const MAX_SERVERS = 10;
const NO_METADATA = "it has no authorization server metadata (RFC 8414)";

/** What there is to know before a login. */
export interface Discovered {
  server: AuthorizationServer;
  resource: ProtectedResource;
}

/** What helps to choose. */
export interface DiscoveryOptions {
  /** Issuers to prefer, of several that a resource names: those where a client or an account is known. */
  preferred?: () => Promise<readonly string[]>;
  /** Whose metadata to look for if the resource names no server. Default: its origin, then itself. */
  own?: readonly string[];
  hints?: Hints;
}

/**
 * The resource at `url` and the server that it leads to.
 *
 * @throws {AuthsomeError} `EndpointUnreachable` if there is no metadata, `AuthenticationFailed` if it cannot be trusted.
 */
export async function discover(
  context: OAuthContext,
  url: URL,
  { preferred, own = [url.origin, addressOf(url)], hints = {} }:
    DiscoveryOptions = {},
): Promise<Discovered> {
  const search = new Search(context);
  const resource = await discoverResource(search, url);
  const { authorizationServers: named, described } = resource;
  if (!described && search.misled) throw search.failure(NO_METADATA, hints);
  const server = named.length > 0
    ? await firstNamed(search, named, url, preferred)
    // Older servers are their own authorization server and say nothing of it (MCP, revision 2025-03-26).
    : await firstOf(search, [...new Set(own)], url) ??
      // Or they repeat what another says of itself: who is asked is that one.
      await firstOf(search, [...search.otherIssuers].slice(0, 1), url) ??
      await defaultServer(search, resource, url);
  if (!server) {
    // What describes itself takes no key.
    throw search.failure(
      NO_METADATA,
      described ? { distrusted: hints.distrusted } : hints,
    );
  }
  return { server, resource };
}

/** The identifier of a resource that names none: its URL, without a query, which may hold a secret (RFC 8707 §2). */
export function identifierOf(url: URL): string {
  return url.pathname === "/" ? url.origin : addressOf(url);
}

/**
 * The server that the resource, else the issuer, leads to.
 *
 * @throws {AuthsomeError} as {@linkcode discover}.
 */
export async function discoverServer(
  context: OAuthContext,
  { issuer, resource }: { issuer?: string; resource?: string },
): Promise<AuthorizationServer> {
  if (resource === undefined) {
    if (issuer === undefined) return {};
    return await discoverIssuer(context, issuer, new URL(issuer));
  }
  const found = await discover(context, new URL(resource), {
    ...issuer === undefined ? {} : {
      own: [issuer],
      preferred: () => Promise.resolve([issuer]),
    },
  });
  const { server, resource: { dpopRequired, ...said } } = found;
  return {
    ...server,
    ...defined({ dpopRequired: server.dpopRequired ?? dpopRequired }),
    resource: said.resource ?? resource,
  };
}

/**
 * The metadata of an issuer.
 *
 * @param from the URL that announced the issuer; its own origin needs no other trust.
 * @throws {AuthsomeError} as {@linkcode discover}.
 */
export async function discoverIssuer(
  context: OAuthContext,
  issuer: string,
  from: URL,
): Promise<AuthorizationServer> {
  const search = new Search(context);
  const server = await serverOf(search, issuer, from);
  if (!server) throw search.failure(NO_METADATA);
  return server;
}

/** The first that works of the servers that a resource names, the preferred ones before the others. */
async function firstNamed(
  search: Search,
  named: readonly string[],
  from: URL,
  preferred: DiscoveryOptions["preferred"],
): Promise<AuthorizationServer | undefined> {
  const all = [...new Set(named)].slice(0, MAX_SERVERS);
  if (!preferred || all.length < 2) return await firstOf(search, all, from);
  const plain = (issuer: string) => issuer.replace(/\/$/, "");
  const known = new Set((await preferred()).map(plain));
  const isKnown = (issuer: string) => known.has(plain(issuer));
  // Where a client is known none has to register.
  return await firstOf(search, all.filter(isKnown), from, hasLogin) ??
    await firstOf(search, all.filter((each) => !isKnown(each)), from);
}

/** The first server that works; if there is none that has all that is wanted, the first that has metadata. */
async function firstOf(
  search: Search,
  issuers: readonly string[],
  from: URL,
  isEnough = (server: AuthorizationServer) =>
    hasLogin(server) &&
    (server.registrationEndpoint !== undefined ||
      server.clientIdMetadataDocumentSupported === true),
): Promise<AuthorizationServer | undefined> {
  let incomplete: AuthorizationServer | undefined;
  for (const issuer of issuers) {
    try {
      const server = await serverOf(search, issuer, from);
      if (server && isEnough(server)) return server;
      incomplete ??= server;
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      // One that may not be asked is no reason to leave out the others.
      search.refuse(`issuer ${quoteUrl(issuer)}`, error);
    }
  }
  return incomplete;
}

/** Whether people can log in there. */
function hasLogin(server: AuthorizationServer): boolean {
  return Boolean(server.authorizationEndpoint && server.tokenEndpoint);
}

/** The endpoints that a server without metadata has by default (MCP, revision 2025-03-26), if it has them. */
async function defaultServer(
  search: Search,
  { locked, resource }: ProtectedResource,
  { origin }: URL,
): Promise<AuthorizationServer | undefined> {
  if (!locked || resource !== undefined || search.doubtful) return undefined;
  const tokenEndpoint = new URL("/token", origin);
  const answer = await search.answer(tokenEndpoint, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "",
    redirects: 0,
  });
  if (!answer || !isTokenEndpoint(answer)) return undefined;
  return {
    authorizationEndpoint: new URL("/authorize", origin),
    tokenEndpoint,
    refreshEndpoint: tokenEndpoint,
    registrationEndpoint: new URL("/register", origin),
  };
}

/** Whether a request without anything was answered as a token endpoint does (RFC 6749 §5), not as any path would. */
function isTokenEndpoint(
  { status, text }: { status: number; text: string },
): boolean {
  if (status === 400 || status === 415 || status === 422) return true;
  const { error, access_token } = parseObject(text) ?? {};
  if (status === 200) return typeof access_token === "string";
  return status < 500 && status !== 404 && typeof error === "string" &&
    /^(?:invalid_(?:request|client|grant|scope)|unauthorized_client|unsupported_grant_type)$/
      .test(error);
}
