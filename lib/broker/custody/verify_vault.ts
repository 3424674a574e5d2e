/** Whether every record of the vault opens. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { decodePart } from "../../connection/record.ts";
import { defined } from "../../object.ts";
import { RememberedStore } from "../../vault/remembered_store.ts";
import { isCopied, nameRecord, type RecordName } from "./vault_copy.ts";

const BACKUP = "Restore vault.db from a backup";

/** A record that does not open. */
export interface DamagedRecord {
  /** The profile that it is of; absent if its name does not open either. */
  profile?: string;
  /** Such as `connection github/work`; without a profile its name in the store. */
  what: string;
  /** What to do about it. */
  hint: string;
}

/** What was found. */
export interface Verified {
  /** Records that were opened or tried, of all profiles. */
  records: number;
  damaged: DamagedRecord[];
  /** Records that are older than this machine remembers. */
  older: RecordName[];
  /** How many records this machine remembers outside of the vault; absent where nothing can. */
  remembered?: number;
}

/**
 * Opens every record of every profile; nothing is written.
 *
 * @throws {AuthsomeError} `StoreUnavailable` or `MasterKeyUnavailable` if the vault itself does not open.
 */
export async function verifyVault(broker: Broker): Promise<Verified> {
  const vault = await broker.vault();
  const { keys, nameless } = await vault.contents();
  const damaged: DamagedRecord[] = nameless.map((name) => ({
    what: `record ${name}`,
    hint: BACKUP,
  }));
  const store = await broker.store();
  const memory = store instanceof RememberedStore ? store : undefined;
  const older: RecordName[] = [];
  // What was read already, and is older, is found once more.
  memory?.older.clear();
  for (const key of keys) {
    const before = memory?.older.size ?? 0;
    try {
      await vault.get(key);
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      if (!["RecordCorrupt", "MasterKeyUnavailable"].includes(error.code)) {
        throw error;
      }
      damaged.push(describe(key));
    }
    if ((memory?.older.size ?? 0) > before) older.push(nameOf(key));
  }
  return {
    records: keys.length + nameless.length,
    damaged,
    older,
    ...defined({ remembered: memory?.remembers }),
  };
}

/** Takes what is in the vault now for the newest, though this machine remembers other records. */
export async function acceptVault(broker: Broker): Promise<number> {
  const store = await broker.store();
  return store instanceof RememberedStore ? await store.accept() : 0;
}

/** Machine-bound records too: a lease may be put back like any other. */
function nameOf(key: string): RecordName {
  const [root, profile = "", ...rest] = key.split("/");
  if (root === "remote") return { profile: "-", what: remoteRecord(key) };
  return isCopied(key)
    ? nameRecord(key)
    : { profile: decodePart(profile), what: rest.map(decodePart).join(" ") };
}

/** A phone that may answer, or the webhook, which are of no profile. */
function remoteRecord(key: string): string {
  return key.split("/").slice(1).map(decodePart).join(" ");
}

function describe(key: string): DamagedRecord {
  try {
    if (key.startsWith("remote/")) {
      const what = remoteRecord(key);
      const hint = what === "webhook"
        ? "authsome approve webhook --remove"
        : `authsome approve unpair ${what.replace(/^phone /, "")}`;
      return { what, hint };
    }
    const { profile, what } = nameRecord(key);
    const [kind, name = ""] = what.split(" ");
    const [provider, connection] = name.split("/");
    const flag = profile === "default" ? "" : ` --profile ${profile}`;
    const hint = kind === "connection"
      ? `authsome logout ${provider} --connection ${connection}${flag}`
      : kind === "client"
      ? `authsome login ${provider} --reset-client${flag}`
      : BACKUP;
    return { profile, what, hint };
  } catch {
    return { what: "a record of the vault", hint: BACKUP };
  }
}
