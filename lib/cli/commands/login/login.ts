import { defineCommand, optionalArgument } from "../../kit/define_command.ts";
import { LOGIN_FLAGS, type LoginFlags } from "./login_flags.ts";

/** `login <provider>`: connects an account. */
export default defineCommand<LoginFlags, [provider?: string]>({
  description:
    "Opens a local page that asks for what is needed, then the provider's own page. Secrets are never taken as arguments: enter them on the page or at a masked prompt, set the provider's variable, or use --stdin. Without a browser on this machine, paste the address of the last page into the terminal or --stdin. The URL of a remote MCP server connects to it without a definition. Without a provider, a terminal shows a list to choose from.",
  examples: [
    ["authsome login github", "in the browser"],
    ["authsome login", "choose from a list, at a terminal"],
    ["authsome login github --connection work", "a second account"],
    ["authsome login openai --stdin < key.txt", "an API key, from a script"],
    [
      "authsome login openai --from op://vault/openai/key",
      "leave the key in its manager",
    ],
    ["authsome login https://mcp.example.com/mcp", "any remote MCP server"],
    ["authsome login github --detach", "return at once, for an agent"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument(
          "Name of the provider, or URL of an MCP server",
          "provider",
          "provider",
        ),
      ],
    },
    flags: LOGIN_FLAGS,
  },

  async run(context, flags, provider) {
    const { runLogin } = await import("./run_login.ts");
    await runLogin(context, provider, flags);
  },
});
