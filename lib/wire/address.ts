/**
 * IP addresses: their bytes, and what they lead to. The one table of addresses that are not of the public internet.
 *
 * @module
 */

/** The 4 or 16 bytes of an IP address, or `undefined` for a name. */
export function addressBytes(
  host: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (/^\d+(\.\d+){3}$/.test(host)) {
    const bytes = host.split(".").map(Number);
    return bytes.every((byte) => byte < 256)
      ? Uint8Array.from(bytes)
      : undefined;
  }
  const text = host.replace(/^\[(.*)\]$/, "$1");
  if (!text.includes(":")) return undefined;
  // The URL parser writes every IPv6 address in one form: hexadecimal groups and at most one "::".
  if (!URL.canParse(`http://[${text}]/`)) return undefined;
  const [head, tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1)
    .split("::") as [string, string?];
  const groups = (part?: string) =>
    part ? part.split(":").map((group) => parseInt(group, 16)) : [];
  const front = groups(head);
  const back = groups(tail);
  const middle = new Array(8 - front.length - back.length).fill(0);
  return Uint8Array.from(
    [...front, ...middle, ...back].flatMap((
      group,
    ) => [group >> 8, group & 255]),
  );
}

/**
 * The bytes of an address in any spelling that a resolver takes: also with a zone, a dot at the end, fewer parts, octal
 * and hexadecimal ones (`127.1`, `0x7f.1`, `2130706433`). `undefined` for a name.
 */
export function anyAddressBytes(
  host: string,
): Uint8Array<ArrayBuffer> | undefined {
  const bare = host.replace(/%[^\]]*/, "");
  if (bare.includes(":")) return addressBytes(bare);
  // Whether the last label is a number decides in the URL parser, too (WHATWG URL, "ends in a number").
  if (!/(?:^|\.)(?:0x[0-9a-f]*|[0-9]+)\.?$/i.test(bare)) return undefined;
  const url = `http://${bare}/`;
  return URL.canParse(url) ? addressBytes(new URL(url).hostname) : undefined;
}

/**
 * What an address is. `loopback`: this machine. `metadata`: link-local, or the metadata service of a cloud. `private`: a
 * private network. `reserved`: not for hosts of the internet (multicast, benchmarks, tunnels). `documentation`:
 * nowhere (RFC 5737, RFC 3849).
 */
export type AddressKind =
  | "public"
  | "documentation"
  | "loopback"
  | "metadata"
  | "private"
  | "reserved";

/** Later entries win where several hold an address (RFC 6890 and the registries of IANA that continue it). */
const TABLE: readonly [string, AddressKind][] = [
  ["0.0.0.0/0", "public"],
  ["0.0.0.0/8", "loopback"],
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "private"], // carrier-grade NAT
  ["100.100.100.200/32", "metadata"], // Alibaba
  ["127.0.0.0/8", "loopback"],
  ["168.63.129.16/32", "metadata"], // Azure
  ["169.254.0.0/16", "metadata"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "reserved"], // protocol assignments
  ["192.0.0.192/32", "metadata"], // Oracle
  ["192.0.2.0/24", "documentation"],
  ["192.88.99.0/24", "reserved"], // 6to4 relays
  ["192.168.0.0/16", "private"],
  ["198.18.0.0/15", "reserved"], // benchmarks
  ["198.51.100.0/24", "documentation"],
  ["203.0.113.0/24", "documentation"],
  ["224.0.0.0/3", "reserved"], // multicast, future use, broadcast
  ["::/0", "reserved"],
  ["64:ff9b::/96", "public"], // NAT64: the IPv4 address inside decides
  ["2000::/3", "public"],
  ["2001::/23", "reserved"], // Teredo, benchmarks, protocol assignments
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
  ["fc00::/7", "private"],
  ["fd00:ec2::254/128", "metadata"], // AWS
  ["fd20:ce::254/128", "metadata"], // Google
  ["fe80::/10", "metadata"],
  ["fec0::/10", "private"], // site-local, as it was
];

/** A network of addresses. */
export interface Network {
  base: Uint8Array<ArrayBuffer>;
  bits: number;
}

