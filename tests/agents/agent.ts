/** What a row of the table of agents is. @module */
import type { Turn } from "../support/models/turn.ts";
import type { Part } from "./installed.ts";

/** Where a turn takes place. */
export interface Place {
  /** Home folder of the person. */
  home: string;
  /** Working folder, in which the tool must leave `made.txt`. */
  work: string;
  /** Where npm packages are installed. */
  modules: string;
  /** Where the Python environments are. */
  python: string;
  /** Node that runs the agents that are scripts. */
  node: string;
}

/** A coding agent, as its documentation says that a script starts it. */
export interface Agent {
  /** Its name in the table. */
  name: string;
  /** The package, which is pinned in the lock of `part`. */
  package: string;
  part: Part;
  /** The connection: name of a definition, and of the key in `keys.ts`. */
  provider: "anthropic" | "openai" | "google-gemini" | "github";
  /** The command that asks the agent for one turn without a person. */
  command(place: Place): string[];
  /** Files that are there before, by path in the home. */
  files?: Readonly<Record<string, string>>;
  /** Folders of the home that the agent keeps its state in: a sandbox is given `--allow-write` for them. */
  writes: readonly string[];
  /** What the model does: it has the agent leave `made.txt` by a tool of its own. */
  turn(place: Place): Turn;
  /** What is wrong when its refused requests are read: one at least, and the more the faster it is. */
  flaws: readonly Flaw[];
  /** Method, host and path of the request to the model, and the field that the vendor wants the key in. */
  request: string;
  header: readonly [name: string, value: string];
}

/** Why a request is refused: no credential, a login that has expired, two providers for one host. */
export type Flaw = "missing" | "expired" | "tie";

/** What the tool writes to `made.txt`. */
export const MADE = "made by a tool of the agent";

/** A command for an agent's shell: the effect, and the environment that a tool is given. */
export const SHELL_COMMAND =
  `env > tool-environment && echo ${MADE} > made.txt`;

/** What the model says at the end of a turn. */
export const SAID = "The imitated model has finished.";

/** The two ways in which a turn is taken. */
export const MODES = ["run", "sandbox"] as const;
export type Mode = typeof MODES[number];
