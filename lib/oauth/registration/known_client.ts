/** Whether a server still knows a client that was registered with it. @module */
import * as oauth from "oauth4webapi";
import type { Client } from "../client.ts";
import { isClientError, OAuthError } from "../error.ts";
import type { OAuthContext } from "../http.ts";
import type { AuthorizationServer } from "../metadata.ts";
import { Secret } from "../../secret.ts";
import { useRefreshToken } from "../token_endpoint.ts";

/** How long the answer is waited for, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** The standard's own way first (RFC 7591 §2). */
const GUESSES = ["client_secret_basic", "client_secret_post"] as const;

/**
 * Asks the token endpoint with a refresh token that was never issued: a server that has forgotten the client says so
 * before it looks at the token (RFC 6749 §5.2). Its authorization page would send nobody back.
 *
 * @returns `false` only if the server says that it does not know the client.
 */
export async function knowsClient(
  context: OAuthContext,
  server: AuthorizationServer,
  client: Client,
): Promise<boolean> {
  try {
    await useRefreshToken(
      { ...context, timeoutMs: TIMEOUT_MS },
      { ...server, refreshEndpoint: server.tokenEndpoint },
      client,
      new Secret(`never-issued-${oauth.generateRandomState()}`),
    );
  } catch (error) {
    context.signal?.throwIfAborted();
    return !(error instanceof OAuthError && isUnknown(error));
  }
  return true;
}

/** A client that is known may be told that it is not authorized for this grant; then the status is not 401. */
function isUnknown({ error, status }: OAuthError): boolean {
  return isClientError(error) &&
    (error !== "unauthorized_client" || status === 401);
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
