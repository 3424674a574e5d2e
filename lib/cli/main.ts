/** From an argument list to an exit code. @module */
import { AuthsomeError } from "../errors.ts";
import { VERSION } from "../version.ts";
import { COMMANDS, findCommand, runsOther, subcommands } from "./commands.ts";
import {
  CliContext,
  type LoadBroker,
  type OpenRuntime,
} from "./kit/command_context.ts";
import { takeGlobals } from "./kit/globals.ts";
import {
  ClosedOutput,
  type CommandLineMachine,
} from "../ports/command_line.ts";
import { suggest } from "./kit/suggest.ts";
import { hasUnprintable, shorten } from "./kit/terminal_text.ts";

/**
 * Runs one command.
 *
 * @param argv the arguments, without the program's name.
 * @returns the exit code; see the table in `errors.ts`.
 */
export async function main(
  argv: readonly string[],
  machine: CommandLineMachine,
  openRuntime: OpenRuntime,
  loadBroker: LoadBroker,
): Promise<number> {
  const { globals, rest, typed, problem } = takeGlobals(argv, runsOther);
  const context = new CliContext(globals, machine, openRuntime, loadBroker);
  try {
    try {
      if (problem) throw problem;
      await dispatch(context, rest, typed);
    } finally {
      await context.close();
    }
    return context.exitCode;
  } catch (error) {
    return await report(context, error);
  }
}

async function dispatch(
  context: CliContext,
  words: string[],
  typed: readonly string[],
): Promise<void> {
  const { globals, output } = context;
  const { profile = "" } = globals;
  if (
    words[0] !== "__complete" && [...typed, profile].some(mayHoldSecret)
  ) {
    const { refuseSecrets } = await import("./kit/secret_arguments.ts");
    refuseSecrets(typed);
    refuseSecrets([`--profile=${profile}`]);
  }
  refuseStrange(words);
  if (globals.version) {
    if (globals.json) output.json({ version: VERSION });
    else output.data(`authsome ${VERSION}`);
    return;
  }
  if (words[0] === "help") {
    globals.help = true;
    words = words.slice(1);
  }
  const found = findCommand(words);
  if (found && !globals.help) {
    context.warmUp();
    // --version and --help do without.
    const [command, { parseArguments }] = await Promise.all([
      found.entry.load(),
      import("./kit/parser.ts"),
    ]);
    const inputs = words.slice(found.length);
    const values = parseArguments(found.name, command, inputs);
    context.trace(`command ${found.name}`);
    return await command.run(context, ...values);
  }
  if (!found && words.length > 0) {
    const group = subcommands(words[0]!);
    // "authsome profile" and "authsome profile --help" show what the group holds.
    if (group.length === 0 || words.length > 1) {
      throw await unknown(words, group);
    }
  }
  const { help } = await import("./help/help.ts");
  output.data(await help(found?.name ?? words[0]));
}

/** Whether it is worth while to load what looks for secrets: names of commands, providers and most flags are not. */
function mayHoldSecret(word: string): boolean {
  return /^-.*(?:key|token|secret|pass|pat|bearer|cred)/i.test(word) ||
    (!/^[a-z-]{0,19}$/.test(word) && /[=:\s]|.{8}/.test(word));
}

/** Longer than any name, path, URL or scope list that a person means. */
const LONGEST_ARGUMENT = 8192;

/** Refuses what no name, path or URL holds; what is behind `--` is not ours to judge. */
function refuseStrange(words: readonly string[]): void {
  for (const word of words) {
    if (word === "--") return;
    const problem = word.length > LONGEST_ARGUMENT
      ? "it is too long"
      : hasUnprintable(word)
      ? "it holds a control character"
      : undefined;
    if (problem) {
      throw new AuthsomeError(
        "Usage",
        `Cannot use argument "${shorten(word)}": ${problem}`,
        "Type it again, without pasting",
      );
    }
  }
}

async function unknown(
  words: string[],
  group: string[],
): Promise<AuthsomeError> {
  const { commandsFor, commandsForBoth, subcommandsFor } = await import(
    "./kit/foreign_words.ts"
  );
  const inGroup = group.length > 0;
  const prefix = inGroup ? `${words[0]} ` : "";
  const names = Object.keys(COMMANDS);
  const known = [
    ...new Set(
      (inGroup ? group : names)
        .map((name) => name.slice(prefix.length).split(" ")[0]!),
    ),
  ];
  const typed = words[inGroup ? 1 : 0]!;
  const meant = inGroup
    ? subcommandsFor(typed, known)
    : commandsFor(words, [...names, ...known]);
  const near = new Set([
    ...inGroup ? commandsForBoth(words) : [],
    ...[...meant, ...suggest(typed, known)].map((line) => prefix + line),
  ]);
  return new AuthsomeError(
    "Usage",
    `Unknown command "${prefix}${shorten(typed)}"`,
    near.size > 0
      ? `Did you mean: ${
        [...near].slice(0, 3).map((line) => `authsome ${line}`).join(", ")
      }?`
      : `See: authsome ${prefix}--help`,
  );
}

/** Says what went wrong and returns the exit code. */
async function report(
  context: CliContext,
  thrown: unknown,
): Promise<number> {
  // The reader closed the pipe (EPIPE).
  if (thrown instanceof ClosedOutput) return context.exitCode;
  const error = thrown instanceof AuthsomeError
    ? thrown
    // The message of an unknown error is not shown: it may hold a secret.
    : new AuthsomeError(
      "Unexpected",
      `Unexpected failure (${
        thrown instanceof Error ? thrown.name : "unknown"
      })`,
      context.globals.verbose
        ? "Please report this"
        : "Run it again with --verbose to see where, and report it",
    );
  try {
    context.trace(`error ${error.code}: ${error.message}`);
  } catch { /* The log file may be the error. */ }
  try {
    context.output.error(
      error,
      context.globals.verbose
        ? (await import("./frames.ts")).frames(thrown)
        : undefined,
    );
  } catch {
    /* Nobody reads it, or the terminal is gone: the exit code is left. */
  }
  return error.exitCode;
}
