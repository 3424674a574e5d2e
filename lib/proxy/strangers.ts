/**
 * The places of connections that have not shown the password of the run. They are apart from the command's, so that
 * nobody else can fill those.
 *
 * @module
 */

/** How long a connection is not counted, in milliseconds: a command opens hundreds at once, and each speaks first. */
export const GRACE_MS = 1_000;
/** Most of them all the same. */
export const BURST = 1_024;

/** Connections without the password, the oldest first. */
export class Strangers<T> {
  readonly #since = new Map<T, number>();

  /** `places`: how many may take longer than {@linkcode GRACE_MS}. */
  constructor(private readonly places: number) {}

  get size(): number {
    return this.#since.size;
  }

  /**
   * Takes one in.
   *
   * @param now in milliseconds
   * @returns those that must go for it, the oldest first.
   */
  add(one: T, now: number): T[] {
    this.#since.set(one, now);
    const gone: T[] = [];
    for (const [oldest, since] of this.#since) {
      const size = this.#since.size;
      if (size <= this.places) break;
      if (size <= BURST && now - since < GRACE_MS) break;
      this.#since.delete(oldest);
      gone.push(oldest);
    }
    return gone;
  }

  /** Lets one go: it is closed, or no stranger any more. */
  delete(one: T): void {
    this.#since.delete(one);
  }
}
