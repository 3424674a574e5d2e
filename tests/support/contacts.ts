/** Whom processes contact, as strace(1) writes it down. @module */

/** How a command is traced: it and all that it starts, every call that names a receiver or sends to one. */
export function traced(file: string): string[] {
  return [
    ...["strace", "-f", "-qq", "-x", "-s", "600", "-o", file],
    ...["-e", "trace=connect,sendto,sendmsg,sendmmsg"],
  ];
}

/** Whom was contacted. */
export interface Contacts {
  /** `address:port`, each once. */
  addresses: string[];
  /** Names that a name server was asked for, each once. */
  names: string[];
}

const IPV4 = /sin_port=htons\((\d+)\), sin_addr=inet_addr\("([\d.]+)"\)/g;
const IPV6 =
  /sin6_port=htons\((\d+)\),.*?inet_pton\(AF_INET6, "([0-9a-f:.]+)"/g;
const HEX = /"((?:\\x[0-9a-f]{2}){13,})"/g;

/**
 * Whom `trace` names, but for sockets of the system (`AF_UNIX`, `AF_NETLINK`) and port 0, by which the C library learns
 * which address it would be sent from and to which nothing can be sent.
 */
export function contactsIn(trace: string): Contacts {
  const addresses = new Set<string>();
  const names = new Set<string>();
  for (const line of trace.split("\n")) {
    for (const [, port, address] of line.matchAll(IPV4)) {
      if (port !== "0") addresses.add(`${address}:${port}`);
    }
    for (const [, port, address] of line.matchAll(IPV6)) {
      if (port !== "0") addresses.add(`[${address}]:${port}`);
    }
    for (const [, hex] of line.matchAll(HEX)) {
      const name = questionIn(
        Uint8Array.from(hex!.slice(2).split("\\x"), (two) => parseInt(two, 16)),
      );
      if (name !== undefined) names.add(name);
    }
  }
  return { addresses: [...addresses].sort(), names: [...names].sort() };
}

/** Whether `address`, of {@linkcode contactsIn}, is of this machine. */
export function isLocal(address: string): boolean {
  return /^(?:127\.|\[::1\]|\[::ffff:127\.|0\.0\.0\.0:)/.test(address);
}

/** The name that a message asks for, if it is a query of the DNS (RFC 1035 §4.1) in a datagram or, with its length, a stream. */
function questionIn(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer);
  const start = view.getUint16(0) === bytes.length - 2 ? 2 : 0;
  if (bytes.length < start + 17) return undefined;
  // A question and nothing that is an answer.
  const flags = view.getUint16(start + 2);
  if ((flags & 0xfe8f) !== 0 || view.getUint16(start + 4) !== 1) {
    return undefined;
  }
  const labels: string[] = [];
  for (let at = start + 12; at < bytes.length;) {
    const length = bytes[at]!;
    if (length === 0) return labels.join(".").toLowerCase();
    if (length > 63) return undefined;
    const label = new TextDecoder().decode(
      bytes.subarray(at + 1, at + 1 + length),
    );
    if (!/^[\w-]+$/.test(label)) return undefined;
    labels.push(label);
    at += length + 1;
  }
}
