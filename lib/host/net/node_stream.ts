/** A {@linkcode ByteStream} over a socket of `node:net` or `node:tls`. @module */
import type { Socket } from "node:net";
import type { ByteStream, Ending, StreamOwner } from "../../ports/net.ts";
import { resetWhenTaken } from "./reset.ts";

/** `internal_error`, fatal: not sealed, so that every TLS reports it or that it cannot be (RFC 8446 §6.2). */
const ALERT = Uint8Array.of(21, 3, 3, 0, 2, 2, 80);

/** A socket as the proxy's engine wants it. */
export class NodeStream implements ByteStream {
  #owner: StreamOwner | undefined;
  #moved = 0;
  #failed = false;
  #closed = false;
  /** How our side ends; from then on there are no events and no writes. */
  #ending: Ending | undefined;
  #broken = false;
  #resetting = false;

  /** `raw`: what lies below TLS. */
  constructor(
    protected readonly socket: Socket,
    protected readonly raw: Socket = socket,
  ) {
    socket.setNoDelay(true);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  get moved(): number {
    return this.#moved - this.queued;
  }

  get queued(): number {
    if (this.#closed) return 0;
    // A reset still waits for what the system has.
    return this.socket.writableLength + (this.#resetting ? 1 : 0);
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
    if (this.#ending || !this.socket.writable) return true;
    this.#moved += bytes.length;
    return this.socket.write(bytes, this.#onSent);
  }

  pause(): void {
    if (!this.#ending) this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  end(): void {
    if (!this.#ending) this.socket.end();
  }

  finish(ending: Ending): void {
    if (this.#ending) return;
    this.#ending = ending;
    this.resume();
    if (ending === "closed" || !this.socket.writable) this.socket.end();
    else this.#onSent();
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
    this.#moved += bytes.length;
    if (!this.#ending) this.#owner!.data(bytes);
  };
  #onEnd = () => {
    if (!this.#ending) this.#owner!.end();
  };
  #onDrain = () => {
    if (!this.#ending) this.#owner!.drain();
  };
  #onError = () => {
    this.#failed = true;
  };
  #onSent = () => {
    const { socket, raw } = this;
    if (
      this.#broken || this.#ending === undefined ||
      this.#ending === "closed" || socket.writableLength > 0
    ) return;
    this.#broken = true;
    if (raw !== socket) {
      // In its place behind the last bytes: a reset of TCP would overtake them.
      if (this.#ending === "reset") raw.write(ALERT);
      raw.end();
    } else if (this.#ending === "reset") {
      this.#resetting = true;
      resetWhenTaken(socket);
    } else socket.end();
  };
  #onClose = () => {
    this.#closed = true;
    if (!this.#owner) return;
    // What was read while the stream was paused is still there.
    if (!this.#ending) {
      for (
        let bytes: Uint8Array | null;
        (bytes = this.socket.read()) !== null;
      ) this.#owner.data(bytes);
    }
    this.#owner.close(this.#failed ? "reset" : "closed");
  };
}
