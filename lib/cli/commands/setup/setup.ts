import {
  argument,
  defineCommand,
  option,
  toggle,
} from "../../kit/define_command.ts";
import type { SetupFlags } from "./run_setup.ts";

/** `setup <agent>`: the agent runs behind authsome by the name that the person types. */
export default defineCommand<SetupFlags, [agent: string]>({
  description:
    "Writes a wrapper for claude-code, codex, gemini, opencode, copilot, aider, cline, continue, qwen or llm, so that the name that you type runs the agent behind authsome. The wrappers are in the folder bin of the home; a line in the startup file of your shell puts it first in PATH. What will change is shown first, and a copy of the startup file is kept in the home. The agent itself is not changed.",
  examples: [
    ["authsome setup claude-code --sandbox", "claude runs in the sandbox"],
    ["authsome setup codex", "codex runs behind the proxy"],
    ["authsome setup gemini --dry-run", "show what would change"],
    ["authsome setup --undo claude-code", "as it was before"],
    ["authsome setup list", "what is set up, and does it come first?"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the agent", "agent")],
    },
    flags: {
      sandbox: toggle("Run it in the sandbox, where it keeps its state"),
      only: option("Give it these providers only", "p,q", "provider"),
      undo: toggle("Remove the wrapper"),
      command: option("Program to write down (default authsome)", "path"),
      noShell: toggle("Leave the startup file of the shell alone"),
      dryRun: toggle("Show what would change, and write nothing"),
      yes: toggle("Write it without asking"),
    },
  },

  async run(context, flags, agent) {
    const { runSetup, runUndo } = await import("./run_setup.ts");
    if (flags.undo) await runUndo(context, agent, flags);
    else await runSetup(context, agent, flags);
  },
});
