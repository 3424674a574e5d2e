/** When an access token is refreshed. Loaded by every request's path, so it needs nothing. @module */
import type { Connection } from "./connection.ts";

/** How long before its expiry an access token is refreshed, at most, in milliseconds. */
const REFRESH_BEFORE_MS = 300_000;
/** Of a short life only this part is left unused. */
const PART = 4;

/**
 * When the connection's access token should be refreshed (epoch milliseconds), or `undefined` if nothing says when it
 * expires: 300 seconds before its expiry, or at three quarters of a life shorter than 20 minutes.
 */
export function refreshAt(connection: Connection): number | undefined {
  const { credential, updatedAt } = connection;
  if (credential.type === "api_key" || credential.expiresAt === undefined) {
    return undefined;
  }
  const life = Math.max(0, credential.expiresAt - updatedAt);
  return credential.expiresAt - Math.min(REFRESH_BEFORE_MS, life / PART);
}

/** Whether the access token should be refreshed now. */
export function isDue(connection: Connection, now: number): boolean {
  const at = refreshAt(connection);
  return at !== undefined && at <= now;
}

/** Whether the access token has expired. */
export function hasExpired(connection: Connection, now: number): boolean {
  const { credential } = connection;
  return credential.type === "oauth2" && credential.expiresAt !== undefined &&
    credential.expiresAt <= now;
}
