import { getToken } from "../../broker/get_token.ts";
import { argument, defineCommand, option } from "../kit/define_command.ts";
import { rfc3339 } from "../kit/time.ts";

interface Flags {
  connection?: string;
}

/** `token <provider>`: the access token or API key alone, for scripts. */
export default defineCommand<Flags, [provider: string]>({
  description:
    "The access token is refreshed first if necessary; if it has expired and cannot be refreshed, nothing is printed and the exit code is 5. Agents do not need this command: see authsome run.",
  examples: [
    ["authsome token github", "the token and a newline, nothing else"],
    ['GH_TOKEN="$(authsome token github)" gh api user', "for one program"],
    ["authsome token github --connection work", "of another account"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: {
      connection: option("Which connection", "name", "connection"),
    },
  },

  async run(context, flags, provider) {
    const { output } = context;
    const { connection, field, token } = await getToken(
      await context.broker(),
      provider,
      flags.connection,
    );
    if (
      connection.credential.type === "oauth2" && connection.credential.tokenType
    ) {
      output.say(
        "This token is bound to a key (DPoP): each request needs a proof, which authsome run and the library's fetch make.",
      );
    }
    if (!output.asJson) {
      // It must come out exactly as it is, whatever it holds.
      output.raw(`${token}\n`);
      return;
    }
    const { credential } = connection;
    output.json({
      provider: connection.provider,
      connection_name: connection.name,
      auth_type: credential.type,
      field,
      token,
      expires_at:
        credential.type === "oauth2" && credential.expiresAt !== undefined
          ? rfc3339(credential.expiresAt)
          : null,
    });
  },
});
