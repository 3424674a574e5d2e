import type { Broker } from "../../broker/broker.ts";
import { AuthsomeError } from "../../errors.ts";
import type {
  Provider,
  ProviderDefinition,
} from "../../provider/definition.ts";
import { argument, defineCommand } from "../kit/define_command.ts";
import { listConnections } from "../kit/listing.ts";
import { escapeJson } from "../kit/output.ts";

/** `inspect <provider>`: the definition, ready to be saved as an override. */
export default defineCommand<Record<never, never>, [provider: string]>({
  description:
    "Save the output under providers/ in the home to override a bundled definition, or edit it with authsome override. --json adds the connections.",
  examples: [
    ["authsome inspect github", "the whole definition"],
    [
      "authsome inspect github > ~/.authsome/providers/github.json",
      "start an override",
    ],
  ],
  parameters: {
    positional: {
      kind: "tuple",
      parameters: [argument("Name of the provider", "provider", "provider")],
    },
  },

  async run(context, _flags, name) {
    const { output } = context;
    const broker = await context.broker();
    const { definition, source, warnings } = await find(broker, name);
    for (const warning of warnings) output.warn(warning);
    if (definition.unverified) {
      output.say(
        `Unverified: only one source was found for some facts of ${name}.`,
      );
    }
    if (output.asJson) {
      // On a fresh account there is nothing to read, and no vault is made for that.
      const isFresh = broker.runtime.hasStore?.() === false;
      output.json({
        ...definition,
        source,
        preferred_over: isFresh
          ? []
          : (await broker.preferences.read())[name] ?? [],
        connections: isFresh
          ? []
          : (await listConnections(broker, name)).listed,
      });
    } else {
      output.raw(escapeJson(JSON.stringify(definition, null, 2)) + "\n");
    }
  },
});

/** Reads past the empty file that the shell makes for `inspect x > …/providers/x.json` before we run. */
async function find(broker: Broker, name: string): Promise<Provider> {
  try {
    return await broker.registry.get(name);
  } catch (error) {
    if (
      !(error instanceof AuthsomeError) || error.code !== "InvalidDefinition" ||
      await broker.runtime.definitionFiles.read(name) !== ""
    ) throw error;
    const text = (await broker.runtime.bundledProviders()).text(name);
    if (text === undefined) throw error;
    const definition = JSON.parse(text) as ProviderDefinition;
    return { definition, source: "bundled", warnings: [] };
  }
}
