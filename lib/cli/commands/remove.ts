import {
  connectionsToRemove,
  removeProvider,
} from "../../broker/remove_provider.ts";
import { AuthsomeError } from "../../errors.ts";
import { argument, defineCommand, toggle } from "../kit/command.ts";

/** `remove <provider>`: uninstalls a definition and what belongs to it. */
export default defineCommand<{ yes?: boolean }, [provider: string]>({
  description:
    "Deletes your definition (a bundled one takes its place again) and, in this profile, the provider's connections and client. The provider is not told; authsome revoke does that.",
  examples: [["authsome remove acme --yes", "without a question"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: { yes: toggle("Do not ask") },
  },

  async run(context, flags, name) {
    const { output } = context;
    const broker = await context.broker();
    const names = await connectionsToRemove(broker, name);
    const what = names.length === 0
      ? `the definition of ${name}`
      : `the definition of ${name} and ${names.length} of its connections (${
        names.join(", ")
      })`;
    if (!flags.yes && !await context.confirm(`Delete ${what}?`, "--yes")) {
      throw new AuthsomeError("InputCancelled", "Nothing was deleted");
    }
    const { result, deletedClient } = await removeProvider(broker, name, names);
    if (output.asJson) {
      output.json({
        provider: name,
        result,
        deleted_connections: names,
        deleted_client: deletedClient,
      });
    } else {
      output.say(
        result === "reset"
          ? `Removed ${what}. The bundled definition is used again.`
          : `Removed ${what}.`,
      );
    }
  },
});
