import {
  type Command,
  type CommandTable,
  defineCommand,
} from "../../kit/define_command.ts";
import { complete } from "../../help/completion.ts";

/** `__complete -- <words…>`: what the last word may become, one `word<TAB>description` a line. For the shells. */
export const completeFrom = (table: CommandTable): Command =>
  defineCommand<Record<never, never>, string[]>({
    examples: [[
      "authsome __complete -- get gi",
      "providers that start with gi",
    ]],
    parameters: {
      positional: {
        kind: "array",
        parameter: {
          brief: "Words after authsome",
          placeholder: "word",
        },
      },
    },

    async run(context, _flags, ...words) {
      const lines = (await complete(context, words, table)).map((
        { word, brief },
      ) => brief ? `${word}\t${brief}` : word);
      context.output.raw(lines.map((line) => `${line}\n`).join(""));
    },
  });
