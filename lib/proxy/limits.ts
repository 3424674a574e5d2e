/** What a command may hold of the proxy, and for how long. @module */
import type { Phase } from "./planner.ts";

/** The bounds of one proxy. */
export interface Limits {
  /** Most connections at a time; a command that holds more is refused new ones. */
  connections: number;
  /** How often connections are looked at, in milliseconds. */
  sweepMs: number;
  /** How long a connection may be in a phase (`absolute`), or in it without a byte moving, in milliseconds. */
  phases: Readonly<Record<Phase, { ms: number; absolute?: true }>>;
}

/** The bounds unless others are given. */
export const LIMITS: Limits = {
  connections: 2_048,
  sweepMs: 5_000,
  phases: {
    head: { ms: 60_000, absolute: true },
    idle: { ms: 600_000 },
    // A model may think for long before its first byte.
    exchange: { ms: 3_600_000 },
    raw: { ms: 7_200_000 },
    linger: { ms: 5_000, absolute: true },
  },
};

/** Follows one connection through its phases. */
export class Watch {
  #moved = 0;
  #movedAt: number;

  constructor(now: number) {
    this.#movedAt = now;
  }

  /** Whether `connection` has been waiting for too long. */
  isOverdue(
    connection: { phase: Phase; since: number; moved: number },
    { phases }: Pick<Limits, "phases">,
    now: number,
  ): boolean {
    if (connection.moved !== this.#moved) {
      this.#moved = connection.moved;
      this.#movedAt = now;
    }
    const { ms, absolute } = phases[connection.phase];
    const from = absolute
      ? connection.since
      : Math.max(this.#movedAt, connection.since);
    return now - from > ms;
  }
}
