/** What the last word of an unfinished command line may become. @module */
import type {
  Command,
  CommandTable,
  Completes,
} from "../kit/define_command.ts";
import type { CliContext } from "../kit/command_context.ts";
import { GLOBAL_FLAGS, takeGlobals } from "../kit/globals.ts";
import {
  describeFlags,
  type FlagDescription,
  positionals,
} from "./describe.ts";
import { hasUnprintable } from "../kit/terminal_text.ts";

/**
 * A proposal. The word `:files` asks the shell to complete paths, and `:command` what it would complete if the command
 * stood alone that begins behind as many words as the brief says.
 */
interface Proposal {
  word: string;
  brief?: string;
}

const FILES: Proposal[] = [{ word: ":files" }];
const SHELLS_OWN: ReadonlySet<string> = new Set([":files", ":command"]);

/** The global flags with a value. */
const VALUE_FLAGS = [
  { name: "--log-file", completes: "file" },
  { name: "--profile", completes: "profile" },
] as const;

/** Proposals for the last of `words` (the words after `authsome`). Never throws: the shell would not show the error. */
export async function complete(
  context: CliContext,
  words: readonly string[],
  table: CommandTable,
): Promise<Proposal[]> {
  try {
    const partial = words.at(-1) ?? "";
    const proposals = await propose(
      context,
      words.slice(0, -1),
      partial,
      table,
    );
    return proposals.filter(({ word }) =>
      (word.startsWith(partial) || SHELLS_OWN.has(word)) &&
      !hasUnprintable(word)
    );
  } catch {
    return [];
  }
}

async function propose(
  context: CliContext,
  before: readonly string[],
  partial: string,
  table: CommandTable,
): Promise<Proposal[]> {
  const { rest, globals } = takeGlobals(before, table.runsOther);
  const dashes = rest.indexOf("--");
  if (dashes >= 0) {
    return table.runsOther(rest[0]!)
      ? commandAt(before.length - (rest.length - dashes - 1))
      : FILES;
  }
  const inline = /^(--[^=]+)=/.exec(partial)?.[1];
  const global = VALUE_FLAGS.find(({ name }) =>
    name === (inline ?? before.at(-1))
  );
  if (global) {
    return assigned(inline, await names(context, global.completes));
  }
  if (globals.profile !== undefined) context.globals.profile = globals.profile;
  const found = table.find(rest);
  if (!found) {
    return partial.startsWith("-")
      ? flagWords(GLOBAL_FLAGS)
      : commandWords(rest, table);
  }
  const command = await found.entry.load();
  const { values, pending } = scan(command, rest.slice(found.length));
  if (pending) return await valuesOf(context, pending, values[0]);
  if (inline !== undefined) {
    const flag = describeFlags(command).find(({ name }) => name === inline);
    return flag
      ? assigned(inline, await valuesOf(context, flag, values[0]))
      : [];
  }
  if (partial.startsWith("-")) {
    return flagWords([...describeFlags(command), ...GLOBAL_FLAGS]);
  }
  if (found.entry.runsOther) return commandAt(before.length);
  const parameters = positionals(command);
  const positional = parameters[values.length];
  return positional?.completes
    ? await names(context, positional.completes, values[0])
    : found.name === "completions" && values.length === 0
    ? ["bash", "zsh", "fish", "powershell"].map((word) => ({ word }))
    : [];
}

function commandAt(words: number): Proposal[] {
  return [{ word: ":command", brief: String(words) }];
}

function flagWords(
  flags: readonly { name: string; brief: string }[],
): Proposal[] {
  return flags.map(({ name, brief }) => ({ word: name, brief }));
}

/** The positional words so far, and the flag that waits for its value. */
function scan(
  command: Command,
  words: readonly string[],
): { values: string[]; pending?: FlagDescription } {
  const flags = describeFlags(command);
  const values: string[] = [];
  let pending: FlagDescription | undefined;
  for (const word of words) {
    if (pending) pending = undefined;
    else if (word.startsWith("-") && word !== "-") {
      const flag = flags.find((each) =>
        each.name === word || each.alias === word
      );
      if (flag?.value !== undefined) pending = flag;
    } else values.push(word);
  }
  return { values, pending };
}

function commandWords(
  rest: readonly string[],
  { commands, aliases: others }: CommandTable,
): Proposal[] {
  const prefix = rest.map((word) => `${word} `).join("");
  const proposals = new Map<string, Proposal>();
  const shown = Object.entries(commands).filter(([, { group }]) => group);
  const aliases = Object.entries(others).map(([alias, name]) =>
    [alias, { brief: `The same as: authsome ${name}` }] as const
  );
  for (const [name, { brief }] of [...shown, ...aliases]) {
    if (!name.startsWith(prefix)) continue;
    const [word, more] = name.slice(prefix.length).split(" ");
    if (!proposals.has(word!)) {
      proposals.set(word!, { word: word!, brief: more ? undefined : brief });
    }
  }
  return [...proposals.values()];
}

async function valuesOf(
  context: CliContext,
  flag: FlagDescription,
  provider?: string,
): Promise<Proposal[]> {
  if (flag.values) return flag.values.map((word) => ({ word }));
  return flag.completes ? await names(context, flag.completes, provider) : [];
}

async function names(
  context: CliContext,
  kind: Completes,
  provider?: string,
): Promise<Proposal[]> {
  if (kind === "file") return FILES;
  if (kind === "source") {
    const { SOURCES } = await import("../../import/sources.ts");
    return Object.entries(SOURCES).map(([word, { brief }]) => ({
      word,
      brief,
    }));
  }
  const broker = await context.broker();
  if (kind === "provider") {
    return (await broker.registry.names()).map((word) => ({ word }));
  }
  // Looking must not make a home.
  if (!context.machine.inspectPath(`${broker.home}/vault.db`)) return [];
  if (kind === "profile") {
    return (await broker.profiles.list()).map((word) => ({ word }));
  }
  const found = await broker.connections.names(
    kind === "connection" ? provider : undefined,
  );
  return found.map(({ provider: owner, name }) => ({
    word: kind === "connection" ? name : `${owner}=${name}`,
  }));
}

/** Values of `flag` as they stand behind its `=`; without `flag` as they are. */
function assigned(flag: string | undefined, values: Proposal[]): Proposal[] {
  return flag === undefined || values === FILES
    ? values
    : values.map(({ word, brief }) => ({ word: `${flag}=${word}`, brief }));
}
