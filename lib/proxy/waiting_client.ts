/** A client before it is served, and after it was refused. @module */
import type { ByteStream } from "../ports/net.ts";
import type { Phase, Session } from "./planner.ts";

/** A client that is not served: it shows who it is, agrees on TLS, or reads why it was refused. */
export class WaitingClient implements Session {
  constructor(
    private readonly client: ByteStream,
    readonly phase: Phase,
    readonly since = Date.now(),
  ) {}

  get moved(): number {
    return this.client.moved;
  }

  get queued(): number {
    return this.client.queued;
  }

  expire(): void {
    this.destroy();
  }

  destroy(): void {
    this.client.destroy();
  }
}
