/** The programs of secret managers. @module */

/** One call of a manager's program; never a shell. */
export interface ManagerCall {
  /** Its name, looked up as every program that authsome itself needs, or an absolute path. */
  program: string;
  /** Never hold a secret: other users of the machine can read them. */
  args: readonly string[];
  /** What it reads from stdin. Default: nothing. */
  input?: string;
  /** Whether it opens `/dev/stdin` by its name, which is possible on Linux. */
  opensInput?: boolean;
  /**
   * Names of the variables that it is given besides those that every program needs; beginnings of names end in `*`.
   * `all`: every one but those of authsome.
   */
  variables: readonly string[] | "all";
}

/** How a call ended. Nothing of `stderr` may be shown: it may hold a secret. */
export type ManagerAnswer =
  | { kind: "ended"; code: number; stdout: string; stderr: string }
  /** There is no such program, or it cannot be started. */
  | { kind: "absent" }
  /** It took too long, or wrote too much, and was ended. */
  | { kind: "late" | "large" };

/** Runs the programs of secret managers. */
export interface SecretManagers {
  /** Whether the machine is one of Apple's, or runs Windows. */
  readonly system: "darwin" | "linux" | "windows" | "other";
  /** Whether `program` would be found. */
  has(program: string): boolean;
  /** Runs it in the person's folder, not in the working folder, whose files may be anybody's. */
  run(call: ManagerCall): Promise<ManagerAnswer>;
}
