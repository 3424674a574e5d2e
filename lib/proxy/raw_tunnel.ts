/** Where bytes are only copied: a blind tunnel, or one whose protocol was switched (RFC 9110 §15.2.2). @module */
import type { ByteStream } from "../ports/net.ts";
import { splice } from "../wire/byte_stream.ts";
import type { Phase, Session } from "./planner.ts";

/** What every copied connection is to its keeper. */
export abstract class Tunnel implements Session {
  phase: Phase = "raw";
  since = Date.now();

  constructor(
    protected readonly client: ByteStream,
    protected readonly server: ByteStream,
  ) {}

  /** Sends what had come of the client before. */
  abstract send(bytes: Uint8Array): void;

  get moved(): number {
    return this.client.moved + this.server.moved;
  }

  get queued(): number {
    return this.client.queued + this.server.queued;
  }

  expire(): void {
    if (this.phase === "linger") {
      this.destroy();
      return;
    }
    this.linger();
    this.client.finish("reset");
    this.server.destroy();
  }

  destroy(): void {
    this.server.destroy();
    this.client.destroy();
  }

  protected linger(): void {
    this.phase = "linger";
    this.since = Date.now();
  }
}

/** Copies between `client` and `server` until both have ended. */
export class RawTunnel extends Tunnel {
  /** `first` is sent before anything else; `closed` is called once both sides have closed. */
  constructor(
    client: ByteStream,
    server: ByteStream,
    first: { toServer: Uint8Array } | { toClient: Uint8Array },
    closed: () => void,
  ) {
    super(client, server);
    const ends = { parted: () => this.linger(), closed };
    if ("toServer" in first) splice(client, server, first.toServer, ends);
    else splice(server, client, first.toClient, ends);
  }

  send(bytes: Uint8Array): void {
    this.server.write(bytes);
  }
}
