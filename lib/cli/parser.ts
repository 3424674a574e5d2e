/** Turns a command's arguments into typed values: the runtime's own parser reads them, the words of the errors are ours. @module */
import { parseArgs } from "node:util";
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
  for (const token of tokens(known, inputs)) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const { name: typed, value: text, inlineValue } = token;
    const flag = known.get(typed);
    // By any other spelling than its own (`-host`, `--n`) it is another flag.
    if (!flag || token.rawName !== flag.long && token.rawName !== flag.short) {
      throw unknownFlag(token.rawName, command, usage);
    }
    if (flag.shape.kind === "boolean") {
      if (text !== undefined) throw usage(`${token.rawName} takes no value`);
      flags[flag.name] = true;
      continue;
    }
    // What looks like a flag is one that was forgotten; a value that begins so is written behind "=".
    if (!text || !inlineValue && /^-./.test(text)) {
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

/** What `inputs` consist of. Nothing is refused here, so that every error says what it says in our words. */
function tokens(known: Map<string, KnownFlag>, inputs: readonly string[]) {
  const options = Object.fromEntries(
    [...known].map(([typed, { shape, short }]) => [typed, {
      type: shape.kind === "boolean" ? "boolean" as const : "string" as const,
      ...(short ? { short: short.slice(1) } : {}),
    }]),
  );
  return parseArgs({
    args: [...inputs],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

type Usage = (message: string, hint?: string) => AuthsomeError;

interface KnownFlag {
  /** In the description. */
  name: string;
  /** As typed, with dashes. */
  long: string;
  short?: string;
  shape: FlagShape;
}

/** The flags by what is typed, without dashes. */
function flagsByName({ parameters }: Command): Map<string, KnownFlag> {
  const short = new Map(
    Object.entries(parameters.aliases ?? {}).map((
      [letter, name],
    ) => [name, `-${letter}`]),
  );
  return new Map(
    Object.entries(parameters.flags ?? {}).map(([name, shape]) => {
      const typed = kebab(name);
      return [typed, {
        name,
        long: `--${typed}`,
        short: short.get(name),
        shape,
      }];
    }),
  );
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
