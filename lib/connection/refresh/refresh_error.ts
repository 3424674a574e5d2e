/** The errors of a refresh. @module */
import { AuthsomeError } from "../../errors.ts";
import { isClientError, type OAuthError } from "../../oauth/error.ts";
import type { Connection } from "../connection.ts";
import { connectionOption } from "../hint.ts";
import { isRefused } from "./freshness.ts";

/** Codes that say that the refresh token will never work again; `invalid_grant` is the standard's. */
const DEAD_GRANT = new Set([
  "invalid_grant",
  "bad_refresh_token",
  "invalid_refresh_token",
  "refresh_token_expired",
  "token_revoked",
  "token_expired",
  "expired_token",
]);

/**
 * Whether the server refused the refresh token itself, for good. Other refusals (the client, a scope, an overloaded
 * server) may be mended without a new login, so they only cost a pause.
 */
export function isDeadGrant(error: OAuthError): boolean {
  if (error.status >= 500 || error.status === 429) return false;
  if (DEAD_GRANT.has(error.error.toLowerCase())) return true;
  // Atlassian answers unauthorized_client, others a code of their own.
  return /refresh.?token.{0,40}(?:invalid|expired|revoked|unknown|not found|not valid)|invalid refresh.?token/i
    .test(error.description ?? "");
}

/** The provider refused the grant for good; only a login helps. */
export function grantRefused(
  { provider, name }: Connection,
  cause: AuthsomeError,
): AuthsomeError {
  return new AuthsomeError(
    "CredentialExpired",
    `Cannot use connection ${provider}/${name}: ${provider} no longer accepts it`,
    `authsome login ${provider}${connectionOption(name)} --force`,
    { cause, subject: { provider, connection: name } },
  );
}

/** The token has expired or was refused, and a later try may work. */
export function refreshFailed(
  connection: Connection,
  { reason, retryAt, error }: {
    reason: string;
    retryAt: number;
    error?: AuthsomeError;
  },
): AuthsomeError {
  const { provider, name } = connection;
  const client = error && "error" in error &&
    isClientError(String(error.error));
  return new AuthsomeError(
    "RefreshFailed",
    `Cannot use connection ${provider}/${name}: ${
      isRefused(connection)
        ? `${provider} rejected its token, which was not refreshed`
        : "it has expired and was not refreshed"
    } (${reason}); next try after ${new Date(retryAt).toISOString()}`,
    `authsome login ${provider}${connectionOption(name)}${
      client ? " --reset-client" : ""
    } --force`,
    { cause: error, subject: { provider, connection: name } },
  );
}

/** The connection was logged out while it was refreshed. */
export function loggedOut(connection: Connection): AuthsomeError {
  const { provider, name } = connection;
  return new AuthsomeError(
    "ConnectionNotFound",
    `Cannot find connection ${provider}/${name}: it was logged out`,
    `authsome login ${provider}${connectionOption(name)}`,
    { subject: { provider, connection: name } },
  );
}

/** There is no OAuth client that may be sent to the connection's server. */
export function noClient(connection: Connection): AuthsomeError {
  const { provider, name } = connection;
  return new AuthsomeError(
    "CredentialMissing",
    `Cannot refresh connection ${provider}/${name}: its OAuth client is not in the vault`,
    `authsome login ${provider}${connectionOption(name)} --force`,
    { subject: { provider, connection: name } },
  );
}
