import { defineCommand } from "../../kit/define_command.ts";

/** `setup list`: the agents that are set up. */
export default defineCommand({
  description:
    "Lists the agents that authsome setup has written a wrapper for, what each runs, and whether the wrapper comes first in the PATH of this shell.",
  examples: [["authsome setup list", "and whether each comes first in PATH"]],
  parameters: {},

  async run(context) {
    const { runSetupList } = await import("./run_setup.ts");
    await runSetupList(context);
  },
});
