/**
 * Discovery: from a protected resource to its authorization server (RFC 9728), from an issuer to its metadata
 * (RFC 8414, OpenID Connect Discovery), with issuers that have a path.
 *
 * @module
 */
import * as oauth from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { defined, parseObject } from "../object.ts";
import { announcedEndpoint } from "./endpoint_destination.ts";
import { type Answer, type OAuthContext, send, unreachable } from "./http.ts";

/** What a protected resource says of itself. */
interface ProtectedResource {
  /** Its identifier, for the resource indicator. */
  resource: string;
  authorizationServers: string[];
  scopesSupported?: string[];
  /** Whether it takes only tokens that are bound to a key. */
  dpopRequired?: true;
  /** Name for people. */
  name?: string;
}

/**
 * The server that the resource, else the issuer, leads to.
 *
 * @throws {AuthsomeError} `EndpointUnreachable` if there is no metadata, `AuthenticationFailed` if it cannot be trusted.
 */
export async function discoverServer(
  context: OAuthContext,
  start: { issuer?: string; resource?: string },
): Promise<AuthorizationServer> {
  const { issuer, resource } = start;
  if (resource === undefined) {
    if (issuer === undefined) return {};
    return await discoverIssuer(context, issuer, new URL(issuer));
  }
  const url = new URL(resource);
  const found = await discoverResource(context, url);
  const from = found?.authorizationServers[0] ?? issuer;
  // Older servers are their own authorization server and say nothing of it (MCP, revision 2025-03-26).
  const server = await discoverIssuer(context, from ?? url.origin, url);
  return {
    ...server,
    ...defined({ dpopRequired: server.dpopRequired ?? found?.dpopRequired }),
    resource: found?.resource ?? resource,
  };
}

/**
 * The metadata of a protected resource, or `undefined` if it has none.
 *
 * Asked at its well-known places, and then of the resource itself (`WWW-Authenticate`, RFC 9728 §5.1).
 */
export async function discoverResource(
  context: OAuthContext,
  resource: URL,
): Promise<ProtectedResource | undefined> {
  const path = resource.pathname.replace(/\/$/, "");
  const known = "/.well-known/oauth-protected-resource";
  const places = [...new Set([`${known}${path}`, known])].map((place) =>
    new URL(place, resource.origin)
  );
  for (const place of places) {
    const metadata = readResource(context, resource, await get(context, place));
    if (metadata) return metadata;
  }
  const challenge = (await send(context, resource)).headers
    .get("www-authenticate");
  const announced = /(?:^|[\s,])resource_metadata\s*=\s*"?([^\s",]+)/i
    .exec(challenge ?? "")?.[1];
  if (announced === undefined) return undefined;
  const place = announcedEndpoint(
    context.definition.name,
    "protected resource metadata",
    announced,
    { from: resource, allowPrivateHosts: context.allowPrivateHosts },
  );
  return readResource(context, resource, await get(context, place));
}

function readResource(
  context: OAuthContext,
  asked: URL,
  metadata: Record<string, unknown> | undefined,
): ProtectedResource | undefined {
  if (!metadata) return undefined;
  const { resource, authorization_servers: servers } = metadata;
  if (typeof resource !== "string" || !URL.canParse(resource)) return undefined;
  const url = new URL(resource);
  // The metadata may speak for the whole origin, or for a part of it that we are in; never for another.
  const path = url.pathname.replace(/\/$/, "");
  if (
    url.origin !== asked.origin ||
    !(asked.pathname === path || `${asked.pathname}/`.startsWith(`${path}/`))
  ) {
    throw untrusted(
      context,
      `metadata of ${asked.origin}${asked.pathname} is for another resource`,
    );
  }
  return {
    resource,
    authorizationServers: strings(servers) ?? [],
    scopesSupported: strings(metadata.scopes_supported),
    ...defined({
      dpopRequired: metadata.dpop_bound_access_tokens_required === true ||
        undefined,
      name: typeof metadata.resource_name === "string"
        ? metadata.resource_name
        : undefined,
    }),
  };
}

/**
 * The metadata of an issuer.
 *
 * @param from the URL that announced the issuer; its own origin needs no other trust.
 */
