/** Dynamic client registration (RFC 7591), as a native public client wherever the server allows it. @module */
import * as oauth from "oauth4webapi";
import type { Client } from "./client.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, parseObject } from "../object.ts";
import { Secret } from "../secret.ts";
import type { AuthMethod } from "./client_authentication.ts";
import { OAuthError } from "./error.ts";
import { type OAuthContext, unreachable } from "./http.ts";
import { type AuthorizationServer, jsonResponse } from "./metadata.ts";
import { wantsDpop } from "./proof/dpop_demand.ts";
import { toWire } from "./server.ts";
import { wireRequest } from "./wire_request.ts";

const METHODS: readonly AuthMethod[] = [
  "none",
  "client_secret_post",
  "client_secret_basic",
];

/**
 * Registers a client for `redirectUri`.
 *
 * @throws {OAuthError} if the server refuses.
 * @throws {AuthsomeError} `EndpointUnreachable`; `AuthenticationFailed` if what it registered is not what was asked for.
 */
export async function registerClient(
  context: OAuthContext,
  server: AuthorizationServer,
  { redirectUri, scopes }: {
    redirectUri: string;
    scopes: readonly string[];
  },
): Promise<Client> {
  const { name } = context.definition;
  const endpoint = server.registrationEndpoint!;
  const offered = server.tokenAuthMethods;
  // Without a word of its own a server only promises Basic (RFC 8414 §2), yet public clients are what it is for.
  const method = offered
    ? METHODS.find((known) => offered.includes(known)) ?? "none"
    : "none";
  const request = wireRequest(context, endpoint);
  await oauth.dynamicClientRegistrationRequest(
    toWire(server),
    {
      client_name: "authsome",
      application_type: "native",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
      ...defined({
        scope: scopes.join(" ") || undefined,
        dpop_bound_access_tokens:
          wantsDpop(context.definition.oauth ?? {}, server, undefined) ||
          undefined,
      }),
    },
    request.options,
  );
  const { status, text } = request.answer();
  const body = parseObject(text);
  if (!body) {
    throw unreachable(
      context,
      endpoint,
      `it answered HTTP ${status} without JSON`,
    );
  }
  const registered = await read(context, status, body);
  checkRedirect(context, registered, redirectUri);
  return {
    ...client(name, context, registered, method, redirectUri),
    scopes: [...scopes],
  };
}

async function read(
  { definition: { name } }: OAuthContext,
  status: number,
  body: Record<string, unknown>,
) {
  const { client_secret, client_secret_expires_at } = body;
  try {
    return await oauth.processDynamicClientRegistrationResponse(jsonResponse({
      // Some servers answer 200.
      status: status === 200 ? 201 : status,
      text: JSON.stringify({
        ...body,
        client_secret: client_secret || undefined,
        client_secret_expires_at: client_secret_expires_at ?? 0,
      }),
    }));
  } catch (cause) {
    if (cause instanceof oauth.ResponseBodyError) {
      throw new OAuthError(name, "register a client", {
        error: cause.error,
        description: cause.error_description,
        status,
      });
    }
    throw new AuthsomeError(
      status >= 500 ? "EndpointUnreachable" : "AuthenticationFailed",
      `Cannot register a client with ${name}: the response (HTTP ${status}) is not a client information response`,
      `authsome login ${name}`,
      { subject: { provider: name } },
    );
  }
}

/** A server that registers other redirect URIs would send the code elsewhere. */
function checkRedirect(
  { definition: { name } }: OAuthContext,
  registered: Record<string, unknown>,
  redirectUri: string,
): void {
  const uris = registered.redirect_uris;
  if (
    uris === undefined ||
    (Array.isArray(uris) && uris.length === 1 && uris[0] === redirectUri)
  ) return;
  throw new AuthsomeError(
    "AuthenticationFailed",
    `Cannot use the client that ${name} registered: its redirect URIs do not match the requested one`,
    `authsome login ${name} --reset-client`,
    { subject: { provider: name, field: "redirect_uris" } },
  );
}

function client(
  provider: string,
  { baseUrl }: OAuthContext,
  registered: oauth.OmitSymbolProperties<oauth.Client>,
  asked: AuthMethod,
  redirectUri: string,
): Client {
  const { client_secret, client_secret_expires_at: expires } = registered;
  const method =
    METHODS.find((known) => known === registered.token_endpoint_auth_method) ??
      asked;
  const clientSecret = typeof client_secret === "string" && method !== "none"
    ? new Secret(client_secret)
    : undefined;
  return {
    provider,
    revision: 0,
    clientId: registered.client_id,
    redirectUri,
    tokenAuthMethod: clientSecret ? method : "none",
    ...defined({
      clientSecret,
      dpopBound: registered.dpop_bound_access_tokens === true || undefined,
      secretExpiresAt: typeof expires === "number" && expires > 0
        ? expires * 1000
        : undefined,
      baseUrl,
    }),
  };
}
