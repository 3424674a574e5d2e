/**
 * Turns a command's arguments into typed values, as its description says.
 *
 * `--flag value` and `--flag=value`, `-f value`, switches without a value; flags anywhere before `--`, only arguments
 * behind it. A value never starts with a dash, so a forgotten value is noticed.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Argument, Command, Flag } from "./command.ts";
import { suggest } from "./suggest.ts";
import { shorten } from "./text.ts";

/** Flags by name, then the positional arguments. */
export type Arguments = [
  flags: Record<string, unknown>,
  ...positional: unknown[],
];

/**
 * Flags and positional arguments of `inputs`.
 *
 * @param name the command as it is typed, for messages.
 * @throws {AuthsomeError} `Usage` for the first thing that is wrong.
 */
export function parseArguments(
  name: string,
  command: Command,
  inputs: readonly string[],
): Arguments {
  const { flags: known = {}, aliases = {} } = command.parameters;
  const refuse = (message: string, hint = `See: authsome ${name} --help`) =>
    new AuthsomeError("Usage", `${message} for "${name}"`, hint);
  const flags: Record<string, unknown> = {};
  const words: string[] = [];
  for (let index = 0; index < inputs.length; index++) {
    const input = inputs[index]!;
    if (input === "--") {
      words.push(...inputs.slice(index + 1));
      break;
    }
    if (!input.startsWith("-") || input === "-") {
      words.push(input);
      continue;
    }
    const at = input.indexOf("=");
    const typed = at < 0 ? input : input.slice(0, at);
    const key = keyOf(typed, known, aliases);
    if (key === undefined) {
      const near = suggest(typed, flagNames(command));
      throw refuse(
        `Unknown flag ${shorten(typed)}`,
        near.length > 0 ? `Did you mean ${near.join(" or ")}?` : undefined,
      );
    }
    const flag = known[key]!;
    const repeatable = flag.kind === "parsed" && flag.variadic;
    if (flags[key] !== undefined && !repeatable) {
      throw refuse(`${typed} is given twice`);
    }
    if (flag.kind === "boolean") {
      if (at >= 0) throw refuse(`${typed} takes no value`);
      flags[key] = true;
      continue;
    }
    const text = at < 0 ? inputs[++index] : input.slice(at + 1);
    if (!text || (text.startsWith("-") && text !== "-")) {
      throw refuse(`${typed} needs a value`);
    }
    const value = valueOf(flag, typed, text, refuse);
    flags[key] = repeatable
      ? [...(flags[key] as unknown[] | undefined) ?? [], value]
      : value;
  }
  return [flags, ...place(command, words, refuse)];
}

type Refuse = (message: string, hint?: string) => AuthsomeError;

function valueOf(
  flag: Exclude<Flag, { kind: "boolean" }>,
  typed: string,
  text: string,
  refuse: Refuse,
): unknown {
  if (flag.kind === "enum") {
    if (flag.values.includes(text)) return text;
    throw refuse(
      `${typed} cannot be "${shorten(text)}"`,
      `Choose one of: ${flag.values.join(", ")}`,
    );
  }
  try {
    return flag.parse(text);
  } catch (error) {
    const reason = (error as Error).message;
    throw refuse(`${typed} cannot be "${shorten(text)}" (${reason})`);
  }
}

/** The positional arguments, one for each parameter; those left out are `undefined`. */
function place(
  { parameters: { positional } }: Command,
  words: string[],
  refuse: Refuse,
): (string | undefined)[] {
  if (positional?.kind === "array") return words;
  const parameters: readonly Argument[] = positional?.parameters ?? [];
  if (words.length > parameters.length) {
    throw refuse(
      `Unexpected argument "${shorten(words[parameters.length]!)}"`,
    );
  }
  return parameters.map(({ optional, placeholder }, index) => {
    if (words[index] === undefined && !optional) {
      throw refuse(`Missing <${placeholder}>`);
    }
    return words[index];
  });
}

function keyOf(
  typed: string,
  known: Readonly<Record<string, Flag>>,
  aliases: Readonly<Record<string, string>>,
): string | undefined {
  const letter = typed.slice(1);
  if (Object.hasOwn(aliases, letter)) return aliases[letter];
  return Object.keys(known).find((key) => flagName(key) === typed);
}

/** A flag as it is typed: `showSecret` → `--show-secret`. */
export function flagName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The flags of a command as they are typed. */
export function flagNames(command: Command): string[] {
  return Object.keys(command.parameters.flags ?? {}).map(flagName);
}
