/** The flags that every command takes, before or after its name. @module */
import { AuthsomeError } from "../../errors.ts";
import { shorten } from "./terminal_text.ts";

/** Values of the global flags. */
export interface Globals {
  json: boolean;
  quiet: boolean;
  noColor: boolean;
  verbose: boolean;
  help: boolean;
  version: boolean;
  profile?: string;
  logFile?: string;
}

/** The global flags as `--help` shows them. */
export const GLOBAL_FLAGS = [
  { name: "--json", brief: "Print one JSON object" },
  { name: "--quiet", brief: "Print data only" },
  { name: "--no-color", brief: "Print without colour" },
  {
    name: "--verbose",
    brief: "Print more details, and where an error occurred",
  },
  { name: "--log-file", value: "path", brief: "Append a log to a file" },
  { name: "--profile", value: "name", brief: "Use this profile" },
  { name: "--help", alias: "-h", brief: "Show help" },
  { name: "--version", alias: "-v", brief: "Show the version" },
] as const satisfies readonly {
  name: string;
  alias?: string;
  value?: string;
  brief: string;
}[];

const SWITCHES: Record<string, keyof Globals> = {
  "--json": "json",
  "--quiet": "quiet",
  "--no-color": "noColor",
  "--verbose": "verbose",
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-v": "version",
};
const VALUES: Record<string, "profile" | "logFile"> = {
  "--profile": "profile",
  "--log-file": "logFile",
};

/**
 * For the name of a command that runs another one: its flags that have a value, since the other one begins at the first
 * word that is neither a flag nor its value. `undefined` for a command that runs no other.
 */
export type RunsOther = (name: string) => readonly string[] | undefined;

/**
 * Takes the global flags out of `argv`. What stands behind `--` belongs to someone else and stays as it is, and so does
 * the command that another one runs; it has `--` before it in `rest`, typed or not.
 *
 * Never throws: a problem is returned, so that it can be reported as the other flags ask.
 */
export function takeGlobals(
  argv: readonly string[],
  runsOther: RunsOther,
): {
  globals: Globals;
  rest: string[];
  /** `rest` without a `--` that nobody typed. */
  typed: string[];
  problem?: AuthsomeError;
} {
  const globals: Globals = {
    json: false,
    quiet: false,
    noColor: false,
    verbose: false,
    help: false,
    version: false,
  };
  const rest: string[] = [];
  let typed: string[] | undefined;
  let problem: AuthsomeError | undefined;
  let valueFlags: readonly string[] | undefined;
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]!;
    if (argument === "--") {
      rest.push(...argv.slice(index));
      break;
    }
    if (!argument.startsWith("-") || argument === "-") {
      if (valueFlags) {
        typed = [...rest, ...argv.slice(index)];
        rest.push("--", ...argv.slice(index));
        break;
      }
      if (rest.length === 0) valueFlags = runsOther(argument);
    }
    const [name, inline] = split(argument);
    if (Object.hasOwn(SWITCHES, name)) {
      if (inline === undefined) {
        Object.assign(globals, { [SWITCHES[name]!]: true });
      } else problem ??= usage(`${name} takes no value`, `Write only ${name}`);
    } else if (Object.hasOwn(VALUES, name)) {
      const value = inline ?? argv[++index];
      if (!value || (inline === undefined && value.startsWith("-"))) {
        problem ??= usage(`${name} needs a value`, `Write ${name} <value>`);
        if (value === "--") break;
      } else globals[VALUES[name]!] = value;
    } else {
      if (inline === "") {
        problem ??= usage(
          `${shorten(name)} needs a value`,
          `Write ${shorten(name)} <value>, or leave it out`,
        );
      }
      rest.push(argument);
      const value = argv[index + 1];
      if (valueFlags?.includes(argument) && value?.startsWith("-") === false) {
        rest.push(value);
        index++;
      }
    }
  }
  return { globals, rest, typed: typed ?? rest, problem };
}

function split(argument: string): [name: string, value?: string] {
  const at = argument.startsWith("--") ? argument.indexOf("=") : -1;
  return at < 0 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

function usage(message: string, hint: string): AuthsomeError {
  return new AuthsomeError("Usage", message, hint);
}
