/** The proxy that this machine itself goes through: when it is used, and how it is asked for a tunnel. @module */
import { basicAuthorization } from "../bytes.ts";
import { latin1 } from "./byte_stream.ts";
import { headEnd, parseResponseHead } from "./http1.ts";
import { type Endpoint, formatAuthority, isLoopback } from "./target.ts";

/**
 * Whether `endpoint` is reached directly by the rules of `NO_PROXY`: names, their subdomains, `host:port`, IPv4 networks
 * (`10.0.0.0/8`) and `*`. Loopback always is.
 */
export function bypasses(noProxy: string, { host, port }: Endpoint): boolean {
  if (isLoopback(host)) return true;
  const name = host.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return noProxy.toLowerCase().split(/[\s,]+/).some((entry) => {
    if (entry === "") return false;
    if (entry === "*") return true;
    const [, pattern = entry, digits] = /^(.*?)(?::(\d+))?$/.exec(
      entry.replace(/^\[(.*)\]/, "$1"),
    ) ?? [];
    // "::1" has colons of its own.
    const ipv6 = /:.*:/.test(entry);
    if (!ipv6 && digits !== undefined && Number(digits) !== port) return false;
    const suffix = (ipv6 ? entry.replace(/^\[(.*)\](?::\d+)?$/, "$1") : pattern)
      .replace(/^\*?\./, "");
    if (suffix.includes("/")) return inNetwork(name, suffix);
    return suffix !== "" && (name === suffix || name.endsWith(`.${suffix}`));
  });
}

/** The request for a tunnel, with the credentials of the proxy's URL (RFC 7617). */
export function connectRequest(proxy: URL, endpoint: Endpoint): Uint8Array {
  const authority = formatAuthority(endpoint);
  let credentials = "";
  if (proxy.username || proxy.password) {
    const authorization = basicAuthorization(
      decodeURIComponent(proxy.username),
      decodeURIComponent(proxy.password),
    );
    credentials = `Proxy-Authorization: ${authorization}\r\n`;
  }
  return latin1(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`,
  );
}

/**
 * Reads the answer to {@linkcode connectRequest}.
 *
 * @returns `undefined` while it is incomplete, else its status and what follows it.
 * @throws {HeadError} if it is not HTTP/1.1.
 */
export function connectResponse(
  bytes: Uint8Array,
): { status: number; rest: Uint8Array } | undefined {
  const end = headEnd(bytes);
  if (end < 0) return undefined;
  const { status } = parseResponseHead(bytes.subarray(0, end), "CONNECT");
  return { status, rest: bytes.subarray(end) };
}

function inNetwork(host: string, network: string): boolean {
  const [base, bits] = network.split("/") as [string, string];
  const address = ipv4(host);
  const start = ipv4(base);
  const size = Number(bits);
  if (
    address === undefined || start === undefined || !(size >= 0 && size <= 32)
  ) return false;
  const mask = size === 0 ? 0 : -1 << (32 - size);
  return (address & mask) === (start & mask);
}

function ipv4(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  return text.split(".").reduce(
    (number, part) => number << 8 | Number(part),
    0,
  );
}
