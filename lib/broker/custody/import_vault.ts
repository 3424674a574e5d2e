/** Takes over a copy of another home. @module */
import { type Config, readConfig, updateConfig } from "../../config.ts";
import {
  referenceInFile,
  shownReference,
} from "../../connection/references/reference.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined, isObject, parseObject } from "../../object.ts";
import type { Broker } from "../broker.ts";
import { readSettings } from "./export_vault.ts";
import { nameRecord, type VaultCopy } from "./vault_copy.ts";

/** What is done where this home has something else under the same name: nothing at all, it stays, or it is replaced. */
export type Conflicts = "refuse" | "skip" | "replace";

/** What becomes of one part of a copy. */
export interface ImportedPart {
  /** Such as `connection github/work`. */
  what: string;
  profile?: string;
  /** `same`: it is here already. `keep`: another is here and stays. `conflict`: another is here, and nothing is imported. */
  action: "add" | "replace" | "same" | "keep" | "conflict";
  /** Where its secrets are read; of a command, its program alone. */
  references?: readonly string[];
  /** Whether one of these starts a command or reads a variable of this machine. */
  readsLocally?: boolean;
  /** Hosts that a definition sends credentials to; absent where it does not read. */
  hosts?: readonly string[];
}

/** What an import would do. */
export interface ImportPlan {
  parts: ImportedPart[];
  /** Records to write, and the revision that each is at. */
  records: { key: string; text: string; expected: number }[];
  definitions: { name: string; text: string }[];
  config: Record<string, unknown>;
}

/** Compares `copy` with this home. Nothing is written. */
export async function planVaultImport(
  broker: Broker,
  copy: VaultCopy,
  conflicts: Conflicts,
): Promise<ImportPlan> {
  const here = await readHere(broker, copy);
  const plan: ImportPlan = {
    ...{ parts: [], records: [], definitions: [], config: {} },
  };
  const compare = (
    part: Omit<ImportedPart, "action">,
    mine: string | undefined,
    theirs: string,
  ): boolean => {
    const action = mine === undefined
      ? "add"
      : mine === theirs
      ? "same"
      : ({ refuse: "conflict", skip: "keep", replace: "replace" } as const)[
        conflicts
      ];
    plan.parts.push({ ...part, action });
    return action === "add" || action === "replace";
  };
  for (const [key, text] of Object.entries(copy.records)) {
    const mine = here.records.get(key);
    if (compare({ ...nameRecord(key), ...readsOf(text) }, mine?.text, text)) {
      plan.records.push({ key, text, expected: mine?.revision ?? 0 });
    }
  }
  for (const [name, text] of Object.entries(copy.definitions)) {
    const hosts = await hostsOf(broker, name, text);
    const part = { what: `definition ${name}`, ...hosts && { hosts } };
    if (compare(part, here.definitions[name], text)) {
      plan.definitions.push({ name, text });
    }
  }
  for (const [name, value] of Object.entries(copy.config)) {
    const mine = here.config[name];
    if (
      compare(
        { what: `setting ${name}` },
        mine === undefined ? undefined : JSON.stringify(mine),
        JSON.stringify(value),
      )
    ) plan.config[name] = value;
  }
  return plan;
}

/** Where the secrets of a record are read that has none itself. */
function readsOf(
  text: string,
): Pick<ImportedPart, "references" | "readsLocally"> {
  const { references } = parseObject(text) ?? {};
  if (!isObject(references)) return {};
  const texts = Object.values(references).map(String);
  return {
    references: texts.map(shownReference),
    readsLocally: texts.some((each) => referenceInFile(each) === undefined),
  };
}

/**
 * Does what was planned. The records are written in one step, or none is; so an import that was interrupted is finished by
 * doing it again.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if there are conflicts, or a record names a command or a variable and
 * `allowsCommands` is not set; `RecordConflict` if the home was changed since.
 */
export async function importVault(
  broker: Broker,
  plan: ImportPlan,
  { allowsCommands = false }: { allowsCommands?: boolean } = {},
): Promise<void> {
  const conflict = plan.parts.find(({ action }) => action === "conflict");
  if (conflict) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot import: this home has another ${conflict.what}`,
      "Keep what is here with --skip, or replace it with --force; see with --dry-run",
    );
  }
  const local = plan.parts.find(({ action, readsLocally }) =>
    readsLocally && (action === "add" || action === "replace")
  );
  // Else a file that somebody else made starts their command at the next use.
  if (local && !allowsCommands) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot import: ${local.what} reads its secret by a command or a variable of this machine (${
        local.references!.join(", ")
      })`,
      "If you made the export, and know the command: --allow-commands; see all with --dry-run",
    );
  }
  // Read before anything is written: a setting that cannot be used ends it here.
  const config = await settingsIn(plan.config);
  const { definitionFiles, configFile } = broker.runtime;
  const before: { name: string; text: string | undefined }[] = [];
  try {
    for (const { name, text } of plan.definitions) {
      before.push({ name, text: await definitionFiles.read(name) });
      await definitionFiles.write(name, text);
    }
    if (!await (await broker.vault()).putAll(plan.records)) {
      throw new AuthsomeError(
        "RecordConflict",
        "Cannot import: another process changed the vault meanwhile",
        "Try again",
      );
    }
  } catch (error) {
    for (const { name, text } of before) {
      if (text === undefined) await definitionFiles.remove(name);
      else await definitionFiles.write(name, text);
    }
    throw error;
  }
  if (Object.keys(config).length > 0) await updateConfig(configFile, config);
  broker.audit.record({
    event: "import",
    profile: broker.profile,
    ok: true,
    detail: `a vault: ${plan.records.length} records`,
  });
}

/** Of this home, what the copy may meet. A record that does not open is another one. */
async function readHere(broker: Broker, copy: VaultCopy) {
  const vault = await broker.vault();
  const records = new Map<string, { text: string; revision: number }>();
  for (const key of Object.keys(copy.records)) {
    const revision = await vault.revision(key);
    if (revision === undefined) continue;
    const text = await vault.get(key).then(
      (record) => record?.text ?? "",
      () => "",
    );
    records.set(key, { text, revision });
  }
  return { records, ...await readSettings(broker) };
}

/** Settings as they stand in `config.json`, checked as those there are. */
async function settingsIn(
  settings: Readonly<Record<string, unknown>>,
): Promise<Partial<Config>> {
  const config = await readConfig({
    path: "the export",
    read: () =>
      Promise.resolve(JSON.stringify({ spec_version: 1, ...settings })),
    write: () => Promise.resolve(),
  });
  const { clientMetadataUrl, allowedVariables, defaultProfile } = config;
  return defined({
    clientMetadataUrl,
    allowedVariables,
    defaultProfile: settings.default_profile === undefined
      ? undefined
      : defaultProfile,
  });
}

async function hostsOf(
  broker: Broker,
  name: string,
  text: string,
): Promise<string[] | undefined> {
  const { describeDefinition } = await import(
    "../register/definition_summary.ts"
  );
  try {
    const { definition } = await broker.registry.check(name, text);
    return describeDefinition(definition).hosts;
  } catch (error) {
    // It is written all the same, and its use says what is wrong with it, as in the home that it comes from.
    if (error instanceof AuthsomeError) return undefined;
    throw error;
  }
}
