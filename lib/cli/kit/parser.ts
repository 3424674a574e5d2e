/** Turns a command's arguments into typed values: a library reads them, the words of the errors are ours. @module */
import { KNOWN_FLAG, parse } from "@clerc/parser";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import {
  type ArgumentShape,
  type Command,
  type FlagShape,
  kebab,
} from "./define_command.ts";
import { suggestFlags } from "./suggest.ts";
import { shorten } from "./terminal_text.ts";

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
  const known = knownFlags(command);
  const parsed = parse([...inputs], {
    flags: Object.fromEntries(
      [...known].map(([typed, flag]) => [typed, definitionOf(flag)]),
    ),
    delimiters: ["="],
    ignore(kind, text) {
      if (kind === KNOWN_FLAG && text.startsWith("--")) {
        const [typed, value] = text.slice(2).split("=", 2) as [string, string?];
        const flag = known.get(typed);
        // The library knows `--baseUrl` as `--base-url`.
        if (!flag) throw unknownFlag(`--${typed}`, command, usage);
        if (flag.shape.kind === "boolean" && value !== undefined) {
          throw usage(`--${typed} takes no value`);
        }
      }
      return false;
    },
  });
  const [unknown] = unknownFlags(parsed);
  if (unknown !== undefined) throw unknownFlag(unknown, command, usage);
  const flags: Record<string, unknown> = {};
  for (const [typed, { name, shape }] of known) {
    const given = parsed.flags[typed] as boolean | string[];
    if (given === true) flags[name] = true;
    if (typeof given === "boolean" || given.length === 0) continue;
    if (given.includes("")) throw usage(`--${typed} needs a value`);
    if (given.length > 1 && !shape.variadic) {
      throw usage(`--${typed} is given twice`);
    }
    const values = given.map((text) => readValue(typed, shape, text, usage));
    flags[name] = shape.variadic ? values : values[0];
  }
  const words = [...parsed.parameters, ...parsed.doubleDash];
  const mayBeKey = name === "login"
    ? "See: authsome login --help. If it is a secret, it is in your shell's history now: revoke it"
    : undefined;
  return [flags, ...positionalOf(command, words, usage, mayBeKey)];
}

/** What looks like a flag and is none, as it was typed but without its value: that may be a key. */
function* unknownFlags(
  { unknown, rawUnknown, parameters }: ReturnType<typeof parse>,
): Iterable<string> {
  for (const text of rawUnknown) {
    yield text.startsWith("--")
      ? text.split("=", 1)[0]!
      : `-${
        [...text.slice(1)].find((letter) => Object.hasOwn(unknown, letter))
      }`;
  }
  for (const text of parameters) {
    if (/^-./.test(text)) yield text.split("=", 1)[0]!;
  }
}

type Usage = (message: string, hint?: string) => AuthsomeError;

interface KnownFlag {
  /** In the description. */
  name: string;
  /** A letter. */
  short?: string;
  shape: FlagShape;
}

/** The flags by what is typed, without dashes. */
function knownFlags({ parameters }: Command): Map<string, KnownFlag> {
  const short = new Map(
    Object.entries(parameters.aliases ?? {})
      .map(([letter, name]) => [name, letter]),
  );
  return new Map(
    Object.entries(parameters.flags ?? {}).map((
      [name, shape],
    ) => [kebab(name), { name, short: short.get(name), shape }]),
  );
}

/** A flag for the library, which only needs to know whether it has a value. */
function definitionOf({ shape, short }: KnownFlag) {
  const letter = defined({ short });
  return shape.kind === "boolean"
    ? { type: Boolean, negatable: false, ...letter }
    : { type: [String] as const, ...letter };
}

function readValue(
  typed: string,
  shape: FlagShape,
  text: string,
  usage: Usage,
): unknown {
  if (shape.values && !shape.values.includes(text)) {
    throw usage(
      `--${typed} cannot be "${shorten(text)}"`,
      `Choose one of: ${shape.values.join(", ")}`,
    );
  }
  try {
    return shape.parse ? shape.parse(text) : text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw usage(`Cannot use "${shorten(text)}" as ${typed} (${error.message})`);
  }
}

function positionalOf(
  { parameters: { positional } }: Command,
  words: readonly string[],
  usage: Usage,
  mayBeKey?: string,
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
  if (words.length > expected.length) {
    throw usage("Unexpected argument", ...mayBeKey ? [mayBeKey] : []);
  }
  return words;
}

function unknownFlag(
  typed: string,
  command: Command,
  usage: Usage,
): AuthsomeError {
  const near = typed.startsWith("--")
    ? suggestFlags(typed.slice(2), flagNames(command))
    : [];
  return usage(
    `Unknown flag ${shorten(typed)}`,
    ...near.length > 0 ? [`Did you mean --${near.join(" or --")}?`] : [],
  );
}

/** The flags of a command as they are typed, without the dashes. */
function flagNames(command: Command): string[] {
  return Object.keys(command.parameters.flags ?? {}).map(kebab);
}
