/** Whether a connection's credential can be used as it is. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import { connectionOption } from "../hint.ts";

/** How long before its expiry an access token is refreshed, at most, in milliseconds. */
const REFRESH_BEFORE_MS = 300_000;
/** Of a life shorter than 20 minutes only this part is left unused: a token of 5 minutes is not refreshed at each use. */
const UNUSED_PART = 1 / 4;

/** Whether the access token or the minted keys were refused, or have expired at `now` (epoch milliseconds) or are about to. */
export function needsRefresh(
  { credential, rejection, updatedAt }: Connection,
  now: number,
): boolean {
  if (isRefused({ rejection })) return true;
  if (credential.expiresAt === undefined) return false;
  const unused = UNUSED_PART * Math.max(0, credential.expiresAt - updatedAt);
  // What can only be exchanged while it works must not be left to the last minutes.
  return credential.expiresAt - now <=
    (credential.type === "oauth2" && credential.grantType === "token_exchange"
      ? unused
      : Math.min(REFRESH_BEFORE_MS, unused));
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
export function refuseDead({ provider, name, state }: Connection): void {
  if (state === "connected") return;
  throw new AuthsomeError(
    "CredentialExpired",
    state === "revoked"
      ? `Cannot use connection ${provider}/${name}: it was revoked`
      : `Cannot use connection ${provider}/${name}: ${provider} no longer accepts it`,
    loginAgain(provider, name),
    { subject: { provider, connection: name } },
  );
}

/** The error for a token that has expired and cannot be refreshed. */
export function expired({ provider, name }: Connection): AuthsomeError {
  return new AuthsomeError(
    "CredentialExpired",
    `Cannot use connection ${provider}/${name}: it has expired`,
    loginAgain(provider, name),
    { subject: { provider, connection: name } },
  );
}

function loginAgain(provider: string, name: string): string {
  return `authsome login ${provider}${connectionOption(name)} --force`;
}
