/** Whether the commands and flags that a text names exist. @module */
import {
  COMMANDS,
  findCommand,
  runsOther,
  subcommands,
} from "../../lib/cli/commands.ts";
import { GLOBAL_FLAGS, takeGlobals } from "../../lib/cli/kit/globals.ts";
import { describeFlags } from "../../lib/cli/help/describe.ts";
import { parseArguments } from "../../lib/cli/kit/parser.ts";

/** Every call of authsome in a piece of shell, as words. */
export function commandLines(shell: string): string[][] {
  const joined = shell.replace(/\\\n\s*/g, " ");
  return joined.split("\n").flatMap((line) =>
    [...line.matchAll(/(?<![\w./-])authsome (?=\S)/g)]
      .filter(({ index }) => isCommand(line.slice(0, index)))
      .map(({ 0: name, index }) => words(line.slice(index + name.length)))
  );
}

/** Whether what stands before a word makes it a command, and not an argument or a comment. */
function isCommand(before: string): boolean {
  return /(?:^|[|;&(]|\b(?:exec|then|do|\$)|\b[A-Z_]+=(?:"[^"]*"|\S*))\s*(?:\$ )?$/
    .test(before) && !/(?:^|\s)#/.test(before);
}

/** The words of one simple command: up to an operator, a redirection or a comment. */
function words(text: string): string[] {
  const found: string[] = [];
  const token =
    /\s*(?:([|;&)<>]|#)|((?:"(?:\\.|[^"])*"|'[^']*'|\\.|[^\s"'|;&)<>])+))/y;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    if (match[2] === undefined) break;
    found.push(
      match[2].replace(/"((?:\\.|[^"])*)"|'([^']*)'/g, (_, a, b) => a ?? b),
    );
  }
  // 2>file leaves its number behind.
  if (/^\s*[<>]/.test(text.slice(token.lastIndex)) && found.at(-1) === "2") {
    found.pop();
  }
  return found;
}

/** What is wrong with a call: an unknown command, flag or value. */
export async function problemOfCall(
  call: readonly string[],
): Promise<string | undefined> {
  const { globals, rest, problem } = takeGlobals(call, runsOther);
  if (problem) return problem.message;
  if (globals.help || globals.version || rest[0] === "help") return;
  const found = findCommand(rest);
  if (!found) return `Unknown command "${rest.slice(0, 2).join(" ")}"`;
  try {
    await parseArguments(
      found.name,
      await found.entry.load(),
      rest.slice(found.length),
    );
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is wrong with a mention in prose, where arguments may be left out: `authsome run --only`. */
export async function problemOfMention(
  text: string,
): Promise<string | undefined> {
  const [program, ...rest] = words(text);
  if (program !== "authsome" || rest.length === 0) return;
  const typed = rest.filter((word) => /^[a-z_-]/.test(word));
  const names = typed.filter((word) => !word.startsWith("-"));
  const flags = typed.slice(0, until(typed, "--"))
    .filter((word) => word.startsWith("-")).map((word) => word.split("=")[0]!);
  const known = new Set<string>(
    GLOBAL_FLAGS.flatMap((flag) => [
      flag.name,
      ..."alias" in flag ? [flag.alias] : [],
    ]),
  );
  if (names.length > 0) {
    const found = findCommand(names);
    if (!found) {
      return subcommands(names[0]!).length > 0 && names.length === 1
        ? undefined
        : `Unknown command "${names.slice(0, 2).join(" ")}"`;
    }
    for (const flag of describeFlags(await COMMANDS[found.name]!.load())) {
      known.add(flag.name);
      if (flag.alias) known.add(flag.alias);
    }
  }
  const strange = flags.find((flag) => !known.has(flag));
  return strange && `Unknown flag ${strange}`;
}

function until(list: readonly string[], end: string): number {
  const at = list.indexOf(end);
  return at < 0 ? list.length : at;
}
