import { argument, defineCommand } from "../../kit/define_command.ts";
import { MCP_FLAGS, type McpFlags } from "./mcp_flags.ts";

/** `mcp <url|provider>`: a remote MCP server on stdin and stdout. */
export default defineCommand<McpFlags, [server: string]>({
  description:
    "Write this where an agent's configuration asks for the command of an MCP server, or let authsome mcp install do it: the agent gets the tools of the remote server, and no configuration contains a credential. Without a login, one is opened in the browser; where there is none, the agent is given the address. A login that expires and a server that restarts go unnoticed. Servers with streamable HTTP and with the older event stream (SSE) are served.",
  examples: [
    ["authsome mcp linear-mcp", "the server of a provider"],
    ["authsome mcp https://mcp.example.com/mcp", "any remote server"],
    [
      "authsome mcp linear-mcp --connection work",
      "an account other than the default",
    ],
    [
      "authsome mcp linear-mcp --allow-tool 'list_*' --allow-tool 'get_*'",
      "only these tools",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        argument(
          "Name of the provider, or URL of an MCP server",
          "provider|url",
          "provider",
        ),
      ],
    },
    flags: MCP_FLAGS,
  },

  async run(context, flags, server) {
    const { runMcp } = await import("./run_mcp.ts");
    await runMcp(context, server, flags);
  },
});
