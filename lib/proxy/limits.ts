/** What a command may hold of the proxy, and for how long. @module */
import type { Phase } from "./planner.ts";

/** The bounds of one proxy. */
export interface Limits {
  /** Most connections at a time; a command that holds more is refused new ones. */
  connections: number;
  /** How often connections are looked at, in milliseconds. */
  sweepMs: number;
  /** Connections without the password that may take their time; those that just came are not counted: see strangers.ts. */
  strangers: number;
  /** How long a connection may be in a phase (`absolute`), or in it without a byte moving, in milliseconds. */
  phases: Readonly<Record<Phase, { ms: number; absolute?: true }>>;
  /** How long the last bytes may wait for a side that takes none of them, in milliseconds. */
  stuckMs: number;
}

/** The bounds unless others are given. */
export const LIMITS: Limits = {
  connections: 2_048,
  strangers: 64,
  sweepMs: 5_000,
  phases: {
    stranger: { ms: 10_000, absolute: true },
    head: { ms: 60_000, absolute: true },
    idle: { ms: 600_000 },
    // A model may think for long before its first byte.
    exchange: { ms: 3_600_000 },
    raw: { ms: 7_200_000 },
    linger: { ms: 5_000, absolute: true },
  },
  stuckMs: 60_000,
};

/** Follows one connection through its phases. */
export class Watch {
  #moved = 0;
  #movedAt: number;
  #queued = 0;
  /** When the queue was last seen to have changed. */
  #sentAt: number;

  constructor(now: number) {
    this.#movedAt = this.#sentAt = now;
  }

  /** Whether `connection` has been waiting for too long. */
  isOverdue(
    connection: { phase: Phase; since: number; moved: number; queued: number },
    { phases, stuckMs }: Pick<Limits, "phases" | "stuckMs">,
    now: number,
  ): boolean {
    if (connection.queued !== this.#queued) {
      this.#queued = connection.queued;
      this.#sentAt = now;
    }
    if (connection.moved !== this.#moved) {
      this.#moved = connection.moved;
      this.#movedAt = now;
    }
    if (connection.phase === "linger") {
      // A slow reader gets its last bytes; nothing is queued any more, so this ends.
      const from = Math.max(this.#sentAt, connection.since);
      return now - from > (this.#queued > 0 ? stuckMs : phases.linger.ms);
    }
    const { ms, absolute } = phases[connection.phase];
    const from = absolute
      ? connection.since
      : Math.max(this.#movedAt, connection.since);
    return now - from > ms;
  }
}
