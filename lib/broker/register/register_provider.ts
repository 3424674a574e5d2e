/** Installs a definition. @module */
import type { Provider } from "../../provider/definition.ts";
import type { RegisterOptions } from "../../provider/registry.ts";
import type { Broker } from "../broker.ts";
import { describeDefinition } from "./definition_summary.ts";

/**
 * Validates and installs the definition in `text`; the audit log notes the hosts that its credential goes to.
 *
 * @throws {AuthsomeError} `InvalidDefinition`; `ProviderExists` without `force`.
 */
export async function registerProvider(
  { registry, audit, profile }: Broker,
  text: string,
  options: RegisterOptions,
): Promise<Provider> {
  const provider = await registry.register(text, options);
  const { definition } = provider;
  audit.record({
    event: "register",
    profile,
    provider: definition.name,
    ok: true,
    detail: describeDefinition(definition).hosts.join(","),
  });
  return provider;
}
