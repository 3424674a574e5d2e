/** Whether a connection's credential can be used as it is. @module */
import { loginAgain } from "../hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";

/** How long before its expiry an access token is refreshed, at most, in milliseconds. */
const REFRESH_BEFORE_MS = 300_000;
/** Of a life shorter than 20 minutes only this part is left unused: a token of 5 minutes is not refreshed at each use. */
const UNUSED_PART = 1 / 4;
/** Of a life of seconds at least so much is left unused, or half of it: servers cut a life to whole seconds. */
const UNUSED_MS = 2_000;

/** Whether the access token or the minted keys were refused, or have expired at `now` (epoch milliseconds) or are about to. */
export function needsRefresh(
  { credential, rejection, updatedAt }: Connection,
  now: number,
): boolean {
  if (isRefused({ rejection })) return true;
  if (credential.expiresAt === undefined) return false;
  const life = Math.max(0, credential.expiresAt - updatedAt);
  const unused = Math.max(UNUSED_PART * life, Math.min(UNUSED_MS, life / 2));
  // What can only be exchanged while it works must not be left to the last minutes.
  return credential.expiresAt - now <=
    (credential.type === "oauth2" && credential.grantType === "token_exchange"
      ? unused
      : Math.min(REFRESH_BEFORE_MS, unused));
}

/** Whether secrets that requests carry must be read from their manager before it is used at `now`. */
export function isUnread(
  { references, credential, readUntil = 0 }: Connection,
  now: number,
): boolean {
  if (references === undefined || now < readUntil) return false;
  return credential.type === "oauth2"
    ? Object.hasOwn(references, "access_token")
    : credential.source === undefined;
}

/** Whether the provider's API has refused the access token before its time. */
export function isRefused(
  { rejection }: { rejection?: Connection["rejection"] | undefined },
): boolean {
  return rejection?.state === "refused";
}

/** Whether the access token has expired at `now` (epoch milliseconds). */
export function hasExpired({ credential }: Connection, now: number): boolean {
  return credential.expiresAt !== undefined && credential.expiresAt <= now;
}

/** Throws `CredentialExpired` for a connection that its provider refused for good. */
export function refuseDead(connection: Connection): void {
  const { provider, name, state } = connection;
  if (state === "connected") return;
  throw new AuthsomeError(
    "CredentialExpired",
    deadSentence({ provider, name, state }),
    loginAgain(connection),
    { subject: { provider, connection: name } },
  );
}

/** Why a connection that its provider refused for good cannot be used. */
export function deadSentence(
  { provider, name, state }: Pick<Connection, "provider" | "name" | "state">,
): string {
  const why = state === "revoked"
    ? "it was revoked"
    : state === "expired"
    ? `it has expired, and ${provider} wants a new login`
    : `${provider} no longer accepts it`;
  return `Cannot use connection ${provider}/${name}: ${why}`;
}

/** The error for a token that has expired and cannot be refreshed. */
export function expired(connection: Connection): AuthsomeError {
  const { provider, name } = connection;
  return new AuthsomeError(
    "CredentialExpired",
    `Cannot use connection ${provider}/${name}: it has expired`,
    loginAgain(connection),
    { subject: { provider, connection: name } },
  );
}
