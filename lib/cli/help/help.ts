/** Help, made from the commands' own descriptions; at most 80 columns. @module */
import type { Command } from "../kit/define_command.ts";
import { ALIASES, COMMANDS, subcommands } from "../commands.ts";
import { describeFlags, positionals } from "./describe.ts";
import { GLOBAL_FLAGS } from "../kit/globals.ts";
import { wrap } from "../kit/table.ts";

const WIDTH = 80;
const GROUPS = ["Connect", "Use", "Look", "Manage"] as const;

/** Help of a command, of a group such as `profile`, or of the program. */
export async function help(name?: string): Promise<string> {
  if (name === undefined) return programHelp();
  if (Object.hasOwn(COMMANDS, name)) {
    const entry = COMMANDS[name]!;
    return commandHelp(name, entry.brief, await entry.load());
  }
  const names = subcommands(name);
  return [
    `Usage: authsome ${name} <command>`,
    "",
    "Commands:",
    ...columns(names.map((each) => [
      each,
      Object.hasOwn(ALIASES, each)
        ? `The same as: authsome ${ALIASES[each]}`
        : COMMANDS[each]!.brief,
    ])),
  ].join("\n");
}

function programHelp(): string {
  const lines = [
    "Log in to a service once; let agents use it without seeing the credential.",
    "",
    "Usage: authsome <command> [options]",
  ];
  for (const group of GROUPS) {
    const entries = Object.entries(COMMANDS).filter(([, entry]) =>
      entry.group === group
    );
    if (entries.length === 0) continue;
    lines.push("", `${group}:`);
    lines.push(...columns(entries.map(([name, { brief }]) => [name, brief])));
  }
  return [
    ...lines,
    "",
    "Global options:",
    ...globalLines(),
    "",
    "Examples:",
    ...examples([
      ["authsome login github", "connect an account"],
      ["authsome run -- python3 agent.py", "run an agent with it"],
    ]),
  ].join("\n");
}

/** Help of one command. */
export function commandHelp(
  name: string,
  brief: string,
  command: Command,
): string {
  const flags = flagLines(command);
  const positional = positionals(command);
  const usage = command.usage ??
    [
      ...positional.map((each) => each.usage),
      ...flags.length > 0 ? ["[options]"] : [],
    ].join(" ");
  return [
    `${brief}.`,
    ...command.description ? ["", ...wrap(command.description, WIDTH)] : [],
    "",
    ...indented(`Usage: authsome ${name} `, usage),
    ...Object.keys(ALIASES).filter((alias) => ALIASES[alias] === name)
      .map((alias) => `Alias: authsome ${alias}`),
    ...positional.length > 0
      ? ["", "Arguments:", ...columns(positional.map((p) => [p.name, p.brief]))]
      : [],
    ...flags.length > 0 ? ["", "Options:", ...columns(flags)] : [],
    "",
    "Global options:",
    ...globalLines(),
    "",
    command.examples.length > 1 ? "Examples:" : "Example:",
    ...examples(command.examples),
  ].join("\n");
}

function flagLines(command: Command): [string, string][] {
  return describeFlags(command).map((flag) => {
    const value = flag.values ? "" : flag.value ? ` <${flag.value}>` : "";
    const choices = flag.values ? `: ${flag.values.join(", ")}` : "";
    return [
      `${flag.alias ? flag.alias + ", " : ""}${flag.name}${value}`,
      `${flag.brief}${choices}${flag.variadic ? " (repeatable)" : ""}`,
    ];
  });
}

function globalLines(): string[] {
  return columns(GLOBAL_FLAGS.map((flag) => [
    ("alias" in flag ? `${flag.alias}, ` : "") + flag.name +
    ("value" in flag ? ` <${flag.value}>` : ""),
    flag.brief,
  ]));
}

function examples(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([line]) => line.length));
  return lines.flatMap(([line, purpose]) => {
    const one = `  ${line.padEnd(width)}  # ${purpose}`;
    return one.length <= WIDTH ? [one] : [`  # ${purpose}`, `  ${line}`];
  });
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(28, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - width - 4);
    const indent = " ".repeat(width + 4);
    const first = left.length > width
      ? [`  ${left}`, indent + lines[0]]
      : [`  ${left.padEnd(width)}  ${lines[0]}`];
    return [...first, ...lines.slice(1).map((line) => indent + line)];
  });
}

/** `text` behind `first`; further lines stand below it. */
function indented(first: string, text: string): string[] {
  const indent = " ".repeat(first.length);
  return wrap(text, WIDTH - first.length).map((line, index) =>
    ((index === 0 ? first : indent) + line).trimEnd()
  );
}
