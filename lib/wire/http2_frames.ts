/**
 * Sees in the bytes of an HTTP/2 connection which streams have really ended.
 *
 * Node and Deno tell a stream that was cut off by the end of its connection as one that has ended. To send such an end on
 * would make half a message a whole one.
 *
 * @module
 */

const FRAME_HEAD = 9;
const DATA = 0;
const HEADERS = 1;
const END_STREAM = 1;

/** Follows one direction of a connection. */
export class EndedStreams {
  readonly #ended = new Set<number>();
  readonly #head = new Uint8Array(FRAME_HEAD);
  #headSize = 0;
  /** Bytes to pass over before the next frame. */
  #skip: number;

  /** `preface`: bytes before the first frame; a client's has 24 (RFC 9113 §3.4). */
  constructor(preface = 0) {
    this.#skip = preface;
  }

  /** Whether the sender of `stream` has said all; forgets it. */
  take(stream: number | undefined): boolean {
    return stream !== undefined && this.#ended.delete(stream);
  }

  /** Takes the next bytes. */
  scan(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const skipped = Math.min(this.#skip, bytes.length - at);
      this.#skip -= skipped;
      at += skipped;
      while (at < bytes.length && this.#headSize < FRAME_HEAD) {
        this.#head[this.#headSize++] = bytes[at++]!;
      }
      if (this.#headSize === FRAME_HEAD) this.#frame();
    }
  }

  #frame(): void {
    const [a, b, c, type, flags, ...id] = this.#head as unknown as number[];
    this.#skip = a! << 16 | b! << 8 | c!;
    this.#headSize = 0;
    if ((type === DATA || type === HEADERS) && (flags! & END_STREAM) !== 0) {
      this.#ended.add(
        (id[0]! & 0x7f) << 24 | id[1]! << 16 | id[2]! << 8 | id[3]!,
      );
    }
  }
}
