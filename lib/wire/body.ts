/**
 * Finds where the body of a message ends, without keeping or changing a byte of it (RFC 9112 §6 and §7.1).
 *
 * Invariant: a chunked body has one interpretation or none. Bare LF, signs, spaces and digits too many are refused before
 * the bytes that hold them are sent on.
 *
 * @module
 */
import type { Framing } from "./http1.ts";

/** A body that has no single end. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  /** Where in the bytes that were read last it went wrong. */
  valid = 0;
}

/** Most bytes of one chunk's size and extensions. */
const MAX_CHUNK_LINE = 4_096;
/** Most bytes of a trailer section. */
const MAX_TRAILER = 16_384;
/** Hexadecimal digits of a chunk size: 12 stay far below what a number holds exactly. */
const MAX_SIZE_DIGITS = 12;
const CR = 13;
const LF = 10;
/** Fields that decide about the message or its sender, and so have no place behind its body (RFC 9110 §6.5.1). */
export const FORBIDDEN_TRAILER =
  /^(content-length|transfer-encoding|host|connection|te|trailer|upgrade|expect|authorization|cookie|content-(encoding|type|range)|x-api-key|proxy-.*)$/i;
const TRAILER_LINE = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*$/;

type State =
  | "size"
  | "extension"
  | "line_end"
  | "data"
  | "data_cr"
  | "data_lf"
  | "trailer"
  | "trailer_lf"
  | "done";

/** Follows one body through the chunks of a connection. */
export class BodyScanner {
  /** Bytes of the body, or of the current chunk, that are still to come. */
  #left: number;
  #state: State;
  #digits = 0;
  /** Bytes of the current line, or of the trailer section. */
  #count = 0;
  #line = "";
  #trailerFrom = -1;

  constructor(
    private readonly framing: Framing,
    private readonly request: boolean,
    /** Told the bytes of the body itself, without chunk sizes, as they are read. */
    private readonly data?: ((bytes: Uint8Array) => void) | undefined,
  ) {
    this.#left = framing.kind === "length" ? framing.length : 0;
    this.#state =
      framing.kind === "none" || (framing.kind === "length" && this.#left === 0)
        ? "done"
        : "size";
  }

  /** Whether the whole body has passed. Never for one that lasts until the connection closes. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Where in the bytes that were read last the trailer section begins or goes on, or -1. */
  get trailerFrom(): number {
    return this.#trailerFrom;
  }

  /** Whether the body ends with the connection. */
  get untilClose(): boolean {
    return this.framing.kind === "until_close";
  }

  /**
   * Reads `bytes` from `at` on.
   *
   * @returns where the body ends in `bytes`: their length while it goes on.
   * @throws {BodyError} if the framing is not valid.
   */
  scan(bytes: Uint8Array, at: number): number {
    this.#trailerFrom = /^trailer/.test(this.#state) ? at : -1;
    if (this.#state === "done") return at;
    switch (this.framing.kind) {
      case "length": {
        const size = Math.min(this.#left, bytes.length - at);
        this.data?.(bytes.subarray(at, at + size));
        this.#left -= size;
        if (this.#left === 0) this.#state = "done";
        return at + size;
      }
      case "chunked":
        try {
          while (at < bytes.length && !this.done) {
            at = this.#state === "data"
              ? this.#data(bytes, at)
              : this.#byte(bytes[at]!, at);
          }
        } catch (error) {
          if (error instanceof BodyError) error.valid = at;
          throw error;
        }
        return at;
      default:
        this.data?.(bytes.subarray(at));
        return bytes.length;
    }
  }

  #data(bytes: Uint8Array, at: number): number {
    const size = Math.min(this.#left, bytes.length - at);
    this.data?.(bytes.subarray(at, at + size));
    this.#left -= size;
    if (this.#left === 0) this.#state = "data_cr";
    return at + size;
  }

  #byte(byte: number, at: number): number {
    switch (this.#state) {
      case "size":
        this.#size(byte);
        break;
      case "extension":
        if (byte === CR) this.#state = "line_end";
        else if (
          byte < 32 && byte !== 9 || byte === 127 ||
          ++this.#count > MAX_CHUNK_LINE
        ) {
          throw new BodyError("a chunk extension is not valid");
        }
        break;
      case "line_end":
        if (byte !== LF) {
          throw new BodyError("a chunk size is not followed by CRLF");
        }
        this.#state = this.#left > 0 ? "data" : "trailer";
        if (this.#left === 0) this.#trailerFrom = at + 1;
        this.#digits = this.#count = 0;
        break;
      case "data_cr":
        if (byte !== CR) throw new BodyError("a chunk is longer than its size");
        this.#state = "data_lf";
        break;
      case "data_lf":
        if (byte !== LF) throw new BodyError("a chunk is longer than its size");
        this.#state = "size";
        break;
      case "trailer":
        if (byte === CR) this.#state = "trailer_lf";
        else if (++this.#count > MAX_TRAILER) {
          throw new BodyError("the trailer section is too long");
        } else this.#line += String.fromCharCode(byte);
        break;
      case "trailer_lf":
        if (byte !== LF) {
          throw new BodyError("a trailer field contains a bare CR");
        }
        this.#trailer();
        break;
    }
    return at + 1;
  }

  #size(byte: number): void {
    const digit = byte >= 48 && byte <= 57
      ? byte - 48
      : (byte | 32) >= 97 && (byte | 32) <= 102
      ? (byte | 32) - 87
      : -1;
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) {
        throw new BodyError("a chunk size is too long");
      }
      this.#left = this.#left * 16 + digit;
    } else if (this.#digits > 0 && byte === CR) {
      this.#state = "line_end";
    } else if (this.#digits > 0 && byte === 59) {
      this.#state = "extension";
    } else {
      throw new BodyError("a chunk size is not valid");
    }
  }

  #trailer(): void {
    const line = this.#line;
    this.#line = "";
    if (line === "") {
      this.#state = "done";
      return;
    }
    // A server's trailer is the client's to judge; only its framing concerns us.
    if (
      !TRAILER_LINE.test(line) ||
      (this.request && FORBIDDEN_TRAILER.test(line.slice(0, line.indexOf(":"))))
    ) {
      throw new BodyError("a trailer field is not allowed");
    }
    this.#state = "trailer";
  }
}
