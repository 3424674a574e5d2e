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

/** Names a process so that none which gets its number later is taken for it. */
export interface ProcessMark {
  pid: number;
  /** When it began, as the system says it. */
  started: string;
  /** Where numbers of processes mean the same: a start of a machine, and a container; absent where that is not known. */
  place?: string;
}

/** What the system shows of a process. */
export interface SeenProcess {
  pid: number;
  started: string;
  /** Its user; absent where there are none. */
  uid?: number;
  /** The number of the process that leads its session; absent where it is not known. */
  session?: number;
  /** Whether it was started with the environment that `run` gives a command; absent where that cannot be read. */
  inRun?: boolean;
}

/** Looks at the processes of this machine. Never throws. */
export interface Lineage {
  self(): Promise<ProcessMark>;
  /** Whether a process has ended; `undefined` where that is not known: it is of another machine or container. */
  hasEnded(mark: ProcessMark): Promise<boolean | undefined>;
  /**
   * A process and those above it, nearest first; empty if it has ended, `undefined` where nothing can be known of it.
   */
  above(mark: ProcessMark): Promise<SeenProcess[] | undefined>;
  /** The user that the home belongs to; `undefined` where there are no users. */
  homeOwner(): number | undefined;
}
