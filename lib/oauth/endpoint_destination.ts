/**
 * Where authsome itself may send a request of the protocol, or the person's browser.
 *
 * A definition was checked when it was read; a URL that a server announces was not. Such a URL must be public, so that
 * no server can make authsome call a machine of the person's own network (SSRF). Names are judged as they stand: what
 * they resolve to is the resolver's word.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { quoted } from "../text.ts";
import { addressKind, isPrivateName } from "../wire/address.ts";

/** What a URL is for, in messages. */
export type EndpointName =
  | "authorization endpoint"
  | "token endpoint"
  | "device authorization endpoint"
  | "registration endpoint"
  | "revocation endpoint"
  | "verification page"
  | "issuer"
  | "protected resource metadata"
  | "capture request";

/**
 * An endpoint that the definition or the person gave: https, or http on this very machine.
 *
 * @throws {AuthsomeError} `InvalidDefinition`.
 */
export function givenEndpoint(
  provider: string,
  what: EndpointName,
  text: string,
): URL {
  const problem = problemOf(text) ??
    (isSecure(new URL(text)) ? undefined : "it is not https");
  if (problem) {
    throw refused("InvalidDefinition", provider, what, text, problem);
  }
  return new URL(text);
}

/**
 * An endpoint that a server announces: https on a public host, or on the origin that announced it (`from`), which
 * adds no reach.
 *
 * @param allowPrivateHosts accepts private hosts, and http on this machine.
 * @throws {AuthsomeError} `AuthenticationFailed`.
 */
export function announcedEndpoint(
  provider: string,
  what: EndpointName,
  text: string,
  options: { from?: URL; allowPrivateHosts?: boolean },
): URL {
  const problem = problemOf(text) ?? announcedProblem(new URL(text), options);
  if (problem) {
    throw refused("AuthenticationFailed", provider, what, text, problem);
  }
  return new URL(text);
}

function announcedProblem(
  url: URL,
  options: { from?: URL; allowPrivateHosts?: boolean },
): string | undefined {
  if (options.allowPrivateHosts) {
    return isSecure(url) ? undefined : "it is not https";
  }
  if (url.origin === options.from?.origin) return undefined;
  if (url.protocol !== "https:") return "it is not https";
  return isPublicHost(url.hostname) ? undefined : "its host is not public";
}

function problemOf(text: string): string | undefined {
  // The URL parser drops these without a word.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f]/.test(text)) {
    return "it has spaces or control characters";
  }
  if (text.length > 2000 || !URL.canParse(text)) return "it is not a URL";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return "it is not https";
  }
  if (url.username || url.password) return "it contains a password";
  if (url.hash) return "it has a fragment";
  return undefined;
}

function refused(
  code: "InvalidDefinition" | "AuthenticationFailed",
  provider: string,
  what: EndpointName,
  text: string,
  problem: string,
): AuthsomeError {
  return new AuthsomeError(
    code,
    `Cannot use the ${what} of ${provider}, ${quoteUrl(text)}: ${problem}`,
    `authsome inspect ${provider}`,
    { subject: { provider, field: what } },
  );
}

/** A URL as a message may quote it: without what may be a secret, at most 200 characters. */
export function quoteUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const shown = url
    ? `${url.protocol}//${url.host}${url.pathname}`
    : text.replace(/[?#].*$/s, "").replace(/\/\/.*@/s, "//");
  return quoted(shown, 200);
}

/** Whether the connection cannot be read on the network: https, or plain http on this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === "https:" ||
    (url.protocol === "http:" && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(?:\.\d+){3}$/.test(hostname);
}

/**
 * Whether `hostname`, as the URL parser gives it, is a name of the public DNS or a public address. The parser has
 * already read the odd spellings of addresses (`0x7f.1`, `2130706433`, `017700000001`).
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  const kind = addressKind(host);
  // An IPv4-mapped IPv6 address (::ffff:…) is never a public host.
  if (kind) return kind === "public" && !host.startsWith("[::");
  return !isPrivateName(host) && !/\.(?:test|invalid|example)$/.test(host);
}
