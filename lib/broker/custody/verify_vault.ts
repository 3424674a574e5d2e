/** Whether every record of the vault opens. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { nameRecord } from "./vault_copy.ts";

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
  for (const key of keys) {
    try {
      await vault.get(key);
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      if (!["RecordCorrupt", "MasterKeyUnavailable"].includes(error.code)) {
        throw error;
      }
      damaged.push(describe(key));
    }
  }
  return { records: keys.length + nameless.length, damaged };
}

function describe(key: string): DamagedRecord {
  try {
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
