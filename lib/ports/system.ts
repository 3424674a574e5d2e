/** The time, the environment and the processes of the machine. @module */

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

/** Tells processes that still run from those that have ended. */
export interface Processes {
  /** A name of this process that none other ever has, here or elsewhere; `undefined` where there is no such name. */
  self(): string | undefined;
  /** What is known of the process of that name; `undefined` if it is of another machine or container, or cannot be known. */
  look(name: string): { pid: number; hasEnded: boolean } | undefined;
}
