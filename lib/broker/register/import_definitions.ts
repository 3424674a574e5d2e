/** Takes definitions of another program: first they are judged, then those that were shown are installed. @module */
import { AuthsomeError } from "../../errors.ts";
import type { FoundDefinition, Skipped } from "../../import/found.ts";
import type { Provider } from "../../provider/definition.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import type { Broker } from "../broker.ts";
import { registerProvider } from "./register_provider.ts";
import {
  type DefinitionReview,
  reviewDefinition,
} from "./review_definition.ts";

/** A definition that would be installed, and what it would do. */
export interface PlannedDefinition {
  found: FoundDefinition;
  review: DefinitionReview;
}

/** Judges definitions. What has a definition here keeps it. Nothing is written. */
export async function planDefinitions(
  broker: Broker,
  found: readonly FoundDefinition[],
): Promise<{ planned: PlannedDefinition[]; skipped: Skipped[] }> {
  const planned: PlannedDefinition[] = [];
  const skipped: Skipped[] = [];
  const registered = await broker.runtime.definitionFiles.names();
  for (const each of found) {
    const { name, text, from } = each;
    if (registered.includes(name)) continue;
    const skip = (reason: string, hint: string) =>
      skipped.push({ provider: name, from, reason, hint });
    try {
      const review = await reviewDefinition(broker, text, { file: from });
      if (review.definition.name === name) {
        planned.push({ found: each, review });
      } else skip("its name is another one than that it was kept under", "");
    } catch (error) {
      if (!(error instanceof AuthsomeError) || error.exitCode === 9) {
        throw error;
      }
      if (error.code === "ProviderExists") {
        skip("authsome has one of this name, which is used instead", "");
      } else {
        const why = error.message.replace(`${from}: `, "");
        skip(
          `it is no definition that can be used: ${why}`,
          "Correct it in a file, and then: authsome register <file>",
        );
      }
    }
  }
  return { planned, skipped };
}

/** The providers as they will be once `planned` is installed. */
export function withPlanned(
  registry: Pick<ProviderRegistry, "get">,
  planned: readonly PlannedDefinition[],
): Pick<ProviderRegistry, "get"> {
  return {
    async get(name): Promise<Provider> {
      const own = planned.find(({ found }) => found.name === name)?.review;
      return own
        ? { definition: own.definition, source: "custom", warnings: [] }
        : await registry.get(name);
    },
  };
}

/**
 * Installs what was planned.
 *
 * @throws {AuthsomeError} `ProviderExists` if one of them has come to be there since.
 */
export async function registerPlanned(
  broker: Broker,
  planned: readonly PlannedDefinition[],
): Promise<void> {
  for (const { found } of planned) {
    await registerProvider(broker, found.text, {});
  }
}
