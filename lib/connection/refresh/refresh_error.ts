/** The errors of a refresh. @module */
import { AuthsomeError } from "../../errors.ts";
import { AnswerError, isClientError } from "../../oauth/error.ts";
import type { Connection } from "../connection.ts";
import { connectionOption, loginAgain } from "../hint.ts";
import { deadSentence, isRefused } from "./freshness.ts";

/** The provider refused the grant of `connection`, as it is stored now, for good; only a login helps. */
export function grantRefused(
  connection: Connection,
  cause: AuthsomeError,
): AuthsomeError {
  const { provider, name, state } = connection;
  return new AuthsomeError(
    "CredentialExpired",
    deadSentence({ provider, name, state }),
    loginAgain(connection),
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
  const client = error !== undefined && "error" in error &&
    isClientError(String(error.error));
  return new AuthsomeError(
    "RefreshFailed",
    `Cannot use connection ${provider}/${name}: ${
      isRefused(connection)
        ? `${provider} rejected its token, which was not refreshed`
        : "it has expired and was not refreshed"
    } (${reason}); next try after ${new Date(retryAt).toISOString()}`,
    // A login needs the same network, unless there was an answer.
    error?.code === "EndpointUnreachable" && !(error instanceof AnswerError)
      ? error.hint
      : loginAgain(connection, { resetClient: client }),
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

/** Another authorization server has taken the place of the one that issued the connection's tokens. */
export function serverMoved(connection: Connection): AuthsomeError {
  const { provider, name } = connection;
  return new AuthsomeError(
    "CredentialExpired",
    `Cannot refresh connection ${provider}/${name}: its tokens are from another authorization server than ${provider} has now`,
    loginAgain(connection),
    { subject: { provider, connection: name } },
  );
}

/** There is no OAuth client that may be sent to the connection's server. */
export function noClient(connection: Connection): AuthsomeError {
  const { provider, name } = connection;
  return new AuthsomeError(
    "CredentialMissing",
    `Cannot refresh connection ${provider}/${name}: its OAuth client is not in the vault`,
    loginAgain(connection),
    { subject: { provider, connection: name } },
  );
}
