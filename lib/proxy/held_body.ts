/** The body of a request that is read whole before the request is planned on. @module */
import { BodyScanner } from "../wire/body.ts";
import type { Framing } from "../wire/http1.ts";

/** What a client may add to each chunk, in bytes, before a body counts as too long. */
const CHUNK_OVERHEAD = 65_536;

/** A body that is being read. */
export class HeldBody {
  readonly #scanner: BodyScanner;
  /** How many bytes were read, with the framing. */
  length = 0;

  constructor(
    private readonly framing: Framing,
    private readonly limit: number,
  ) {
    this.#scanner = new BodyScanner(framing, true);
  }

  /**
   * Reads on in `bytes`, which begin with the body. Gives nothing while more must come; `body` is absent if it is longer
   * than the limit.
   *
   * @throws {BodyError} if the framing is not valid.
   */
  read(bytes: Uint8Array): { body?: Uint8Array } | undefined {
    const { framing, limit } = this;
    if (framing.kind === "length" && framing.length > limit) return {};
    this.length = this.#scanner.scan(bytes, this.length);
    if (!this.#scanner.done) {
      return this.length > 2 * limit + CHUNK_OVERHEAD ? {} : undefined;
    }
    const read = bytes.subarray(0, this.length);
    const body = framing.kind === "chunked" ? withoutChunks(read) : read;
    return body.length > limit ? {} : { body };
  }
}

/** The data of the chunks in `bytes`, whose framing is valid (RFC 9112 §7.1). */
function withoutChunks(bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0;;) {
    const line = bytes.indexOf(10, at) + 1;
    let size = 0;
    for (let digit; !Number.isNaN(digit = hexDigit(bytes[at]!)); at++) {
      size = size * 16 + digit;
    }
    if (size === 0) return body.subarray(0, length);
    body.set(bytes.subarray(line, line + size), length);
    length += size;
    at = line + size + 2;
  }
}

function hexDigit(byte: number): number {
  return parseInt(String.fromCharCode(byte), 16);
}
