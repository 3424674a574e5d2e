/** The parameters of a command, as help and completions need them. @module */
import type { Command, Completes } from "../kit/define_command.ts";

/** The positional arguments as help and completions need them. */
export function positionals(
  command: Command,
): { name: string; usage: string; brief: string; completes?: Completes }[] {
  const { positional } = command.parameters;
  if (!positional) return [];
  const many = positional.kind === "array";
  return (many ? [positional.parameter] : positional.parameters).map((
    { placeholder = "argument", brief, optional, completes },
  ) => ({
    name: placeholder,
    usage: many
      ? `[<${placeholder}>...]`
      : optional
      ? `[<${placeholder}>]`
      : `<${placeholder}>`,
    brief,
    completes,
  }));
}

/** One flag of a command. */
export interface FlagDescription {
  /** As typed, with dashes. */
  name: string;
  alias?: string;
  brief: string;
  /** Placeholder of its value; absent for a switch. */
  value?: string;
  values?: readonly string[];
  variadic: boolean;
  completes?: Completes;
}

/** The flags of a command as help and completions need them; hidden ones left out. */
export function describeFlags(command: Command): FlagDescription[] {
  const aliases = Object.entries(command.parameters.aliases ?? {});
  return Object.entries(command.parameters.flags ?? {}).flatMap(
    ([name, flag]) => {
      if (flag.hidden) return [];
      const alias = aliases.find(([, target]) => target === name)?.[0];
      return [{
        name: "--" +
          name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
        alias: alias && `-${alias}`,
        brief: flag.brief,
        value: flag.kind === "boolean"
          ? undefined
          : flag.placeholder ?? flag.values?.join("|") ?? "value",
        values: flag.values,
        variadic: Boolean(flag.variadic),
        completes: flag.completes,
      }];
    },
  );
}
