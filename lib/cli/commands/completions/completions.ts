import { AuthsomeError } from "../../../errors.ts";
import { defineCommand } from "../../kit/define_command.ts";
import { COMPLETION_SCRIPTS, SHELLS } from "../../help/completion_scripts.ts";
import { suggest } from "../../kit/suggest.ts";
import { shorten } from "../../kit/terminal_text.ts";

/** `completions <shell>`: a script for the shell. */
export default defineCommand<Record<never, never>, [shell: string]>({
  description:
    "Also completes the names of providers, connections and profiles. In ~/.zshrc, put the line after compinit.",
  examples: [
    ['eval "$(authsome completions bash)"', "in ~/.bashrc"],
    ['eval "$(authsome completions zsh)"', "in ~/.zshrc"],
    ["authsome completions fish | source", "in config.fish"],
    ["authsome completions powershell | Out-String | iex", "in $PROFILE"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [{
        brief: `One of ${SHELLS.join(", ")}`,
        placeholder: "shell",
      }],
    },
  },

  run(context, _flags, shell) {
    if (!Object.hasOwn(COMPLETION_SCRIPTS, shell)) {
      const near = suggest(shell, SHELLS);
      throw new AuthsomeError(
        "Usage",
        `Cannot complete for shell "${shorten(shell)}"`,
        near.length > 0
          ? `Did you mean: authsome completions ${near[0]}?`
          : `Choose one of: ${SHELLS.join(", ")}`,
      );
    }
    const script = COMPLETION_SCRIPTS[shell as keyof typeof COMPLETION_SCRIPTS];
    if (context.output.asJson) context.output.json({ shell, script });
    else context.output.raw(script);
  },
});
