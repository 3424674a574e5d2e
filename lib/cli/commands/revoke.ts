import {
  type AccessToRevoke,
  accessToRevoke,
  revokeAccess,
} from "../../broker/ending/revoke_access.ts";
import type { RevokeOutcome } from "../../connection/revoke_connection.ts";
import { AuthsomeError } from "../../errors.ts";
import {
  defineCommand,
  option,
  optionalArgument,
  toggle,
} from "../kit/define_command.ts";
import { referencesOf, sayWhereSecretsStay } from "../kit/listing.ts";
import type { CliContext } from "../kit/command_context.ts";

interface Flags {
  connection?: string;
  yes?: boolean;
}

/** `revoke <provider>`: ends connections at the provider, then here. */
export default defineCommand<Flags, [provider?: string]>({
  description:
    "Tells the provider to revoke access, then deletes it here: all connections and the OAuth client, or only the connection that you name. Asks first; without a terminal it needs --yes, unless a login alone brings it back: one connection whose client registered itself. Without a provider, a terminal shows what there is to choose from.",
  examples: [
    ["authsome revoke github", "all connections and the client"],
    ["authsome revoke github --connection work", "this one; the client stays"],
    ["authsome revoke github --yes", "without asking"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [
        optionalArgument("Name of the provider", "provider", "provider"),
      ],
    },
    flags: {
      connection: option("Revoke only this connection", "name", "connection"),
      yes: toggle("Do not ask for confirmation"),
    },
  },

  async run(context, flags, named) {
    const { output } = context;
    const { provider, connection } = named === undefined
      ? await pick(context, flags.connection)
      : { provider: named, connection: flags.connection };
    const broker = await context.broker();
    const access = await accessToRevoke(broker, provider, connection);
    const asks = !flags.yes && (context.canAsk || !access.isRestorable);
    if (asks && !await context.confirm(question(provider, access), "--yes")) {
      throw new AuthsomeError("InputCancelled", "Nothing was revoked");
    }
    const references = await Promise.all(
      access.connections.map((name) => referencesOf(broker, provider, name)),
    );
    const { outcomes, deletedClient } = await revokeAccess(
      broker,
      provider,
      connection,
    );
    for (const outcome of outcomes) report(context, provider, outcome);
    if (!output.asJson) {
      references.forEach((each) => sayWhereSecretsStay(output, each));
    }
    if (output.asJson) {
      output.json({
        provider,
        connections: outcomes.map((outcome) => ({
          connection_name: outcome.name,
          revoked: outcome.kind === "revoked",
          reason: outcome.kind === "revoked" ? null : outcome.kind,
          deleted: outcome.kind !== "not_found",
        })),
        deleted_client: deletedClient,
      });
    } else if (deletedClient) {
      output.say(`Deleted the OAuth client of ${provider}.`);
    }
    // It is deleted here and still valid at the provider, so a script must get an exit code for it.
    const failed = outcomes.find(({ kind }) => kind === "failed");
    if (failed?.kind === "failed") context.exitCode = failed.error.exitCode;
  },
});

/** What is lost, in one sentence. */
function question(
  provider: string,
  { connections, deletesClient }: AccessToRevoke,
): string {
  const names = connections.map((name) => `${provider}/${name}`).join(", ");
  const client = `the OAuth client of ${provider}`;
  if (names === "") return `Delete ${client}?`;
  return deletesClient
    ? `Revoke ${names} at the provider, and delete that and ${client} here?`
    : `Revoke ${names} at the provider, and delete that here?`;
}

/** Asks for one connection, or for everything of one provider. */
async function pick(
  context: CliContext,
  only: string | undefined,
): Promise<{ provider: string; connection?: string }> {
  const { askOrRefuse, nothingToPick } = await import("../kit/pick.ts");
  askOrRefuse(context, "revoke", "provider");
  const { connections } = await context.broker();
  const found = (await connections.names())
    .filter(({ name }) => only === undefined || name === only);
  const whole = only === undefined
    ? [
      ...found.map(({ provider }) => provider),
      ...await connections.clientProviders(),
    ]
    : [];
  const choices = new Map<string, { provider: string; connection?: string }>([
    // The smaller first.
    ...found.map(({ provider, name: connection }) =>
      [`${provider}/${connection}`, { provider, connection }] as const
    ),
    ...whole.sort().map((provider) => [provider, { provider }] as const),
  ]);
  if (choices.size === 0) throw nothingToPick(only);
  const chosen = await (await context.questions()).choice(
    "What do you want to revoke?",
    [...choices].map(([value, { connection }]) => ({
      value,
      label: value,
      ...connection === undefined
        ? { hint: "all connections and the OAuth client" }
        : {},
    })),
  );
  return choices.get(chosen)!;
}

function report(
  { output }: CliContext,
  provider: string,
  outcome: RevokeOutcome,
): void {
  if (output.asJson) return;
  const name = `${provider}/${outcome.name}`;
  switch (outcome.kind) {
    case "revoked":
      return output.say(`Revoked ${name} and deleted it.`);
    case "not_found":
      return output.say(`${name} was already gone.`);
    case "not_supported":
      return output.warn(
        `Deleted ${name} here. ${provider} cannot be told: ${
          elsewhere(outcome.dashboard)
        }`,
      );
    case "failed":
      return output.warn(
        `Deleted ${name} here, but ${provider} was not told: ${outcome.error.message}. ${
          capital(elsewhere(outcome.dashboard))
        }`,
      );
  }
}

function elsewhere(dashboard: string | undefined): string {
  return dashboard === undefined
    ? "delete it there too, or it works on."
    : `delete it at ${dashboard} too, or it works on.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
