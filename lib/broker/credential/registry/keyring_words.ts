/**
 * The words that pip and uv call a program named `keyring` with.
 *
 * @see https://pip.pypa.io/en/stable/topics/authentication/#keyring-support
 * @module
 */

/** What is asked for. */
export interface KeyringRequest {
  /** URL of an index, or only its host and port. */
  service: string;
  /** Absent if the caller wants one told. */
  username?: string;
  /** `creds`: the username is printed on a line of its own before the password. */
  mode: "password" | "creds";
}

/**
 * The words of `keyring [--mode <mode>] get <service> [username]`; `undefined` for anything else, which another keyring
 * may know.
 */
export function readKeyringWords(
  [action, service, username, ...more]: readonly string[],
  mode = "password",
): KeyringRequest | undefined {
  if (action !== "get" || !service || more.length > 0) return undefined;
  if (mode !== "password" && mode !== "creds") return undefined;
  if (username === undefined && mode === "password") return undefined;
  return { service, mode, ...username ? { username } : {} };
}

/** The address of an index: pip asks for its host alone when the whole URL has no answer. */
export function indexAddress(service: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(service)
    ? service
    : `https://${service}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" && url.hostname !== "" ? url : undefined;
}
