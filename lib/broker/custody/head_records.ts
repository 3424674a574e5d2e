/** The vault as the audit log sees it. @module */
import type { HeadRecords } from "../../audit/log_head.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Store } from "../../ports/store.ts";
import { RememberedStore } from "../../vault/remembered_store.ts";
import type { Vault } from "../../vault/vault.ts";

/** The records of `vault`; of each it is said whether `store` remembers a newer one. */
export function headRecords(vault: Vault, store: Store): HeadRecords {
  const memory = store instanceof RememberedStore ? store : undefined;
  return {
    async get(key) {
      const record = await vault.get(key);
      if (!memory) return record;
      const name = await vault.storeName(key);
      if (record) return { ...record, older: memory.older.has(name) };
      if (!memory.remembersRecord(name)) return undefined;
      throw new AuthsomeError(
        "RecordCorrupt",
        "The vault had the head of the audit log, and it was removed",
        "authsome log --verify",
      );
    },
    put: (key, text, expected) => vault.put(key, text, expected),
    revision: (key) => vault.revision(key),
  };
}
