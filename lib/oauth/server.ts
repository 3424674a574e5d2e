/** The authorization server of a provider, in our names: from its definition, its metadata, or both. @module */
import { defined } from "../object.ts";
import type { AuthorizationServer } from "./metadata.ts";
import type * as wire from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { fillTemplate } from "../template.ts";
import { endpointOf } from "../provider/tenant.ts";
import { type EndpointName, givenEndpoint } from "./endpoint_destination.ts";
import { discoverServer } from "./discovery/discover.ts";
import type { OAuthContext } from "./http.ts";

/** How long metadata that a login can do without is waited for, in milliseconds. */
const PROMISES_TIMEOUT_MS = 5_000;

/** A place of an {@linkcode AuthorizationServer}. */
export type Endpoint = {
  [K in keyof AuthorizationServer]-?:
    Exclude<AuthorizationServer[K], undefined> extends URL ? K : never;
}[keyof AuthorizationServer];

const NAMES: Record<Endpoint, EndpointName> = {
  authorizationEndpoint: "authorization endpoint",
  tokenEndpoint: "token endpoint",
  refreshEndpoint: "token endpoint",
  deviceAuthorizationEndpoint: "device authorization endpoint",
  registrationEndpoint: "registration endpoint",
  revocationEndpoint: "revocation endpoint",
};

/**
 * The server as the definition has it for this tenant. No request is made.
 *
 * @throws {AuthsomeError} `InvalidDefinition` if an endpoint cannot be used.
 */
export function definedServer(
  { definition, baseUrl }: Pick<OAuthContext, "definition" | "baseUrl">,
  clientId?: string,
): AuthorizationServer {
  const oauth = definition.oauth ?? {};
  const at = (endpoint: Endpoint, url: string | undefined) => {
    const own = endpointOf(definition, url, baseUrl);
    if (own === undefined) return {};
    const filled = fillTemplate(
      own,
      (name) =>
        name === "client_id" ? encodeURIComponent(clientId ?? "") : undefined,
    );
    return {
      [endpoint]: givenEndpoint(definition.name, NAMES[endpoint], filled),
    };
  };
  const resource = endpointOf(definition, oauth.resource, baseUrl);
  const issuer = endpointOf(definition, oauth.issuer, baseUrl);
  return {
    ...at("authorizationEndpoint", oauth.authorization_url),
    ...at("tokenEndpoint", oauth.token_url),
    ...at("refreshEndpoint", oauth.refresh_url ?? oauth.token_url),
    ...at("deviceAuthorizationEndpoint", oauth.device_authorization_url),
    ...at("registrationEndpoint", oauth.registration_endpoint),
    ...at("revocationEndpoint", oauth.revocation_url),
    ...defined({ issuer, resource }),
  };
}

/**
 * The server with the endpoints in `needed`. What the definition has not is discovered; the definition's word stands
 * before the metadata's, so that login, refresh and revocation always meet the same server.
 *
 * @throws {AuthsomeError} `InvalidDefinition` if an endpoint is not to be had; `EndpointUnreachable`,
 * `AuthenticationFailed` if the metadata cannot be had or trusted.
 */
export async function serverWith(
  context: OAuthContext,
  needed: readonly Endpoint[],
  clientId?: string,
): Promise<AuthorizationServer> {
  const own = definedServer(context, clientId);
  if (needed.every((endpoint) => own[endpoint])) {
    return needed.includes("authorizationEndpoint")
      ? await withPromises(context, own)
      : own;
  }
  const { definition } = context;
  const { oauth } = definition;
  const discovered =
    oauth?.issuer !== undefined || oauth?.resource !== undefined
      ? await (await discovery()).discoverServer(context, own)
      : {};
  // Half a server from here and half from there would be a mix-up; two may only be one if they agree on the token.
  const token = own.tokenEndpoint;
  const same = !token || token.href === discovered.tokenEndpoint?.href;
  const server = same ? { ...discovered, ...own } : { ...own };
  if (discovered.issuer && same) server.issuer = discovered.issuer;
  if (discovered.resource) server.resource = discovered.resource;
  server.refreshEndpoint ??= server.tokenEndpoint;
  const missing = needed.find((endpoint) => !server[endpoint]);
  if (missing) throw noEndpoint(definition.name, NAMES[missing]);
  return server;
}

