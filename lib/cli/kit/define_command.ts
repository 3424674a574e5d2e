/**
 * The shape of a command. One description serves the parser, `--help`, completions and the documentation.
 *
 * A command module must be cheap to import: it describes itself at the top and imports what it works with
 * inside `run`.
 *
 * @module
 */
import type { CliContext } from "./command_context.ts";
import type { RunsOther } from "./globals.ts";

/** What completes a parameter; the shells ask the hidden `__complete` command. */
export type Completes =
  | "provider"
  | "connection"
  /** A connection as `provider=name`. */
  | "provider=connection"
  | "profile"
  | "file"
  | "source";

/** A flag, as the parser, help and completions see it. */
export interface FlagShape {
  /** `boolean`: a switch. `parsed`: has a value. `enum`: has one of a few values. */
  readonly kind: "boolean" | "parsed" | "enum";
  readonly brief: string;
  readonly placeholder?: string;
  readonly values?: readonly string[];
  /** Whether it may be given several times, each with a value. */
  readonly variadic?: boolean;
  readonly hidden?: boolean;
  readonly completes?: Completes;
  /** Reads the value; throws a `RangeError` that says why it cannot be used. Default: the text itself. */
  readonly parse?: (text: string) => unknown;
}

/** A flag whose value becomes a `T`. */
type Flag<T> = [T] extends [boolean | undefined]
  ? FlagShape & { readonly kind: "boolean" }
  : [T] extends [readonly (infer E)[] | undefined]
    ? ValueFlag<E> & { readonly variadic: true }
  :
    | ValueFlag<Exclude<T, undefined>>
    | FlagShape & {
      readonly kind: "enum";
      readonly values: readonly Exclude<T, undefined>[];
    };

/** A flag with a value. */
interface ValueFlag<T> extends FlagShape {
  readonly kind: "parsed";
  readonly parse: (text: string) => T;
}

/** The values of `FLAGS`; each may be left out. */
export type FlagValues<FLAGS extends Readonly<Record<string, FlagShape>>> = {
  [K in keyof FLAGS]?: FLAGS[K] extends { kind: "boolean" } ? boolean
    : FLAGS[K] extends { kind: "enum"; values: readonly (infer T)[] } ? T
    : FLAGS[K] extends ValueFlag<infer T> & { variadic: true } ? T[]
    : FLAGS[K] extends ValueFlag<infer T> ? T
    : never;
};

/** A positional argument, as the parser, help and completions see it. */
export interface ArgumentShape {
  readonly brief: string;
  readonly placeholder?: string;
  readonly optional?: boolean;
  readonly completes?: Completes;
}

/** Flags (camelCase here, kebab-case as typed) and positional arguments. */
export interface Parameters {
  readonly flags?: Readonly<Record<string, FlagShape>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly positional?:
    | { readonly kind: "array"; readonly parameter: ArgumentShape }
    | { readonly kind: "tuple"; readonly parameters: readonly ArgumentShape[] };
}

/** A command. */
export interface Command {
  /** What follows the brief in `--help`. */
  readonly description?: string;
  /** What follows the command's name in the usage line, if not made from the parameters. */
  readonly usage?: string;
  /** Command lines with what each is for; the first is the everyday one. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  readonly parameters: Parameters;
  /** Does the work. Throws `AuthsomeError`; sets `context.exitCode` only to pass a child's code on. */
  run(
    context: CliContext,
    flags: Record<string, unknown>,
    ...positional: unknown[]
  ): Promise<void> | void;
}

/** A command as it is written: the parameters and `run` agree on `FLAGS` and `ARGS`. */
interface CommandDefinition<
  FLAGS,
  ARGS extends readonly (string | undefined)[],
> extends Omit<Command, "parameters" | "run"> {
  readonly parameters: Omit<Parameters, "flags"> & {
    readonly flags?: { readonly [K in keyof Required<FLAGS>]: Flag<FLAGS[K]> };
  };
  run(
    context: CliContext,
    flags: FLAGS,
    ...positional: ARGS
  ): Promise<void> | void;
}

/** Checks a command's types where it is written. */
export function defineCommand<
  FLAGS,
  ARGS extends readonly (string | undefined)[] = [],
>(
  command: CommandDefinition<FLAGS, ARGS>,
): Command {
  // The parser fills in what the parameters promise, so the types may be forgotten here.
  return command as unknown as Command;
}

/** A switch that is off unless given. */
export function toggle(brief: string): FlagShape & { kind: "boolean" } {
  return { kind: "boolean", brief };
}

/** A flag with a value; `completes` says what the shell may propose. */
export function option(
  brief: string,
  placeholder: string,
  completes?: Completes,
): ValueFlag<string> {
  return { kind: "parsed", brief, placeholder, completes, parse: asItIs };
}

/** A flag with a value that may be given several times. */
export function options(
  brief: string,
  placeholder: string,
  completes?: Completes,
): ValueFlag<string> & { variadic: true } {
  return { ...option(brief, placeholder, completes), variadic: true };
}

/** A flag with one of a few values. */
export function choice<T extends string>(
  brief: string,
  values: readonly T[],
): FlagShape & { kind: "enum"; values: readonly T[] } {
  return { kind: "enum", brief, values };
}

/** An argument that must be there. */
export function argument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): ArgumentShape {
  return { brief, placeholder, completes };
}

/** An argument that may be left out. */
export function optionalArgument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): ArgumentShape {
  return { brief, placeholder, completes, optional: true };
}

function asItIs(text: string): string {
  return text;
}

/** One line of the table. */
export interface CommandEntry {
  /** At most 55 characters, so that help fits 80 columns. */
  readonly brief: string;
  /** Heading in `authsome --help`; commands without one are not shown. */
  readonly group?: "Connect" | "Use" | "Look" | "Manage";
  /** Set for a command that runs another one: see {@linkcode RunsOther}. */
  readonly runsOther?: readonly string[];
  /** Imports the command's module, and nothing else. */
  load(): Promise<Command>;
}

/** Every command, for what works with any of them. */
export interface CommandTable {
  /** By the words that call them, in the order of `authsome --help`. */
  readonly commands: Readonly<Record<string, CommandEntry>>;
  /** Other words for commands, by those words. */
  readonly aliases: Readonly<Record<string, string>>;
  /** The entry called by the first one or two of `words`, and how many words that took. */
  find(
    words: readonly string[],
  ): { name: string; entry: CommandEntry; length: number } | undefined;
  readonly runsOther: RunsOther;
}

/** The name of a flag as it is typed. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
