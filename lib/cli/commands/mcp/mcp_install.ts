import {
  argument,
  choice,
  defineCommand,
  option,
  toggle,
} from "../../kit/define_command.ts";
import { type InstallFlags, MCP_FLAGS } from "./mcp_flags.ts";

/** `mcp install <agent> <url|provider>`: an entry in the agent's own configuration. */
export default defineCommand<InstallFlags, [agent: string, server: string]>({
  description:
    "Writes an entry that runs authsome mcp into the configuration of claude-code, claude-desktop, codex, cursor, vscode, gemini or opencode. What will change is shown first, and a copy of the file is kept in the home. Everything else in it stays as it is. An entry that runs mcp-remote for the same server is replaced.",
  examples: [
    ["authsome mcp install claude-code linear-mcp", "for you, in every folder"],
    [
      "authsome mcp install cursor https://mcp.example.com/mcp --scope project",
      "for this folder, whoever works in it",
    ],
    [
      "authsome mcp install codex linear-mcp --dry-run",
      "show what would change, and write nothing",
    ],
    [
      "authsome mcp install vscode github-mcp --deny-tool 'delete_*'",
      "without some of its tools",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument("Name of the agent", "agent"),
        argument(
          "Name of the provider, or URL of an MCP server",
          "provider|url",
          "provider",
        ),
      ],
    },
    flags: {
      ...MCP_FLAGS,
      scope: choice("For you (user, the default) or this folder", [
        "user",
        "project",
      ]),
      name: option("Name of the entry (default: by the server)", "name"),
      command: option("Program to write down (default authsome)", "path"),
      dryRun: toggle("Show what would change, and write nothing"),
      yes: toggle("Write it without asking"),
    },
  },

  async run(context, flags, agent, server) {
    const { runInstall } = await import("./run_mcp_install.ts");
    await runInstall(context, agent, server, flags);
  },
});