/** Loaded when it is needed: a refresh seldom does. */
const discovery = () => import("./discovery/discover.ts");

/**
 * The server with what its metadata promises of the front channel (RFC 9207, RFC 7636), if the definition names its
 * issuer. Without metadata, or with another server's, nothing was promised.
 */
async function withPromises(
  context: OAuthContext,
  own: AuthorizationServer,
): Promise<AuthorizationServer> {
  const { issuer, tokenEndpoint } = own;
  if (issuer === undefined) return own;
  try {
    const { discoverIssuer } = await discovery();
    const said = await discoverIssuer(
      { ...context, timeoutMs: PROMISES_TIMEOUT_MS },
      issuer,
      new URL(issuer),
    );
    if (said.tokenEndpoint?.href !== tokenEndpoint?.href) return own;
    return {
      ...own,
      issuer: said.issuer,
      ...defined({
        issParameterSupported: said.issParameterSupported,
        codeChallengeMethods: said.codeChallengeMethods,
        ...clientFacts(said),
      }),
    };
  } catch (error) {
    if (!(error instanceof AuthsomeError) || context.signal?.aborted) {
      throw error;
    }
    return own;
  }
}

/** What the metadata says of clients. */
function clientFacts(said: AuthorizationServer) {
  return {
    tokenAuthMethods: said.tokenAuthMethods,
    revocationAuthMethods: said.revocationAuthMethods,
    grantTypes: said.grantTypes,
    clientIdMetadataDocumentSupported: said.clientIdMetadataDocumentSupported,
  };
}

/**
 * The server with what its metadata says of the registration of clients. Without metadata, or with another server's,
 * nothing was said.
 */
export async function withClientFacts(
  context: OAuthContext,
  own: AuthorizationServer,
): Promise<AuthorizationServer> {
  const { issuer, resource, registrationEndpoint: endpoint } = own;
  // With an issuer the rest is known: withPromises.
  if (issuer === undefined ? resource === undefined : endpoint) return own;
  try {
    const said = await discoverServer(
      { ...context, timeoutMs: PROMISES_TIMEOUT_MS },
      issuer === undefined ? { resource } : { issuer },
    );
    if (said.tokenEndpoint?.href !== own.tokenEndpoint?.href) return own;
    const registrationEndpoint = endpoint ?? said.registrationEndpoint;
    return {
      ...own,
      ...defined({ ...clientFacts(said), registrationEndpoint }),
    };
  } catch (error) {
    if (!(error instanceof AuthsomeError) || context.signal?.aborted) {
      throw error;
    }
    return own;
  }
}

function noEndpoint(provider: string, what: EndpointName): AuthsomeError {
  return new AuthsomeError(
    "InvalidDefinition",
    `Cannot find the ${what} of ${provider}: its definition and its metadata have none for this base URL`,
    `authsome inspect ${provider}`,
    { subject: { provider, field: what } },
  );
}

/** The server as the library wants it, with `endpoint` in the place of the token endpoint. */
export function toWire(
  server: AuthorizationServer,
  endpoint: URL | undefined = server.tokenEndpoint,
): wire.AuthorizationServer {
  return {
    issuer: server.issuer ?? endpoint?.origin ?? "https://unknown.invalid",
    token_endpoint: endpoint?.href,
    device_authorization_endpoint: server.deviceAuthorizationEndpoint?.href,
    registration_endpoint: server.registrationEndpoint?.href,
    authorization_response_iss_parameter_supported:
      server.issParameterSupported,
  };
}
