/** The data types of SSH on the wire (RFC 4251 §5), read within their bounds and written. @module */

/** What is not what the protocol says. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
const ENCODER = new TextEncoder();

/** Reads one value after the other; throws {@linkcode Malformed} where the bytes end too early. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new Malformed("cut off");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0]!;
  }

  /** Any byte but 0 is true (RFC 4251 §5). */
  boolean(): boolean {
    return this.byte() !== 0;
  }

  uint32(): number {
    const bytes = this.take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  /** A `string`: bytes. */
  string(): Uint8Array {
    return this.take(this.uint32());
  }

  /** A `string` that is text. */
  text(): string {
    try {
      return UTF8.decode(this.string());
    } catch {
      throw new Malformed("no text");
    }
  }

  /** A positive `mpint`, without the zero that keeps it positive. */
  mpint(): Uint8Array {
    const bytes = this.string();
    if ((bytes[0] ?? 0) & 0x80) throw new Malformed("a negative number");
    let at = 0;
    while (at < bytes.length && bytes[at] === 0) at++;
    return bytes.subarray(at);
  }

  /** Says that nothing may follow. */
  end(): void {
    if (this.left > 0) throw new Malformed("more than there should be");
  }
}

/** Whatever {@linkcode wire} writes: a number is one byte, text and bytes are a `string`. */
type Part = number | string | Uint8Array | { uint32: number } | {
  raw: Uint8Array;
} | { mpint: Uint8Array };

/** The bytes of `parts`, one after the other. */
export function wire(...parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const pieces = parts.flatMap((part): Uint8Array[] => {
    if (typeof part === "number") return [Uint8Array.of(part)];
    if (typeof part === "string") return lengthFirst(ENCODER.encode(part));
    if (part instanceof Uint8Array) return lengthFirst(part);
    if ("uint32" in part) return [uint32(part.uint32)];
    if ("raw" in part) return [part.raw];
    return lengthFirst(positive(part.mpint));
  });
  const bytes = new Uint8Array(
    pieces.reduce((length, piece) => length + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function lengthFirst(bytes: Uint8Array): Uint8Array[] {
  return [uint32(bytes.length), bytes];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** The shortest form of a positive number: a zero goes first where its top bit is set. */
function positive(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < bytes.length && bytes[at] === 0) at++;
  const digits = bytes.subarray(at);
  return (digits[0] ?? 0) & 0x80 ? Uint8Array.of(0, ...digits) : digits;
}

/** Whether two byte strings are the same. For what is public: the time tells where they differ. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, at) => byte === other[at]);
}
