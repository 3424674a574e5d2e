import { defined } from "../../object.ts";
import { logOut } from "../../broker/ending/log_out.ts";
import type { CliContext } from "../kit/command_context.ts";
import { referencesOf, sayWhereSecretsStay } from "../kit/listing.ts";
import {
  defineCommand,
  option,
  optionalArgument,
} from "../kit/define_command.ts";

interface Flags {
  connection?: string;
}

/** `logout <provider>`: deletes one connection here. */
export default defineCommand<Flags, [provider?: string]>({
  description:
    "Deletes the connection from the vault. The provider is not notified; use authsome revoke for that. Without a provider, a terminal shows the connections to choose from.",
  examples: [
    ["authsome logout github", "the default connection"],
    ["authsome logout github --connection work", "another one"],
    ["authsome logout", "choose from a list, at a terminal"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the provider", "provider", "provider"),
      ],
    },
    flags: { connection: option("Which connection", "name", "connection") },
  },

  async run(context, flags, named) {
    const { output } = context;
    const chosen = named === undefined
      ? await pick(context, flags.connection)
      : { provider: named, name: flags.connection };
    const { provider } = chosen;
    const broker = await context.broker();
    const { connections } = broker;
    const references = await referencesOf(broker, provider, chosen.name);
    const name = await logOut(broker, provider, chosen.name);
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
        ...defined({ references }),
      });
      return;
    }
    output.say(`Deleted connection ${provider}/${name}.`);
    sayWhereSecretsStay(output, references);
    if (next !== undefined) {
      output.say(`The default of ${provider} is "${next}".`);
    }
  },
});

async function pick(context: CliContext, only: string | undefined) {
  const { askOrRefuse, connectionsToPick } = await import("../kit/pick.ts");
  askOrRefuse(context, "logout", "provider");
  const all = await connectionsToPick(await context.broker(), only);
  const questions = await context.questions();
  const chosen = await questions.choice(
    "Which connection do you want to delete here?",
    all.map(({ provider, name }) => ({
      value: `${provider}/${name}`,
      label: `${provider}/${name}`,
    })),
  );
  return all.find(({ provider, name }) => `${provider}/${name}` === chosen)!;
}
