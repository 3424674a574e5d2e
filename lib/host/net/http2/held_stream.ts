/** @module */
import type { ServerHttp2Stream } from "node:http2";
import { concat, EMPTY } from "../../../wire/byte_stream.ts";

/** The body of a request over HTTP/2 that is read before it is known where it goes. */
export class HeldStream {
  /** What was read. */
  readonly parts: Uint8Array[] = [];
  /** Whether the client has said all, and it was read. */
  ended = false;
  #length = 0;
  #settle: (() => void) | undefined;

  /** `whole` says at the end of `stream` whether the client has said all. */
  constructor(
    private readonly stream: ServerHttp2Stream,
    whole: () => boolean,
  ) {
    // For good: it may end while nothing is read.
    stream.on("end", () => {
      this.ended = whole();
      this.#settle?.();
    });
    stream.on("close", () => this.#settle?.());
  }

  /** The body; `undefined` if it is longer than `limit`, in bytes, or the client is gone. */
  read(limit: number): Promise<Uint8Array | undefined> {
    const { stream, parts } = this;
    return new Promise((resolve) => {
      const settle = () => {
        this.#settle = undefined;
        stream.off("data", data);
        if (!stream.destroyed) stream.pause();
        resolve(
          this.ended && this.#length <= limit
            ? parts.reduce(concat, EMPTY)
            : undefined,
        );
      };
      const data = (bytes: Uint8Array) => {
        parts.push(bytes);
        this.#length += bytes.length;
        if (this.#length > limit) settle();
      };
      if (this.ended || this.#length > limit || stream.destroyed) settle();
      else {
        this.#settle = settle;
        stream.on("data", data).resume();
      }
    });
  }
}
