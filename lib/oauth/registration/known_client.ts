/** Whether a server still knows a client that was registered with it. @module */
import * as oauth from "oauth4webapi";
import { readCallback } from "../authorization.ts";
import type { Client } from "../client.ts";
import { isClientError, OAuthError } from "../error.ts";
import type { OAuthContext } from "../http.ts";
import type { AuthorizationServer } from "../metadata.ts";
import { exchangeCode } from "../token_endpoint.ts";

/** How long the answer is waited for, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The standard's own way first (RFC 7591 §2). */
const GUESSES = ["client_secret_basic", "client_secret_post"] as const;

/**
 * Asks the token endpoint with a code that was never issued: a server that has forgotten the client says so before it
 * looks at the code (RFC 6749 §5.2). Its authorization page would send nobody back.
 *
 * @returns `false` only if the server says that it does not know the client.
 */
export async function knowsClient(
  context: OAuthContext,
  server: AuthorizationServer,
  client: Client,
): Promise<boolean> {
  const request = {
    url: server.authorizationEndpoint!,
    clientId: client.clientId,
    redirectUri: client.redirectUri!,
    state: oauth.generateRandomState(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
  };
  const callback = new URLSearchParams({
    code: `never-issued-${oauth.generateRandomState()}`,
    state: request.state,
  });
  if (server.issuer !== undefined) callback.set("iss", server.issuer);
  try {
    await exchangeCode(
      { ...context, timeoutMs: TIMEOUT_MS },
      server,
      client,
      request,
      readCallback(context, server, request, callback),
    );
  } catch (error) {
    context.signal?.throwIfAborted();
    return !(error instanceof OAuthError && isClientError(error.error));
  }
  return true;
}

/**
 * The client with the way to prove itself that the token endpoint takes, where neither the registration nor the metadata
 * named one.
 */
export async function withTakenMethod(
  context: OAuthContext,
  server: AuthorizationServer,
  client: Client,
): Promise<Client> {
  for (const tokenAuthMethod of GUESSES) {
    const tried = { ...client, tokenAuthMethod };
    if (await knowsClient(context, server, tried)) return tried;
  }
  return client;
}
