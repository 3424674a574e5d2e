/** Processes and what they were started by: for the question of who may answer in a person's place. @module */

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