/** Reads `address/bits`, or an address alone. `undefined` for anything else. */
export function readNetwork(text: string): Network | undefined {
  const [, address = "", digits] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const base = addressBytes(address);
  if (!base) return undefined;
  const bits = digits === undefined ? base.length * 8 : Number(digits);
  return bits <= base.length * 8 ? { base, bits } : undefined;
}

/** Whether `address` lies in `network`. */
export function isInNetwork(
  address: Uint8Array,
  { base, bits }: Network,
): boolean {
  if (address.length !== base.length) return false;
  const whole = bits >> 3;
  for (let at = 0; at < whole; at++) {
    if (address[at] !== base[at]) return false;
  }
  const mask = 0xff00 >> (bits & 7) & 255;
  return mask === 0 || (address[whole]! & mask) === (base[whole]! & mask);
}

const NETWORKS = TABLE.map(([text, kind]) => ({
  network: readNetwork(text)!,
  kind,
}));

/** From harmless to the one that nothing may hide. */
const RANK: readonly AddressKind[] = [
  "public",
  "documentation",
  "reserved",
  "private",
  "loopback",
  "metadata",
];

/**
 * What `address` leads to; `undefined` if it is not an address. One inside another (mapped, compatible, NAT64, 6to4,
 * Teredo, ISATAP) counts as well: the worse of the two is the answer.
 */
export function addressKind(address: string): AddressKind | undefined {
  const bytes = addressBytes(address.replace(/%[^\]]*/, ""));
  return bytes && bytesKind(bytes);
}

/** The same of an address's bytes. */
export function bytesKind(bytes: Uint8Array<ArrayBuffer>): AddressKind {
  const kinds = everyAddress(bytes).map((address) =>
    NETWORKS.findLast(({ network }) => isInNetwork(address, network))!.kind
  );
  return kinds.reduce((a, b) => RANK.indexOf(a) < RANK.indexOf(b) ? b : a);
}

/** One text for each address, to compare with others. */
export function addressKey(bytes: Uint8Array): string {
  return bytes.join(".");
}

const MAPPED = readNetwork("::ffff:0:0/96")!;
const LOCAL_NAT64 = readNetwork("64:ff9b:1::/48")!;
const SIX_TO_FOUR = readNetwork("2002::/16")!;
const TEREDO = readNetwork("2001::/32")!;
/** Compatible, translated (SIIT) and NAT64 addresses (RFC 4291 §2.5.5, RFC 2765, RFC 6052). */
const ENDING = ["::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"]
  .map((text) => readNetwork(text)!);

/** The address itself and the IPv4 addresses that it stands for. A mapped one is the other and nothing else. */
export function everyAddress(
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer>[] {
  if (bytes.length !== 16) return [bytes];
  const inner = (...at: number[]) => Uint8Array.from(at, (at) => bytes[at]!);
  if (isInNetwork(bytes, MAPPED)) return [bytes.slice(12)];
  const found = [bytes];
  if (ENDING.some((network) => isInNetwork(bytes, network))) {
    found.push(bytes.slice(12));
  }
  if (isInNetwork(bytes, LOCAL_NAT64)) found.push(inner(6, 7, 9, 10));
  if (isInNetwork(bytes, SIX_TO_FOUR)) found.push(bytes.slice(2, 6));
  if (isInNetwork(bytes, TEREDO)) {
    found.push(bytes.slice(4, 8), bytes.slice(12).map((byte) => byte ^ 255));
  }
  if (/^(?:0|2),0,94,254$/.test(String(bytes.slice(8, 12)))) {
    found.push(bytes.slice(12)); // ISATAP (RFC 5214 §6.1)
  }
  return found;
}

/**
 * Whether `host` is a name that only a network of one's own gives: one label, or below a domain that the public DNS does
 * not have. Lower case.
 */
export function isPrivateName(host: string): boolean {
  const name = host.replace(/\.$/, "");
  return !name.includes(".") || PRIVATE_NAME.test(name);
}

const PRIVATE_NAME =
  /\.(?:localhost|localdomain|local|internal|intranet|lan|home|corp|private|onion|home\.arpa)$/;

/** Whether `host` is spelled as an address that is not public, or as a private name. */
export function isSpelledPrivate(host: string): boolean {
  const bytes = anyAddressBytes(host);
  return bytes ? bytesKind(bytes) !== "public" : isPrivateName(host);
}
