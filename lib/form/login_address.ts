/** Where the login server is. @module */
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports/system.ts";
import { quoted } from "../text.ts";

/** The port that providers know; `AUTHSOME_PORT` changes it. */
export const DEFAULT_PORT = 7998;
/** Path of the OAuth callback; the redirect URI registered with providers ends with it. */
export const CALLBACK_PATH = "/auth/callback/oauth";
/** Path at which a login server says that it is one. */
export const IDENTITY_PATH = "/auth/identity";

/**
 * The port of the login server, 1 to 65535.
 *
 * @throws {AuthsomeError} `Usage` if `AUTHSOME_PORT` is none.
 */
export function loginPort(env: Env): number {
  const text = env.get("AUTHSOME_PORT");
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use AUTHSOME_PORT ${
        quoted(text, 40)
      }: it is not a port from 1 to 65535`,
      `unset AUTHSOME_PORT`,
      { subject: { field: "AUTHSOME_PORT" } },
    );
  }
  return port;
}

/** The server's origin. Never `localhost`: that name may resolve to something else. */
export function loginOrigin(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** The redirect URI of a login on `port`. */
export function redirectUri(port: number): string {
  return `${loginOrigin(port)}${CALLBACK_PATH}`;
}
