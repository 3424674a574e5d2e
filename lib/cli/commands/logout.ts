import { logOut } from "../../broker/log_out.ts";
import { argument, defineCommand, option } from "../kit/define_command.ts";

interface Flags {
  connection?: string;
}

/** `logout <provider>`: deletes one connection here. */
export default defineCommand<Flags, [provider: string]>({
  description:
    "Deletes the connection from the vault. The provider is not notified; use authsome revoke for that.",
  examples: [
    ["authsome logout github", "the default connection"],
    ["authsome logout github --connection work", "another one"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: { connection: option("Which connection", "name", "connection") },
  },

  async run(context, flags, provider) {
    const { output } = context;
    const broker = await context.broker();
    const { connections } = broker;
    const name = await logOut(broker, provider, flags.connection);
    const rest = await connections.names(provider);
    const next = rest.length > 0
      ? await connections.defaultName(provider)
      : undefined;
    if (output.asJson) {
      output.json({
        provider,
        connection_name: name,
        deleted: true,
        default_connection: next ?? null,
      });
      return;
    }
    output.say(`Deleted connection ${provider}/${name}.`);
    if (next !== undefined) {
      output.say(`The default of ${provider} is "${next}".`);
    }
  },
});
