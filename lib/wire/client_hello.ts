/**
 * Reads the server name and the protocols of a TLS ClientHello before the handshake begins (RFC 8446 §4.1.2, RFC 6066 §3,
 * RFC 7301 §3.1).
 *
 * @module
 */

/** What the first bytes of a connection say. */
export type ClientHello =
  | { kind: "incomplete" }
  /** Not TLS, or not a ClientHello that can be read. */
  | { kind: "invalid" }
  | {
    kind: "hello";
    serverName?: string;
    /** What is offered by ALPN, the preferred first. */
    protocols?: string[];
    /** Numbers, in the order of the client. */
    ciphers: number[];
    extensions: number[];
  };

/** Types of extensions. */
const [SERVER_NAME, ALPN] = [0, 16];

/** Longest ClientHello, in bytes; with post-quantum key shares they take about 2 KB. */
const MAX_HELLO = 65_536;
const INCOMPLETE: ClientHello = { kind: "incomplete" };
const INVALID: ClientHello = { kind: "invalid" };

/** Reads the ClientHello at the start of `bytes`. */
export function readClientHello(bytes: Uint8Array): ClientHello {
  // The handshake message may be spread over records.
  const message: Uint8Array[] = [];
  let size = 0;
  let wanted = 4;
  for (let at = 0; size < wanted;) {
    if (bytes.length > at && bytes[at] !== 22) return INVALID;
    if (bytes.length < at + 5) return INCOMPLETE;
    if (bytes[at + 1] !== 3) return INVALID;
    const length = bytes[at + 3]! << 8 | bytes[at + 4]!;
    if (length === 0 || length > 16_384) return INVALID;
    if (bytes.length < at + 5 + length) return INCOMPLETE;
    message.push(bytes.subarray(at + 5, at + 5 + length));
    size += length;
    at += 5 + length;
    if (wanted === 4 && size >= 4) {
      const head = join(message, size);
      if (head[0] !== 1) return INVALID;
      wanted = 4 + (head[1]! << 16 | head[2]! << 8 | head[3]!);
      if (wanted > MAX_HELLO) return INVALID;
    }
  }
  try {
    return {
      kind: "hello",
      ...readHello(join(message, size).subarray(4, wanted)),
    };
  } catch {
    return INVALID;
  }
}

function join(parts: Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function readHello(
  hello: Uint8Array,
): Omit<Extract<ClientHello, { kind: "hello" }>, "kind"> {
  const body = new Reader(hello);
  body.skip(2 + 32);
  body.vector(1);
  const suites = body.vector(2);
  const ciphers: number[] = [];
  while (!suites.atEnd) ciphers.push(suites.number(2));
  body.vector(1);
  const found: ReturnType<typeof readHello> = { ciphers, extensions: [] };
  if (body.atEnd) return found;
  const extensions = body.vector(2);
  while (!extensions.atEnd) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    found.extensions.push(type);
    if (type === ALPN) {
      const offered = content.vector(2);
      found.protocols = [];
      while (!offered.atEnd) found.protocols.push(text(offered.vector(1)));
    }
    if (type !== SERVER_NAME) continue;
    const names = content.vector(2);
    while (!names.atEnd) {
      const kind = names.number(1);
      const name = names.vector(2);
      if (kind !== 0 || found.serverName !== undefined) throw new RangeError();
      found.serverName = text(name);
    }
  }
  return found;
}

function text({ bytes }: Reader): string {
  return String.fromCharCode(...bytes);
}

/** Reads vectors of TLS; throws a RangeError beyond the end. */
class Reader {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  skip(count: number): void {
    this.#at += count;
    if (this.#at > this.bytes.length) throw new RangeError();
  }

  number(size: number): number {
    const start = this.#at;
    this.skip(size);
    let value = 0;
    for (let at = start; at < this.#at; at++) {
      value = value * 256 + this.bytes[at]!;
    }
    return value;
  }

  vector(lengthSize: number): Reader {
    const length = this.number(lengthSize);
    const start = this.#at;
    this.skip(length);
    return new Reader(this.bytes.subarray(start, this.#at));
  }
}
