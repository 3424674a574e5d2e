import type { LoginFlags } from "./login_flags.ts";
import {
  choice,
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../../kit/command.ts";

/** `login <provider>`: connects an account. */
export default defineCommand<LoginFlags, [provider?: string]>({
  description:
    "Opens a page of this machine for what is needed, then the provider's own. Secrets are never taken as arguments: the page, a masked prompt, the provider's variable or --stdin ask for them. Without a browser here, the address that the browser ends at can be pasted into the terminal or --stdin. The URL of a remote MCP server connects to it without a definition.",
  examples: [
    ["authsome login github", "in the browser"],
    ["authsome login github --connection work", "a second account"],
    ["authsome login openai --stdin < key.txt", "an API key, from a script"],
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
    flags: {
      connection: option("Name of the connection (default default)", "name"),
      flow: choice("How to log in", [
        "pkce",
        "device_code",
        "dcr_pkce",
        "client_credentials",
        "api_key",
      ]),
      scopes: option("Scopes in place of the provider's own", "a,b"),
      baseUrl: option("Address of your own instance", "url"),
      clientId: option("OAuth client to use; its secret is asked for", "id"),
      resetClient: toggle("Ask for the OAuth client again"),
      force: toggle("Replace a connection that works"),
      noBrowser: toggle("Print the address instead of opening it"),
      detach: toggle("Print the address as JSON and finish in the background"),
      resume: option("Follow a login that --detach started", "id"),
      timeout: {
        kind: "parsed",
        parse: seconds,
        brief: "Give up after so many seconds (default 600)",
        placeholder: "seconds",
      },
      stdin: toggle("Read the secret, or the redirect, from stdin: one line"),
    },
  },

  async run(context, flags, provider) {
    const { runLogin } = await import("./run_login.ts");
    await runLogin(context, provider, flags);
  },
});

function seconds(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 86_400) {
    throw new RangeError("it is not a whole number from 1 to 86400");
  }
  return value;
}
