import {
  argument,
  choice,
  defineCommand,
  toggle,
} from "../../kit/define_command.ts";
import type { UninstallFlags } from "./mcp_flags.ts";

/** `mcp uninstall <agent> <server>`: removes the entry. */
export default defineCommand<UninstallFlags, [agent: string, server: string]>({
  description:
    "Removes an entry that runs authsome mcp from the configuration of an agent. What will change is shown first, and a copy of the file is kept in the home.",
  examples: [
    ["authsome mcp uninstall claude-code linear", "by the name of the entry"],
    ["authsome mcp uninstall cursor linear-mcp --dry-run", "by the provider"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Name of the agent", "agent"),
        argument("Name of the entry, provider or URL", "server"),
      ],
    },
    flags: {
      scope: choice("For you (user, the default) or this folder", [
        "user",
        "project",
      ]),
      dryRun: toggle("Show what would change, and write nothing"),
      yes: toggle("Write it without asking"),
    },
  },

  async run(context, flags, agent, server) {
    const { runUninstall } = await import("./run_mcp_install.ts");
    await runUninstall(context, agent, server, flags);
  },
});
