/** A copy of the home for another machine. @module */
import { DEFAULT_PROFILE } from "../../names.ts";
import { parseObject } from "../../object.ts";
import type { Broker } from "../broker.ts";
import { encodeCopy, isCopied, type VaultCopy } from "./vault_copy.ts";

/** Members of `config.json` that are the same on every machine of a person; folders and the key's place are not. */
const MOVED_SETTINGS = [
  "default_profile",
  "client_metadata_url",
  "allowed_variables",
] as const;

/**
 * Every record of every profile, the person's own definitions and settings: as it is, without a word to a provider.
 *
 * @throws {AuthsomeError} `RecordCorrupt` if a record does not open: a copy must be whole.
 */
export async function readCopy(broker: Broker): Promise<VaultCopy> {
  const vault = await broker.vault();
  const records: Record<string, string> = {};
  for (const key of (await vault.keys("")).filter(isCopied)) {
    const record = await vault.get(key);
    // Deleted since it was listed.
    if (record) records[key] = record.text;
  }
  return { records, ...await readSettings(broker) };
}

/** What a copy has beside records, as it is in this home. */
export async function readSettings(
  { runtime: { configFile, definitionFiles } }: Broker,
): Promise<Omit<VaultCopy, "records">> {
  const definitions: Record<string, string> = {};
  for (const name of await definitionFiles.names()) {
    const text = await definitionFiles.read(name);
    if (text?.trim()) definitions[name] = text;
  }
  const settings = parseObject(await configFile.read() ?? "") ?? {};
  // What every home has is no choice.
  if (settings.default_profile === DEFAULT_PROFILE) {
    delete settings.default_profile;
  }
  return {
    config: Object.fromEntries(
      MOVED_SETTINGS.filter((name) => settings[name] !== undefined)
        .map((name) => [name, settings[name]]),
    ),
    definitions,
  };
}

/** The text of a copy, once the audit log has it that everything was handed out. */
export async function exportVault(
  broker: Broker,
  copy: VaultCopy,
): Promise<string> {
  const { audit, clock, profile } = broker;
  await audit.flush();
  audit.record({
    event: "export",
    profile,
    ok: true,
    detail: "the whole vault",
  });
  await audit.flush();
  return encodeCopy(copy, new Date(clock.now()).toISOString());
}
