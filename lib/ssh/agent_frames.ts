/** Messages to an agent out of the bytes of its connection: four bytes of length, and so many bytes. @module */

/** As OpenSSH's own agent. Bytes. */
export const MAX_MESSAGE = 262_144;
const LENGTH = 4;
const EMPTY = new Uint8Array(0);

/** Collects the bytes of a connection; keeps no more than one message and what came with its end. */
export class AgentFrames {
  #bytes: Uint8Array = EMPTY;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** Takes what has arrived. */
  push(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  /**
   * The next message; `undefined` until it is whole.
   *
   * @throws {RangeError} if its length is 0 or beyond {@linkcode MAX_MESSAGE}: nothing after it can be read.
   */
  next(): Uint8Array | undefined {
    if (this.#size < LENGTH) return undefined;
    if (this.#bytes.length < LENGTH) this.#join();
    const { buffer, byteOffset } = this.#bytes;
    const length = new DataView(buffer, byteOffset, LENGTH).getUint32(0);
    if (length === 0 || length > MAX_MESSAGE) {
      throw new RangeError("no message of an agent");
    }
    if (this.#size < LENGTH + length) return undefined;
    this.#join();
    const message = this.#bytes.slice(LENGTH, LENGTH + length);
    this.#bytes = this.#bytes.subarray(LENGTH + length);
    this.#size = this.#bytes.length;
    return message;
  }

  #join(): void {
    if (this.#parts.length === 0) return;
    const joined = new Uint8Array(this.#size);
    let at = 0;
    for (const part of [this.#bytes, ...this.#parts]) {
      joined.set(part, at);
      at += part.length;
    }
    this.#bytes = joined;
    this.#parts = [];
  }
}
