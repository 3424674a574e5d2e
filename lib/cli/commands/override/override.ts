import { argument, defineCommand } from "../../kit/define_command.ts";

/** `override <provider>`: the user's own copy of a definition, edited and checked. */
export default defineCommand<Record<never, never>, [provider: string]>({
  description:
    "Copies the bundled definition to the home, where it takes precedence, and opens the copy in the editor that VISUAL or EDITOR names. It is checked when the editor ends, and only a valid one is installed. Without an editor or a terminal the copy is installed as it is and its path printed. Undo: authsome remove.",
  examples: [
    ["authsome override atlassian", "edit scopes, URLs or anything else"],
    ['VISUAL="code --wait" authsome override github', "in another editor"],
    ["authsome override github --json", "copy it and print the path"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
  },

  async run(context, _flags, provider) {
    const { override } = await import("./run_override.ts");
    await override(context, provider);
  },
});
