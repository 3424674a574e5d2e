/** @module */
import type { ServerHttp2Stream } from "node:http2";
import { concat, EMPTY } from "../../../wire/byte_stream.ts";

/** The body of a request over HTTP/2 that is read before it is known where it goes. */
export class HeldStream {
  /** What was read. */
  readonly parts: Uint8Array[] = [];
  /** Whether that is all. */
  ended = false;
  #length = 0;

  /** `whole` says at its end whether the client has said all. */
  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly whole: () => boolean,
  ) {}

  /** The body; `undefined` if it is longer than `limit`, in bytes, or the client is gone. */
  read(limit: number): Promise<Uint8Array | undefined> {
    const { stream, parts } = this;
    return new Promise((resolve) => {
      const done = () => {
        stream.off("data", data).off("end", end).off("close", done);
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
        if (this.#length > limit) done();
      };
      const end = () => {
        this.ended = this.whole();
        done();
      };
      if (this.ended || this.#length > limit || stream.destroyed) done();
      else stream.on("data", data).on("end", end).on("close", done).resume();
    });
  }
}
