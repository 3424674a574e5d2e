/** IP addresses: their bytes, and where no credential may go. @module */

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

/** Metadata services beside the link-local ones: AWS over IPv6, Azure, Alibaba and Oracle. */
const METADATA = [
  "fd00:ec2::254",
  "168.63.129.16",
  "100.100.100.200",
  "192.0.0.192",
].map((address) => String(addressBytes(address)));

/** What an address is, where that matters for a request with a credential. */
export type AddressKind = "other" | "loopback" | "metadata";

/**
 * What `address` leads to: this machine (or no machine in particular), a link-local address or metadata service, or
 * anything else. IPv4 addresses inside IPv6 ones (mapped, compatible, NAT64, 6to4) count as themselves. `undefined` if
 * it is not an address.
 */
export function addressKind(address: string): AddressKind | undefined {
  const bytes = addressBytes(address.replace(/%[^\]]*/, ""));
  if (!bytes) return undefined;
  const plain = embedded(bytes) ?? bytes;
  if (METADATA.includes(String(plain))) return "metadata";
  if (plain.length === 4) {
    if (plain[0] === 127 || plain[0] === 0) return "loopback";
    return plain[0] === 169 && plain[1] === 254 ? "metadata" : "other";
  }
  return plain[0] === 0xfe && (plain[1]! & 0xc0) === 0x80
    ? "metadata"
    : "other";
}

/** The IPv4 address inside an IPv6 one. `::1` and `::` come out as addresses of the network 0, which is this machine. */
function embedded(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (bytes.length !== 16) return undefined;
  if (bytes[0] === 0x20 && bytes[1] === 2) return bytes.slice(2, 6);
  const prefix = String(bytes.slice(0, 12));
  return PREFIXES.includes(prefix) ? bytes.slice(12) : undefined;
}

/** Compatible, mapped and translated addresses (RFC 4291 §2.5.5, RFC 6052 §2.1). */
const PREFIXES = ["::", "::ffff:0:0", "64:ff9b::"].map((prefix) =>
  String(addressBytes(prefix)!.slice(0, 12))
);
