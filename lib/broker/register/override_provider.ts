/** Puts a definition of the user's over a bundled one. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Provider } from "../../provider/definition.ts";
import { isProviderName } from "../../provider/name.ts";
import type { Broker } from "../broker.ts";
import { describeDefinition } from "./definition_summary.ts";

/** What an override begins with. */
export interface OverrideStart {
  /** The user's definition, else the bundled one. */
  text: string;
  /** The user's file as it is, `undefined` if there is none. An empty one counts as none, but for this. */
  file: string | undefined;
  /** Whether the user has a definition of that name. */
  isInstalled: boolean;
}

/**
 * The text that an override of `name` begins with.
 *
 * @throws {AuthsomeError} `ProviderNotFound`; `StoreUnavailable` if the user's file cannot be used.
 */
export async function startOverride(
  { registry, runtime }: Broker,
  name: string,
): Promise<OverrideStart> {
  const file = isProviderName(name)
    ? await runtime.definitionFiles.read(name)
    : undefined;
  if (file !== undefined && file.trim() !== "") {
    return { text: file, file, isInstalled: true };
  }
  const bundled = (await runtime.bundledProviders()).text(name);
  // Says which name was meant.
  if (bundled === undefined) await registry.get(name);
  const text = JSON.stringify(JSON.parse(bundled!), null, 2) + "\n";
  return { text, file, isInstalled: false };
}

/**
 * Installs `text` as the user's definition of `name`, unless the file is another than the override began with; the audit
 * log notes the hosts that its credential goes to.
 *
 * @throws {AuthsomeError} `InvalidDefinition`; `RecordConflict` if the file was changed meanwhile.
 */
export async function overrideProvider(
  { registry, runtime, audit, profile }: Broker,
  name: string,
  text: string,
  { file }: OverrideStart,
): Promise<Provider> {
  const { definitionFiles } = runtime;
  if (await definitionFiles.read(name) !== file) {
    const path = definitionFiles.path(name);
    throw new AuthsomeError(
      "RecordConflict",
      `Cannot install "${path}": it was changed in the meantime`,
      "Compare the two, and try again",
      { subject: { provider: name, file: path } },
    );
  }
  const provider = await registry.override(name, text);
  audit.record({
    event: "register",
    profile,
    provider: name,
    ok: true,
    detail: describeDefinition(provider.definition).hosts.join(","),
  });
  return provider;
}
