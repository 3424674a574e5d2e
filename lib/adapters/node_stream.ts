/** A {@linkcode ByteStream} over a socket of `node:net` or `node:tls`. @module */
import type { Socket } from "node:net";
import type { ByteStream, StreamOwner } from "../proxy/byte_stream.ts";

/** A socket as the proxy's engine wants it. */
export class NodeStream implements ByteStream {
  moved = 0;
  #owner: StreamOwner | undefined;
  #failed = false;
  #closed = false;

  constructor(protected readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  own(owner: StreamOwner): void {
    const first = !this.#owner;
    this.#owner = owner;
    if (!first) return;
    this.socket.on("data", this.#onData);
    this.socket.on("end", this.#onEnd);
    this.socket.on("drain", this.#onDrain);
    if (this.#closed) queueMicrotask(() => this.#onClose());
  }

  write(bytes: Uint8Array): boolean {
    this.moved += bytes.length;
    return !this.socket.writable || this.socket.write(bytes);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Takes every listener off the socket, for another owner of it; errors are still heard. */
  protected release(): void {
    this.socket.off("data", this.#onData);
    this.socket.off("end", this.#onEnd);
    this.socket.off("drain", this.#onDrain);
    this.socket.off("close", this.#onClose);
  }

  #onData = (bytes: Uint8Array) => {
    this.moved += bytes.length;
    this.#owner!.data(bytes);
  };
  #onEnd = () => this.#owner!.end();
  #onDrain = () => this.#owner!.drain();
  #onError = () => {
    this.#failed = true;
  };
  #onClose = () => {
    this.#closed = true;
    this.#owner?.close(this.#failed);
  };
}
