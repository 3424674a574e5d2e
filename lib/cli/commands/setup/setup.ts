import { TOOL_NAMES, toolNamed } from "../../../broker/setup/tools.ts";
import {
  argument,
  defineCommand,
  option,
  options,
  toggle,
} from "../../kit/define_command.ts";
import type { SetupFlags } from "./setup_flags.ts";

/** `setup <agent|tool>`: the agent runs behind authsome by its name, the tool asks authsome for its credentials. */
export default defineCommand<SetupFlags, [name: string]>({
  description:
    `Writes a wrapper for claude-code, codex, gemini, opencode, copilot, aider, cline, continue, qwen or llm, so that the name that you type runs the agent behind authsome. The wrappers are in the folder bin of the home; a line in the startup file of your shell puts it first in PATH. The agent itself is not changed. For ${
      TOOL_NAMES.join(", ")
    } it writes the tool's own configuration instead, so that the tool asks authsome for credentials: see authsome credential. What will change is shown first, and a copy of each file that changes is kept in the home.`,
  examples: [
    ["authsome setup claude-code --sandbox", "claude runs in the sandbox"],
    ["authsome setup codex", "codex runs behind the proxy"],
    ["authsome setup gemini --dry-run", "show what would change"],
    ["authsome setup git", "git asks authsome for credentials"],
    ["authsome setup --undo claude-code", "as it was before"],
    ["authsome setup list", "what is set up, and does it come first?"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the agent or tool", "name")],
    },
    flags: {
      sandbox: toggle("Run the agent in the sandbox, where it keeps its state"),
      only: option("Give the agent these providers only", "p,q", "provider"),
      undo: toggle("Take back what was written"),
      command: option("Program to write down (default authsome)", "path"),
      noShell: toggle("Leave the startup file of the shell alone"),
      host: options("Set the tool up for this host too", "host"),
      dryRun: toggle("Show what would change, and write nothing"),
      yes: toggle("Write it without asking"),
    },
  },

  async run(context, flags, name) {
    const tool = await toolNamed(name);
    if (tool) {
      const { setUpTool, undoTool } = await import("./run_tool_setup.ts");
      return await (flags.undo ? undoTool : setUpTool)(
        context,
        name,
        tool,
        flags,
      );
    }
    const { runSetup, runUndo } = await import("./run_setup.ts");
    if (flags.undo) await runUndo(context, name, flags);
    else await runSetup(context, name, flags);
  },
});
