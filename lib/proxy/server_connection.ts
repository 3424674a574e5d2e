/**
 * The connections to servers that one client connection holds: the current one, kept for the next request of its key, and
 * one that only takes what is queued for it.
 *
 * @module
 */
import type { ByteStream, Ending } from "../ports/net.ts";

/** Told what becomes of the current connection. */
export interface ServerEvents {
  data(bytes: Uint8Array): void;
  drain(): void;
  /** There is no current connection any more. */
  gone(ending: Ending): void;
  /** The one that only took what was queued for it is gone. */
  left(): void;
}

interface Current {
  stream: ByteStream;
  /** Server and account. */
  key: string;
}

/** At most one current connection. */
export class ServerConnection {
  #current: Current | undefined;
  #leaving: ByteStream | undefined;

  constructor(private readonly events: ServerEvents) {}

  /** The current connection. */
  get stream(): ByteStream | undefined {
    return this.#current?.stream;
  }

  /** Whether a dropped connection still takes what is queued for it. */
  get isLeaving(): boolean {
    return this.#leaving !== undefined;
  }

  get moved(): number {
    return (this.stream ?? this.#leaving)?.moved ?? 0;
  }

  /** Bytes that wait in the connection that is leaving. */
  get queued(): number {
    return this.#leaving?.queued ?? 0;
  }

  /** Whether the current connection serves requests of `key`. */
  serves(key: string): boolean {
    return this.#current?.key === key;
  }

  /** Makes `stream` the current connection; there must be none. */
  use(stream: ByteStream, key: string): void {
    const current = this.#current = { stream, key };
    const { events } = this;
    stream.own({
      data: (bytes) => {
        if (this.#current === current) events.data(bytes);
      },
      end: () => {
        if (this.#current === current) this.#gone(stream, "closed");
      },
      drain: () => {
        if (this.#current === current) events.drain();
      },
      close: (ending) => {
        if (this.#current === current) this.#gone(stream, ending);
        else this.#left(stream);
      },
    });
  }

  /** Gives the current connection away. */
  release(): ByteStream {
    const stream = this.stream!;
    this.#current = undefined;
    return stream;
  }

  /** Ends the current connection, which gets what is queued for it. `sent`: whether its request is complete. */
  drop(sent: boolean, ending: Ending = "closed"): void {
    const { stream } = this;
    this.#current = undefined;
    if (!stream) return;
    if (sent && stream.queued === 0) {
      stream.destroy();
      return;
    }
    const before = this.#leaving;
    this.#leaving = stream;
    before?.destroy();
    stream.finish(ending);
  }

  destroy(): void {
    this.stream?.destroy();
    this.#leaving?.destroy();
  }

  #gone(stream: ByteStream, ending: Ending): void {
    this.#current = undefined;
    stream.destroy();
    this.events.gone(ending);
  }

  #left(stream: ByteStream): void {
    if (this.#leaving !== stream) return;
    this.#leaving = undefined;
    this.events.left();
  }
}
