/** The runs that are live on this machine: what is kept of each, outside of the vault. @module */

/** A run. No argument of the command is in it: they may hold anything. */
export interface LiveRun {
  /** 64 random bits, hex; audit events carry it as `run`. */
  id: string;
  /** The process of authsome. */
  pid: number;
  /** When that process began, as the system says it, so that another one with its number is not taken for it. */
  started: string;
  /** Name of the program, without its folder. */
  program: string;
  folder: string;
  /** Epoch milliseconds. */
  since: number;
  profile: string;
  /** Names of the providers that take part. */
  providers: string[];
  sandbox: boolean;
  readOnly: boolean;
}

/** Keeps them, one file for each. */
export interface Runs {
  /** Adds a run; the function returned removes it. */
  add(run: Omit<LiveRun, "pid" | "started">): () => void;
  /** Those whose process lives, oldest first. */
  list(): Promise<LiveRun[]>;
  /** Ends the command of a run as Ctrl-C does, and waits a while for its end; whether it was live. */
  stop(id: string): Promise<boolean>;
  /** The id of the run that this process was started by, directly or through others; `undefined` if by none. */
  around(): Promise<string | undefined>;
}
