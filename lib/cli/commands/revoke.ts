import { revokeAccess } from "../../broker/revoke_access.ts";
import type { RevokeOutcome } from "../../connection/revoke_connection.ts";
import { argument, defineCommand, option } from "../kit/define_command.ts";
import type { CliContext } from "../kit/command_context.ts";

interface Flags {
  connection?: string;
}

/** `revoke <provider>`: ends connections at the provider, then here. */
export default defineCommand<Flags, [provider: string]>({
  description:
    "Tells the provider to revoke access, then deletes it here: all connections and the OAuth client, or only the connection that you name.",
  examples: [
    ["authsome revoke github", "all connections and the client"],
    ["authsome revoke github --connection work", "this one; the client stays"],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: {
      connection: option("Revoke only this connection", "name", "connection"),
    },
  },

  async run(context, { connection }, provider) {
    const { output } = context;
    const broker = await context.broker();
    const { outcomes, deletedClient } = await revokeAccess(
      broker,
      provider,
      connection,
    );
    for (const outcome of outcomes) report(context, provider, outcome);
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
