import {
  connectionsToRemove,
  removeProvider,
} from "../../broker/remove_provider.ts";
import { AuthsomeError } from "../../errors.ts";
import { argument, defineCommand, toggle } from "../kit/define_command.ts";

/** `remove <provider>`: uninstalls a definition and what belongs to it. */
export default defineCommand<{ yes?: boolean }, [provider: string]>({
  description:
    "Deletes your definition (a bundled one is used again) and, in this profile, the provider's connections and client. The provider is not notified; use authsome revoke for that.",
  examples: [["authsome remove acme --yes", "without asking"]],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
    flags: { yes: toggle("Do not ask for confirmation") },
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
