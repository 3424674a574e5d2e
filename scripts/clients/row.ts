/** What a row of the matrix of clients is. @module */

/** The ways in which a row is tried: `authsome run`, `authsome run --sandbox` and `authsome doctor --client`. */
export const MODES = ["run", "sandbox", "doctor"] as const;
export type Mode = typeof MODES[number];

/** Where the version of a client is read from: a package that is installed, or what a command prints. */
export type VersionSource =
  | { npm: string }
  | { pypi: string; in?: "tools" | "aider" | "llm" }
  | { go: string }
  | { crate: string }
  | { maven: string }
  | { command: readonly string[] };

/** One client and the request that it makes. */
export interface Row {
  name: string;
  /** Name of the definition, and of the connection in `connections.ts`; its key must reach the API. */
  provider: string;
  /** Program and arguments; `{name}` is a path of `installed.ts`, `{work}` the row's empty working folder. */
  command: readonly string[];
  version: VersionSource;
  /** Variables of the person's shell, filled in likewise. */
  env?: Readonly<Record<string, string>>;
  /** Files of the working folder and what is in them, filled in likewise. */
  files?: Readonly<Record<string, string>>;
  /** Commands that prepare the working folder, outside of authsome. */
  before?: readonly (readonly string[])[];
  /** Folders of the home that the client writes to, which a sandbox is asked to allow. */
  writes?: readonly string[];
  /** What it reads. */
  stdin?: string;
  /** How long it may take, in seconds. Default: 60. */
  limit?: number;
  /** It asks the API on Node: see `api/on_node.ts`. */
  onNode?: true;
}

/** What came of a row in a mode. */
export interface Outcome {
  ok: boolean;
  /** Why it is not ok, on one line; of `doctor`, what it says in any case. */
  said?: string;
}

/** A row's entry of the record. */
export interface Recorded {
  name: string;
  version: string;
  run: Outcome;
  sandbox: Outcome;
  doctor: Outcome;
}

/** The matrix as it was last measured. */
export interface MatrixRecord {
  /** Day of the last change: `2026-11-27`. */
  date: string;
  rows: Recorded[];
}
