/** What a client has sent and has not been used yet. @module */
import type { ByteStream } from "../ports/net.ts";
import { concat, EMPTY } from "../wire/byte_stream.ts";

/** The unread bytes of a client, which is asked for more only when somebody can use it. */
export class ClientInput {
  /** Not consumed yet. */
  bytes: Uint8Array = EMPTY;
  #paused = false;

  constructor(private readonly client: ByteStream) {}

  add(bytes: Uint8Array): void {
    this.bytes = concat(this.bytes, bytes);
  }

  /** Keeps what cannot be used yet, and asks for no more. */
  keep(bytes: Uint8Array): void {
    this.add(bytes);
    this.pause();
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.client.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.client.resume();
  }
}
