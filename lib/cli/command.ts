/**
 * The shape of a command. One description serves the parser, `--help`, completions and the documentation.
 *
 * A command module must be cheap to import: it describes itself at the top and imports what it works with
 * inside `run`.
 *
 * @module
 */
import type { CliContext } from "./context.ts";

/** What completes a parameter; the shells ask the hidden `__complete` command. */
export type Completes = "provider" | "connection" | "profile" | "file";

interface Described {
  readonly brief: string;
  /** What stands for the value in help. */
  readonly placeholder?: string;
  readonly completes?: Completes;
}

/** A flag without a value. */
export interface Switch extends Described {
  readonly kind: "boolean";
  readonly optional?: true;
}

/** A flag with a value; `parse` throws an error whose message says what is wrong. */
export interface Valued<T> extends Described {
  readonly kind: "parsed";
  parse(text: string): T;
  /** Whether it may be given several times; the values become an array. */
  readonly variadic?: boolean;
  readonly optional?: true;
}

/** A flag with one of a few values. */
export interface Choice<T extends string> extends Described {
  readonly kind: "enum";
  readonly values: readonly T[];
  readonly optional?: true;
}

/** A flag whose value's type was forgotten. */
export type Flag = Switch | Valued<unknown> | Choice<string>;

/** A positional argument. */
export interface Argument extends Described {
  readonly optional?: boolean;
  parse?(text: string): string;
}

/** Flags (camelCase here, kebab-case as typed) and positional arguments. */
export interface Parameters {
  readonly flags?: Readonly<Record<string, Flag>>;
  /** Letter → flag. */
  readonly aliases?: Readonly<Record<string, string>>;
  readonly positional?:
    | { readonly kind: "array"; readonly parameter: Argument }
    | { readonly kind: "tuple"; readonly parameters: readonly Argument[] };
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

type FlagFor<T> = [T] extends [boolean] ? Switch
  : [T] extends [readonly (infer E)[]] ? Valued<E>
  : [T] extends [string] ? Valued<T> | Choice<T>
  : Valued<T>;

/** A command as it is written: the parameters and `run` agree on `FLAGS` and `ARGS`. */
export interface CommandDefinition<FLAGS, ARGS extends readonly unknown[]>
  extends Omit<Command, "parameters" | "run"> {
  readonly parameters: Omit<Parameters, "flags"> & {
    readonly flags?: {
      readonly [K in keyof FLAGS]-?: FlagFor<NonNullable<FLAGS[K]>>;
    };
  };
  run(
    context: CliContext,
    flags: FLAGS,
    ...positional: ARGS
  ): Promise<void> | void;
}

/** Checks a command's types where it is written. */
export function defineCommand<FLAGS, ARGS extends readonly unknown[] = []>(
  command: CommandDefinition<FLAGS, ARGS>,
): Command {
  // The parser fills in what the parameters promise, so the types may be forgotten here.
  return command as unknown as Command;
}

/** A switch that is off unless given. */
export function toggle(brief: string): Switch {
  return { kind: "boolean", brief, optional: true };
}

/** A flag with a value; `completes` says what the shell may propose. */
export function option(
  brief: string,
  placeholder: string,
  completes?: Completes,
): Valued<string> {
  const parse = (text: string) => text;
  return { kind: "parsed", brief, placeholder, completes, parse };
}

/** A flag with a value that may be given several times. */
export function options(
  brief: string,
  placeholder: string,
  completes?: Completes,
): Valued<string> {
  return { ...option(brief, placeholder, completes), variadic: true };
}

/** A flag with one of a few values. */
export function choice<T extends string>(
  brief: string,
  values: readonly T[],
): Choice<T> {
  return { kind: "enum", brief, values };
}

/** An argument that must be there. */
export function argument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): Argument {
  return { brief, placeholder, completes };
}

/** An argument that may be left out. */
export function optionalArgument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): Argument {
  return { brief, placeholder, completes, optional: true };
}
