/** What Deno speaks on connections to servers. @module */
import type { ByteStream, Ending, StreamOwner } from "../../ports/net.ts";
import { EMPTY } from "../../wire/byte_stream.ts";
import { NoHttp2, type Transport } from "./upstream.ts";

const READ_BYTES = 65_536;
/** Above this a chunk is given away with its buffer; below, it is copied and the buffer used again. */
const COPY_BYTES = 16_384;
const HIGH_WATER_BYTES = 262_144;

/** The {@linkcode Transport} of Deno. */
export const transport: Transport = {
  plain: (tcp, rest) => new DenoStream(tcp, rest),
  async secure(tcp, { host, caCerts, http2 }) {
    let conn: Deno.Conn = tcp;
    try {
      const secure = conn = await Deno.startTls(tcp, {
        hostname: host,
        caCerts,
        alpnProtocols: [http2 ? "h2" : "http/1.1"],
      });
      const { alpnProtocol } = await secure.handshake();
      if (http2 && alpnProtocol !== "h2") throw new NoHttp2();
      return new DenoStream(secure, EMPTY);
    } catch (cause) {
      close(conn);
      const message = cause instanceof Error ? cause.message : "";
      throw http2 && /application ?protocol/i.test(message)
        ? new NoHttp2("", { cause })
        : cause;
    }
  },
};

/** A `Deno.Conn` as the proxy's engine wants it. */
class DenoStream implements ByteStream {
  moved = 0;
  #owner: StreamOwner | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #writing = false;
  #full = false;
  #ending = false;
  /** From now on there are no events and no writes. */
  #finishing = false;
  #readEnded = false;
  #writeEnded = false;
  #closed = false;
  #paused = false;
  #wake: (() => void) | undefined;
  #buffer = new Uint8Array(COPY_BYTES);

  constructor(
    private readonly conn: Deno.TcpConn | Deno.TlsConn,
    private first: Uint8Array,
  ) {}

  get queued(): number {
    return this.#queued;
  }

  own(owner: StreamOwner): void {
    const started = this.#owner !== undefined;
    this.#owner = owner;
    if (!started) this.#read();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (!this.#writing) this.#flush();
    if (this.#queued < HIGH_WATER_BYTES) return true;
    this.#full = true;
    return false;
  }

  pause(): void {
    if (!this.#finishing) this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#writing) this.#flush();
  }

  /** Whatever the ending: Deno has no other than the orderly one. */
  finish(_ending: Ending): void {
    if (this.#finishing) return;
    this.#finishing = true;
    this.resume();
    this.end();
  }

  destroy(): void {
    this.#close("closed");
  }

  async #read(): Promise<void> {
    try {
      if (this.first.length > 0) this.#owner!.data(this.first);
      for (;;) {
        if (this.#paused) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#closed) return;
        const size = await this.conn.read(this.#buffer);
        if (this.#closed) return;
        if (size === null) break;
        this.moved += size;
        if (!this.#finishing) this.#owner!.data(this.#take(size));
      }
      this.#readEnded = true;
      if (!this.#finishing) this.#owner!.end();
      if (this.#writeEnded) this.#close("closed");
    } catch (error) {
      this.#close(
        error instanceof Deno.errors.UnexpectedEof ? "cut" : "reset",
      );
    }
  }

  #take(size: number): Uint8Array {
    const buffer = this.#buffer;
    if (size < COPY_BYTES) return buffer.slice(0, size);
    // A body of some length: it is worth a larger buffer, which is given away with each chunk.
    this.#buffer = new Uint8Array(
      size === buffer.length ? READ_BYTES : COPY_BYTES,
    );
    return size === buffer.length ? buffer : buffer.subarray(0, size);
  }

  async #flush(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#queue.length > 0) {
        const bytes = this.#queue.length === 1
          ? this.#queue[0]!
          : this.#queue.shift()!;
        if (this.#queue.length === 1 && bytes === this.#queue[0]) {
          this.#queue = [];
        }
        for (let at = 0; at < bytes.length;) {
          const size = await this.conn.write(
            at === 0 ? bytes : bytes.subarray(at),
          );
          if (this.#closed) return;
          at += size;
          this.moved += size;
          this.#queued -= size;
        }
        if (this.#full && this.#queued < HIGH_WATER_BYTES / 2) {
          this.#full = false;
          if (!this.#finishing) this.#owner?.drain();
        }
      }
      if (this.#ending && !this.#writeEnded) {
        await this.conn.closeWrite();
        this.#writeEnded = true;
        if (this.#readEnded) this.#close("closed");
      }
    } catch {
      // What the server said before it went is still to be read; how it ended is seen there.
      this.#queue = [];
      this.#queued = 0;
      this.#ending = this.#writeEnded = true;
      if (this.#readEnded) this.#close("reset");
      else if (!this.#finishing) this.#owner?.drain();
    } finally {
      this.#writing = false;
      if (
        !this.#closed &&
        (this.#queue.length > 0 || this.#ending && !this.#writeEnded)
      ) this.#flush();
    }
  }

  #close(ending: Ending): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#queued = 0;
    close(this.conn);
    this.resume();
    this.#owner?.close(ending);
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* It was closed already. */ }
}