export async function discoverIssuer(
  context: OAuthContext,
  issuer: string,
  from: URL,
): Promise<AuthorizationServer> {
  const { name } = context.definition;
  const { allowPrivateHosts } = context;
  const url = announcedEndpoint(name, "issuer", issuer, {
    from,
    allowPrivateHosts,
  });
  const path = url.pathname.replace(/\/$/, "");
  const places = [
    `/.well-known/oauth-authorization-server${path}`,
    `/.well-known/openid-configuration${path}`,
    `${path}/.well-known/openid-configuration`,
  ];
  for (const place of new Set(places)) {
    const answer = await send(context, new URL(place, url.origin));
    if (answer.status !== 200 || !parseObject(answer.text)) continue;
    return readServer(context, url, await validated(context, url, answer));
  }
  throw unreachable(
    context,
    url,
    "it has no authorization server metadata (RFC 8414)",
  );
}

async function validated(
  context: OAuthContext,
  issuer: URL,
  answer: Answer,
): Promise<oauth.AuthorizationServer> {
  try {
    return await oauth.processDiscoveryResponse(issuer, jsonResponse(answer));
  } catch (cause) {
    // An answer for another issuer is how one server gets hold of another's codes.
    throw untrusted(
      context,
      `metadata of ${issuer.href} is malformed or for another issuer`,
      cause,
    );
  }
}

function readServer(
  { definition: { name }, allowPrivateHosts }: OAuthContext,
  from: URL,
  metadata: oauth.AuthorizationServer,
): AuthorizationServer {
  const at = (
    what: Parameters<typeof announcedEndpoint>[1],
    text: unknown,
  ): URL | undefined =>
    typeof text === "string"
      ? announcedEndpoint(name, what, text, { from, allowPrivateHosts })
      : undefined;
  const token = at("token endpoint", metadata.token_endpoint);
  return defined({
    issuer: metadata.issuer,
    authorizationEndpoint: at(
      "authorization endpoint",
      metadata.authorization_endpoint,
    ),
    tokenEndpoint: token,
    refreshEndpoint: token,
    deviceAuthorizationEndpoint: at(
      "device authorization endpoint",
      metadata.device_authorization_endpoint,
    ),
    registrationEndpoint: at(
      "registration endpoint",
      metadata.registration_endpoint,
    ),
    revocationEndpoint: at("revocation endpoint", metadata.revocation_endpoint),
    issParameterSupported:
      metadata.authorization_response_iss_parameter_supported === true,
    codeChallengeMethods: strings(metadata.code_challenge_methods_supported),
    tokenAuthMethods: strings(metadata.token_endpoint_auth_methods_supported),
    assertionAlgorithms: strings(
      metadata.token_endpoint_auth_signing_alg_values_supported,
    ),
    dpopAlgorithms: strings(metadata.dpop_signing_alg_values_supported),
    dpopRequired: metadata.dpop_bound_access_tokens === true || undefined,
    scopesSupported: strings(metadata.scopes_supported),
  });
}

/** A JSON object, or `undefined` if there is none at that place. */
async function get(
  context: OAuthContext,
  url: URL,
): Promise<Record<string, unknown> | undefined> {
  const answer = await send(context, url);
  return answer.status === 200 ? parseObject(answer.text) : undefined;
}

/** The answer as the library wants it: JSON that says so. */
export function jsonResponse(
  { status, text }: Pick<Answer, "status" | "text">,
): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json" },
  });
}

function untrusted(
  { definition: { name } }: OAuthContext,
  why: string,
  cause?: unknown,
): AuthsomeError {
  return new AuthsomeError(
    "AuthenticationFailed",
    `Cannot trust the metadata of ${name}: ${why}`,
    `authsome inspect ${name}`,
    { cause, subject: { provider: name } },
  );
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === "string").slice(0, 1000)
    : undefined;
}

/** Where the server is reached and what it said of itself. Every URL was checked. */
export interface AuthorizationServer {
  /** As the server writes it (RFC 8414), for comparison. */
  issuer?: string;
  authorizationEndpoint?: URL;
  tokenEndpoint?: URL;
  /** Where refresh requests go; usually the token endpoint. */
  refreshEndpoint?: URL;
  deviceAuthorizationEndpoint?: URL;
  registrationEndpoint?: URL;
  revocationEndpoint?: URL;
  /** RFC 9207: callbacks carry `iss`. */
  issParameterSupported?: boolean;
  codeChallengeMethods?: string[];
  tokenAuthMethods?: string[];
  /** Algorithms of client assertions (RFC 8414 §2). */
  assertionAlgorithms?: string[];
  /** Algorithms of proofs (RFC 9449 §5.1). */
  dpopAlgorithms?: string[];
  /** Whether the resource takes only tokens that are bound to a key (RFC 9728 §2). */
  dpopRequired?: boolean;
  scopesSupported?: string[];
  /** Resource indicator (RFC 8707) to send. */
  resource?: string;
}
