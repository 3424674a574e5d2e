/** Turns a command's arguments into typed values. @module */
import { AuthsomeError } from "../errors.ts";
import type { ArgumentShape, Command, FlagShape } from "./command.ts";
import { suggest } from "./suggest.ts";
import { shorten } from "./text.ts";

/** What was typed: flags by their name in the description, and positional arguments in order. */
type Values = [flags: Record<string, unknown>, ...positional: unknown[]];

/**
 * Flags and positional arguments of `inputs`: `--flag value`, `--flag=value`, `-f value`, `-fv`, and after `--` positional
 * arguments only.
 *
 * @param name the command as it is typed, for hints.
 * @throws {AuthsomeError} `Usage` for the first thing that is wrong.
 */
export function parseArguments(
  name: string,
  command: Command,
  inputs: readonly string[],
): Values {
  const usage = (message: string, hint = `See: authsome ${name} --help`) =>
    new AuthsomeError("Usage", `${message} for "${name}"`, hint);
  const known = flagsByName(command);
  const flags: Record<string, unknown> = {};
  const words: string[] = [];
  for (let at = 0; at < inputs.length; at++) {
    const input = inputs[at]!;
    if (input === "--") {
      words.push(...inputs.slice(at + 1));
      break;
    }
    if (!input.startsWith("-") || input === "-") {
      words.push(input);
      continue;
    }
    const [typed, inline] = split(input);
    const flag = known.get(typed);
    if (!flag) throw unknownFlag(typed, command, usage);
    if (flag.shape.kind === "boolean") {
      if (inline !== undefined) throw usage(`${typed} takes no value`);
      flags[flag.name] = true;
      continue;
    }
    const text = inline ?? inputs[++at];
    // What looks like a flag is one that was forgotten; a value that begins so is written behind "=".
    if (!text || inline === undefined && /^-./.test(text)) {
      throw usage(`${flag.long} needs a value`);
    }
    const value = readValue(flag, text, usage);
    if (flag.shape.variadic) {
      flags[flag.name] = [...flags[flag.name] as unknown[] ?? [], value];
    } else if (flag.name in flags) {
      throw usage(`${flag.long} is given twice`);
    } else flags[flag.name] = value;
  }
  return [flags, ...positionalOf(command, words, usage)];
}

type Usage = (message: string, hint?: string) => AuthsomeError;

interface KnownFlag {
  /** In the description. */
  name: string;
  /** As typed, with dashes. */
  long: string;
  shape: FlagShape;
}

function flagsByName({ parameters }: Command): Map<string, KnownFlag> {
  const known = new Map<string, KnownFlag>();
  for (const [name, shape] of Object.entries(parameters.flags ?? {})) {
    const long = `--${kebab(name)}`;
    known.set(long, { name, long, shape });
  }
  for (const [letter, name] of Object.entries(parameters.aliases ?? {})) {
    known.set(`-${letter}`, known.get(`--${kebab(name)}`)!);
  }
  return known;
}

/** A flag and the value in the same word, if there is one. */
function split(input: string): [flag: string, value?: string] {
  if (!input.startsWith("--")) {
    const value = input.slice(2);
    return value === "" ? [input] : [input.slice(0, 2), value];
  }
  const at = input.indexOf("=");
  return at < 0 ? [input] : [input.slice(0, at), input.slice(at + 1)];
}

function readValue(
  { long, shape }: KnownFlag,
  text: string,
  usage: Usage,
): unknown {
  if (shape.values && !shape.values.includes(text)) {
    throw usage(
      `${long} cannot be "${shorten(text)}"`,
      `Choose one of: ${shape.values.join(", ")}`,
    );
  }
  try {
    return shape.parse ? shape.parse(text) : text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usage(
      `Cannot use "${shorten(text)}" as ${long.slice(2)} (${error.message})`,
    );
  }
}

function positionalOf(
  { parameters: { positional } }: Command,
  words: readonly string[],
  usage: Usage,
): readonly string[] {
  if (positional?.kind === "array") return words;
  const expected: readonly ArgumentShape[] = positional?.parameters ?? [];
  const missing = expected.findIndex(({ optional }, index) =>
    !optional && index >= words.length
  );
  if (missing >= 0) {
    throw usage(`Missing <${expected[missing]!.placeholder ?? "argument"}>`);
  }
  // Not repeated: it may be a key that was typed where none is taken.
  if (words.length > expected.length) throw usage("Unexpected argument");
  return words;
}

function unknownFlag(
  typed: string,
  command: Command,
  usage: Usage,
): AuthsomeError {
  const near = typed.startsWith("--")
    ? suggest(typed.slice(2), flagNames(command))
    : [];
  return usage(
    `Unknown flag ${shorten(typed)}`,
    ...near.length > 0 ? [`Did you mean --${near.join(" or --")}?`] : [],
  );
}

/** The flags of a command as they are typed, without the dashes. */
export function flagNames(command: Command): string[] {
  return Object.keys(command.parameters.flags ?? {}).map(kebab);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
