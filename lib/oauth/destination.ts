/**
 * Where authsome itself may send a request of the protocol, or the person's browser.
 *
 * A definition was checked when it was read; a URL that a server tells us was not. Such a URL must be public, so that
 * no server can make authsome call a machine of the person's own network (SSRF). Names are judged as they stand: what
 * they resolve to is the resolver's word.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";

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
 * An endpoint that a server told us: https on a public host, or on the origin that it was told by (`from`), which
 * adds no reach.
 *
 * @param allowPrivateHosts accepts private hosts, and http on this machine.
 * @throws {AuthsomeError} `AuthenticationFailed`.
 */
export function toldEndpoint(
  provider: string,
  what: EndpointName,
  text: string,
  options: { from?: URL; allowPrivateHosts?: boolean },
): URL {
  const problem = problemOf(text) ?? toldProblem(new URL(text), options);
  if (problem) {
    throw refused("AuthenticationFailed", provider, what, text, problem);
  }
  return new URL(text);
}

function toldProblem(
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
  if (url.username || url.password) return "it holds a password";
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
  return JSON.stringify(shown.slice(0, 200));
}

/** Whether nobody on the network reads along: https, or plain http that stays on this machine. */
export function isSecure(url: URL): boolean {
  return url.protocol === "https:" ||
    (url.protocol === "http:" && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" ||
    /^127(?:\.\d+){3}$/.test(hostname);
}

/** Networks that are not the public internet (RFC 6890 and later). */
const SPECIAL_V4: readonly [number, number][] = [
  [0x00000000, 8], // this network
  [0x0a000000, 8], // private
  [0x64400000, 10], // carrier-grade NAT
  [0x7f000000, 8], // loopback
  [0xa9fe0000, 16], // link-local and cloud metadata
  [0xac100000, 12], // private
  [0xc0000000, 24], // protocol assignments
  [0xc0000200, 24], // documentation
  [0xc0586300, 24], // 6to4 relay
  [0xc0a80000, 16], // private
  [0xc6120000, 15], // benchmarks
  [0xc6336400, 24], // documentation
  [0xcb007100, 24], // documentation
  [0xe0000000, 3], // multicast and reserved
];

/**
 * Whether `hostname`, as the URL parser gives it, is a name of the public DNS or a public address. The parser has
 * already read the odd spellings of addresses (`0x7f.1`, `2130706433`, `017700000001`).
 */
export function isPublicHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host.startsWith("[")) return isPublicV6(host.slice(1, -1));
  if (/^\d+(?:\.\d+){3}$/.test(host)) {
    return isPublicV4(host.split(".").map(Number));
  }
  return host.includes(".") &&
    !/(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|test|invalid|example|onion|home\.arpa)$/
      .test(host);
}

function isPublicV4(bytes: number[]): boolean {
  const address = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return !SPECIAL_V4.some(([network, bits]) =>
    Math.floor(address / 2 ** (32 - bits)) ===
      Math.floor(network / 2 ** (32 - bits))
  );
}

function isPublicV6(text: string): boolean {
  const [head = "", tail] = text.split("::");
  const words = (part: string) => part ? part.split(":") : [];
  const left = words(head);
  const right = words(tail ?? "");
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length))
    .fill("0");
  const groups = [...left, ...zeros, ...right].map((word) =>
    Number.parseInt(word, 16)
  );
  const [a, b] = groups as [number, number];
  const v4 = (high: number, low: number) =>
    isPublicV4([high >> 8, high & 255, low >> 8, low & 255]);
  // Only 2000::/3 is global unicast; of it, not documentation, Teredo and other tunnels; 6to4 and NAT64 hide an IPv4.
  if (a === 0x64 && b === 0xff9b) return v4(groups[6]!, groups[7]!);
  if (a === 0x2002) return v4(groups[1]!, groups[2]!);
  if ((a & 0xe000) !== 0x2000) return false;
  return !(a === 0x2001 && (b < 0x200 || b === 0x0db8)) && a !== 0x3fff;
}
