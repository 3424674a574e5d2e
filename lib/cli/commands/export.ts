import type { Broker } from "../../broker.ts";
import type { Connection } from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Provider } from "../../provider/definition.ts";
import {
  choice,
  defineCommand,
  option,
  optionalArgument,
} from "../kit/command.ts";
import type { CliContext } from "../kit/context.ts";
import {
  EXPORT_FORMATS,
  type ExportFormat,
  formatVariables,
} from "../kit/shell.ts";

interface Flags {
  connection?: string;
  format?: ExportFormat;
}

interface Exported {
  provider: string;
  connection_name: string;
  variables: Record<string, string>;
}

/** `export [provider]`: access tokens and API keys as variables. */
export default defineCommand<Flags, [provider?: string]>({
  description:
    "Prints the access token or API key, refreshed if need be; never a refresh token. Without a provider, every connected one. Agents need none of this: see authsome run.",
  examples: [
    ['eval "$(authsome export github)"', "into this shell"],
    ["authsome export github --format fish | source", "into fish"],
    ["authsome export --format dotenv", "every provider, as a .env file"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the provider", "provider", "provider"),
      ],
    },
    flags: {
      connection: option("Which connection", "name", "connection"),
      format: choice("How to write them (default env)", EXPORT_FORMATS),
    },
  },

  async run(context, flags, name) {
    const { output } = context;
    const broker = await context.broker();
    let exported: Exported[];
    if (name === undefined) {
      if (flags.connection !== undefined) {
        throw new AuthsomeError(
          "Usage",
          "Cannot choose a connection without a provider",
          `Name it: authsome export <provider> --connection ${flags.connection}`,
        );
      }
      exported = await exportAll(context, broker);
    } else {
      const provider = await broker.registry.get(name);
      const connection = await broker.connections.get(name, flags.connection);
      exported = [await exportOne(broker, provider, connection)];
    }
    const variables = merge(context, exported);
    // Made before anything is recorded or printed: a value that cannot be written is not exported.
    const text = formatVariables(variables, flags.format ?? "env");
    await broker.noteDisclosure(
      "export",
      exported.map(({ provider, connection_name, variables }) => ({
        provider,
        connection: connection_name,
        detail: Object.keys(variables).join(","),
      })),
    );
    if (output.asJson) output.json({ exported });
    else output.raw(text);
    if (exported.length === 0) {
      output.say(
        "Nothing is connected. Connect one: authsome login <provider>",
      );
    }
  },
});

async function exportOne(
  broker: Broker,
  provider: Provider,
  connection: Connection,
): Promise<Exported> {
  const { exportVariables } = await import("../../connection/export.ts");
  const fresh = await broker.refresh(connection, { force: false });
  const variables = Object.fromEntries(
    Object.entries(exportVariables(provider.definition, fresh)).map((
      [variable, secret],
    ) => [variable, secret.reveal()]),
  );
  if (Object.keys(variables).length === 0) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot export ${connection.provider}: its definition names no variable for this connection`,
      `Add "export" to it: authsome inspect ${connection.provider}`,
      { subject: { provider: connection.provider, field: "export.env" } },
    );
  }
  return {
    provider: connection.provider,
    connection_name: connection.name,
    variables,
  };
}

/** The default connection of every provider; one that fails is reported, decides the exit code and stops no other. */
async function exportAll(
  context: CliContext,
  broker: Broker,
): Promise<Exported[]> {
  const names = await broker.connections.names();
  const exported: Exported[] = [];
  for (const name of new Set(names.map(({ provider }) => provider))) {
    try {
      // First what is damaged: a name in a damaged vault may be that of no provider.
      const connection = await broker.connections.get(name);
      const provider = await broker.registry.get(name);
      exported.push(await exportOne(broker, provider, connection));
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      // A provider without variables was not asked for by name, so that is no failure.
      if (error.subject.field === "export.env") continue;
      context.exitCode ||= error.exitCode;
      context.output.warn(`${error.message}. ${error.hint}`);
    }
  }
  return exported;
}

function merge(
  context: CliContext,
  exported: readonly Exported[],
): Record<string, string> {
  const owners = new Map<string, string>();
  const merged: Record<string, string> = {};
  for (const { provider, variables } of exported) {
    for (const [variable, value] of Object.entries(variables)) {
      const owner = owners.get(variable);
      if (owner !== undefined) {
        context.output.warn(
          `${variable} is set by ${owner}; the one of ${provider} is left out. Choose: authsome export ${provider}`,
        );
        continue;
      }
      owners.set(variable, provider);
      merged[variable] = value;
    }
  }
  return merged;
}
