/** Where a request wants to go, read without the tolerance of URL parsers (RFC 9112 §3.2). @module */

/** A host and a port. The host is in lower case; IPv6 addresses stand in brackets. */
export interface Endpoint {
  host: string;
  port: number;
}

/** A name of letters, digits, `-`, `_` and single dots (one may end it), or an IPv6 address in brackets. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]{2,45}\])$/;
const AUTHORITY = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/;

/**
 * Reads `host:port`, or `host` if there is a `defaultPort`. `undefined` for anything else: user information, an empty
 * label, an escape, a port beyond 65535 or with a leading zero.
 */
export function parseAuthority(
  text: string,
  defaultPort?: number,
): Endpoint | undefined {
  // ASCII before lower case: the Kelvin sign becomes a "k".
  if (text.length > 300 || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  const [, name, digits] = AUTHORITY.exec(text) ?? [];
  const host = name?.toLowerCase();
  const port = digits === undefined
    ? defaultPort
    : /^[1-9]/.test(digits)
    ? Number(digits)
    : undefined;
  return host !== undefined && HOST.test(host) && port !== undefined &&
      port <= 65_535
    ? { host, port }
    : undefined;
}

/** Reads an absolute `http://` target; `undefined` for anything else. `path` holds the query too. */
export function parseAbsoluteTarget(
  target: string,
): Endpoint & { path: string } | undefined {
  const [, authority, path] = /^http:\/\/([^/?]*)(.*)$/i.exec(target) ?? [];
  const endpoint = authority ? parseAuthority(authority, 80) : undefined;
  if (!endpoint || path === undefined) return undefined;
  return { ...endpoint, path: path.startsWith("/") ? path : `/${path}` };
}

/** `host:port` as CONNECT has it. */
export function formatAuthority({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

/** Whether `host` is spelled as an address of this machine, in any way that connects there. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(
    /\.$/,
    "",
  );
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const v4 = name.replace(/^.*:(?=\d+\.\d+\.\d+\.\d+$)/, "");
  // Resolvers also take fewer parts, octal and hexadecimal: the first part decides, or the one number there is.
  const parts = v4.split(".");
  if (parts.length <= 4 && parts.every((part) => NUMBER.test(part))) {
    const first = number(parts[0]!);
    const top = parts.length === 1 ? Math.floor(first / 2 ** 24) : first;
    return top === 127 || top === 0;
  }
  return /^[0:]*:[0:]*1?$/.test(name) || /^[0:]*:ffff:7f/.test(name);
}

const NUMBER = /^(?:0x[0-9a-f]+|[0-9]+)$/;

function number(text: string): number {
  return /^0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text);
}
