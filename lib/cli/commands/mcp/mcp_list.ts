import { defineCommand } from "../../kit/define_command.ts";

/** `mcp list`: what is installed where. */
export default defineCommand({
  description:
    "Lists the entries that run authsome mcp in the configuration of agents, yours and this folder's, and those that still run mcp-remote.",
  examples: [
    ["authsome mcp list", "every agent, yours and this folder's"],
    ["authsome mcp list --json", "for a program"],
  ],
  parameters: {},

  async run(context) {
    const { runList } = await import("./run_mcp_install.ts");
    await runList(context);
  },
});
