/**
 * The shape of a command. One description serves the parser, `--help`, completions and the documentation.
 *
 * A command module must be cheap to import: it describes itself at the top and imports what it works with
 * inside `run`.
 *
 * @module
 */
import type {
  BaseArgs,
  CommandContext,
  TypedCommandParameters,
  TypedFlagParameter,
  TypedPositionalParameter,
} from "@stricli/core";
import type { CliContext } from "./context.ts";

/** What completes a parameter; the shells ask the hidden `__complete` command. */
export type Completes =
  | "provider"
  | "connection"
  | "profile"
  | "file"
  | "source";

/** A flag as help and completions see it. */
export interface FlagShape {
  readonly kind: "boolean" | "parsed" | "enum" | "counter";
  readonly brief: string;
  readonly placeholder?: string;
  readonly values?: readonly string[];
  readonly variadic?: boolean | string;
  readonly hidden?: boolean;
  readonly completes?: Completes;
}

/** A positional argument as help and completions see it. */
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
export interface CommandDefinition<FLAGS, ARGS extends BaseArgs>
  extends Omit<Command, "parameters" | "run"> {
  readonly parameters: TypedCommandParameters<
    { [K in keyof FLAGS]: FLAGS[K] },
    ARGS,
    CommandContext
  >;
  run(
    context: CliContext,
    flags: FLAGS,
    ...positional: ARGS
  ): Promise<void> | void;
}

/** Checks a command's types where it is written. */
export function defineCommand<FLAGS, ARGS extends BaseArgs = []>(
  command: CommandDefinition<FLAGS, ARGS>,
): Command {
  // The parser fills in what the parameters promise, so the types may be forgotten here.
  return command as unknown as Command;
}

/** A switch that is off unless given. */
export function toggle(brief: string): TypedFlagParameter<boolean | undefined> {
  return { kind: "boolean", brief, optional: true, withNegated: false };
}

/** A flag with a value; `completes` says what the shell may propose. */
export function option(
  brief: string,
  placeholder: string,
  completes?: Completes,
): TypedFlagParameter<string | undefined> {
  return { ...parsed(brief, placeholder, completes), kind: "parsed" };
}

/** A flag with a value that may be given several times. */
export function options(
  brief: string,
  placeholder: string,
  completes?: Completes,
): TypedFlagParameter<string[] | undefined> {
  return {
    ...parsed(brief, placeholder, completes),
    kind: "parsed",
    variadic: true,
  };
}

/** A flag with one of a few values. */
export function choice<T extends string>(
  brief: string,
  values: readonly T[],
): { kind: "enum"; brief: string; values: readonly T[]; optional: true } {
  return { kind: "enum", brief, values, optional: true };
}

/** An argument that must be there. */
export function argument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): TypedPositionalParameter<string> {
  const { optional: _, ...rest } = parsed(brief, placeholder, completes);
  return rest;
}

/** An argument that may be left out. */
export function optionalArgument(
  brief: string,
  placeholder: string,
  completes?: Completes,
): TypedPositionalParameter<string | undefined> {
  return parsed(brief, placeholder, completes);
}

function parsed(brief: string, placeholder: string, completes?: Completes) {
  return {
    brief,
    placeholder,
    completes,
    optional: true as const,
    parse: (text: string): string => text,
  };
}
