import { argument, choice, defineCommand, option, toggle } from "../command.ts";

/** The flags of `login`. */
export interface LoginFlags {
  connection?: string;
  flow?: "pkce" | "device_code" | "dcr_pkce" | "client_credentials" | "api_key";
  scopes?: string;
  baseUrl?: string;
  clientId?: string;
  resetClient?: boolean;
  force?: boolean;
  noBrowser?: boolean;
  detach?: boolean;
  timeout?: number;
  stdin?: boolean;
}

/** `login <provider>`: connects an account. */
export default defineCommand<LoginFlags, [provider: string]>({
  description:
    "Opens a page of this machine for what is needed, then the provider's own. Secrets are never taken as arguments: the page, a masked prompt, the provider's variable or --stdin ask for them.",
  examples: [
    ["authsome login github", "in the browser"],
    ["authsome login github --connection work", "a second account"],
    ["authsome login openai --stdin < key.txt", "an API key, from a script"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
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
      timeout: {
        kind: "parsed",
        parse: seconds,
        brief: "Give up after so many seconds (default 600)",
        placeholder: "seconds",
        optional: true,
      },
      stdin: toggle("Read the secret from stdin: one line"),
    },
  },

  async run(context, flags, provider) {
    const { runLogin } = await import("../login.ts");
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
