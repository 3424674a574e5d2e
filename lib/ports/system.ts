/** The time and the environment of the process. @module */

/** The time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Reads environment variables. */
export interface Env {
  get(name: string): string | undefined;
  /** Every variable. */
  toObject(): Record<string, string>;
}
