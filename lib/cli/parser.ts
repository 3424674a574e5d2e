/** Turns a command's arguments into typed values: stricli scans, the words of the errors are ours. @module */
import {
  AliasNotFoundError,
  ArgumentParseError,
  buildApplication,
  buildCommand,
  type CommandBuilderArguments,
  type CommandContext,
  EnumValidationError,
  FlagNotFoundError,
  run,
  text_en,
  UnexpectedFlagError,
  UnexpectedPositionalError,
  UnsatisfiedFlagError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { AuthsomeError } from "../errors.ts";
import type { Command } from "./command.ts";
import { suggest } from "./suggest.ts";
import { shorten } from "./text.ts";

/**
 * Flags and positional arguments of `inputs`.
 *
 * @param name the command as it is typed, for hints.
 * @throws {AuthsomeError} `Usage` for the first thing that is wrong.
 */
export async function parseArguments(
  name: string,
  command: Command,
  inputs: readonly string[],
): Promise<[flags: Record<string, unknown>, ...positional: unknown[]]> {
  refuseOddFlags(name, inputs);
  let values: [Record<string, unknown>, ...unknown[]] | undefined;
  let failure: unknown;
  const silent = { write: () => {} };
  const application = buildApplication(
    buildCommand({
      docs: { brief: "" },
      // What a description may hold is checked by defineCommand().
      parameters: command.parameters as CommandBuilderArguments<
        Record<string, unknown>,
        unknown[],
        CommandContext
      >["parameters"],
      func(flags: Record<string, unknown>, ...positional: unknown[]) {
        values = [flags, ...positional];
      },
    }),
    {
      name: "authsome",
      scanner: {
        caseStyle: "allow-kebab-for-camel",
        allowArgumentEscapeSequence: true,
      },
      localization: {
        text: {
          ...text_en,
          exceptionWhileParsingArguments(error) {
            failure ??= error;
            return "";
          },
        },
      },
    },
    {},
  );
  await run(application, inputs, {
    process: { stdout: silent, stderr: silent },
  });
  if (values) return values;
  throw usageError(name, command, failure);
}

/** stricli takes what does not look like a flag to it (`--__proto__`, `-n5`) for an argument; people meant a flag. */
function refuseOddFlags(name: string, inputs: readonly string[]): void {
  for (const input of inputs) {
    if (input === "--") return;
    if (
      input.startsWith("-") && input !== "-" &&
      !/^(?:-[a-z]+|--[a-z][a-z-.\d_]+)(?:=|$)/i.test(input)
    ) {
      throw new AuthsomeError(
        "Usage",
        `Unknown flag ${shorten(input)} for "${name}"`,
        `See: authsome ${name} --help`,
      );
    }
  }
}

function usageError(
  name: string,
  command: Command,
  failure: unknown,
): AuthsomeError {
  const help = `See: authsome ${name} --help`;
  const usage = (message: string, hint = help) =>
    new AuthsomeError("Usage", `${message} for "${name}"`, hint);
  if (failure instanceof FlagNotFoundError) {
    const near = suggest(failure.input, flagNames(command));
    return usage(
      `Unknown flag --${shorten(failure.input)}`,
      near.length > 0 ? `Did you mean --${near.join(" or --")}?` : help,
    );
  }
  if (failure instanceof AliasNotFoundError) {
    return usage(`Unknown flag -${shorten(failure.input)}`);
  }
  if (failure instanceof UnsatisfiedFlagError) {
    return usage(`--${failure.externalFlagName} needs a value`);
  }
  if (failure instanceof UnexpectedFlagError) {
    return usage(`--${failure.externalFlagName} is given twice`);
  }
  if (failure instanceof EnumValidationError) {
    return usage(
      `--${failure.externalFlagName} cannot be "${shorten(failure.input)}"`,
      `Choose one of: ${failure.values.join(", ")}`,
    );
  }
  if (failure instanceof ArgumentParseError) {
    const reason = failure.exception instanceof Error
      ? failure.exception.message
      : "it cannot be read";
    return usage(
      `Cannot use "${
        shorten(failure.input)
      }" as ${failure.externalFlagNameOrPlaceholder} (${shorten(reason)})`,
    );
  }
  if (failure instanceof UnsatisfiedPositionalError) {
    return usage(`Missing <${failure.placeholder}>`);
  }
  if (failure instanceof UnexpectedPositionalError) {
    // Not repeated: it may be a key that was typed where none is taken.
    return usage("Unexpected argument");
  }
  return usage("Cannot read the arguments");
}

/** The flags of a command as they are typed, without the dashes. */
export function flagNames(command: Command): string[] {
  return Object.keys(command.parameters.flags ?? {}).map(kebab);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
