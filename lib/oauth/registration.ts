/** Dynamic client registration (RFC 7591), as a native public client wherever the server allows it. @module */
import * as oauth from "oauth4webapi";
import type { Client } from "./client.ts";
import { AuthsomeError } from "../errors.ts";
import { defined, parseObject } from "../object.ts";
import { Secret } from "../secret.ts";
import type { Clock } from "../ports/system.ts";
import { OAuthError } from "./error.ts";
import { type OAuthContext, unreachable } from "./http.ts";
import { type AuthorizationServer, jsonResponse } from "./metadata.ts";
import { wantsDpop } from "./proof/dpop_demand.ts";
import { withTakenMethod } from "./registration/known_client.ts";
import {
  clientMethods,
  methodsToAsk,
  registeredMethod,
} from "./registration/offered_methods.ts";
import { toWire } from "./server.ts";
import { wireRequest } from "./wire_request.ts";

/**
 * Registers a client for `redirectUri`, with the methods and grants that the server's metadata offers.
 *
 * @param clock says when it was registered.
 * @throws {OAuthError} if the server refuses.
 * @throws {AuthsomeError} `EndpointUnreachable`; `AuthenticationFailed` if what it registered is not what was asked for.
 */
export async function registerClient(
  context: OAuthContext,
  server: AuthorizationServer,
  asked: { redirectUri: string; scopes: readonly string[] },
  clock: Clock = Date,
): Promise<Client> {
  const methods = methodsToAsk(server);
  for (const [at, method] of methods.entries()) {
    try {
      return await register(context, server, asked, method, clock);
    } catch (error) {
      const mayBeMethod = error instanceof OAuthError &&
        error.error === "invalid_client_metadata";
      if (!mayBeMethod || at === methods.length - 1) throw error;
    }
  }
  throw new Error("unreachable");
}

async function register(
  context: OAuthContext,
  server: AuthorizationServer,
  { redirectUri, scopes }: { redirectUri: string; scopes: readonly string[] },
  method: NonNullable<Client["tokenAuthMethod"]>,
  clock: Clock,
): Promise<Client> {
  const endpoint = server.registrationEndpoint!;
  const request = wireRequest(context, endpoint);
  await oauth.dynamicClientRegistrationRequest(
    toWire(server),
    {
      client_name: "authsome",
      application_type: "native",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"].filter((grant) =>
        grant === "authorization_code" ||
        (server.grantTypes?.includes(grant) ?? true)
      ),
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
    // There is no such place, or not for everybody.
    if (status >= 400 && status < 500) {
      throw new OAuthError(context.definition.name, "register a client", {
        error: `HTTP ${status}`,
        status,
        hint: ownClient(context.definition.name),
      });
    }
    throw unreachable(
      context,
      endpoint,
      `it answered HTTP ${status} without JSON`,
    );
  }
  const registered = await read(context, status, body);
  checkRedirect(context, registered, redirectUri);
  const { client_secret, client_secret_expires_at: expires } = registered;
  const hasSecret = typeof client_secret === "string";
  const used = registeredMethod(server, {
    named: body.token_endpoint_auth_method,
    asked: method,
    hasSecret,
  });
  // Asking again for what the server left out would be answered alike.
  const known = new Set([
    ...scopes,
    ...typeof registered.scope === "string" ? registered.scope.split(" ") : [],
  ].filter(Boolean));
  const client: Client = {
    provider: context.definition.name,
    revision: 0,
    clientId: registered.client_id,
    redirectUri,
    ...clientMethods(server, used),
    issuer: issuerOf(server),
    tokenOrigin: server.tokenEndpoint?.origin,
    registeredAt: clock.now(),
    ...defined({
      clientSecret: hasSecret && used !== "none"
        ? new Secret(client_secret)
        : undefined,
      secretExpiresAt: typeof expires === "number" && expires > 0
        ? expires * 1000
        : undefined,
      scopes: known.size > 0 ? [...known] : undefined,
      dpopBound: registered.dpop_bound_access_tokens === true || undefined,
      baseUrl: context.baseUrl,
    }),
  };
  const isNamed = !client.clientSecret || method !== "none" ||
    used === body.token_endpoint_auth_method ||
    server.tokenAuthMethods?.includes(used);
  return isNamed ? client : await withTakenMethod(context, server, client);
}

/** What names the server: its issuer, else the origin of its token endpoint. A slash at the end is no difference. */
export function issuerOf(
  { issuer, tokenEndpoint }: AuthorizationServer,
): string {
  return (issuer ?? tokenEndpoint!.origin).replace(/\/$/, "");
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
        hint: ownClient(name),
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

/** What is left where the server registers none. */
function ownClient(provider: string): string {
  return `Register an app with the service: authsome login ${provider} --client-id <id>`;
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
