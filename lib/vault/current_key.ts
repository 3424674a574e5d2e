/** The data key of a vault as it is now: another process may change it while this one runs. @module */
import { AuthsomeError } from "../errors.ts";
import type { Keyring, Store } from "../ports/store.ts";
import {
  type DataKey,
  importDataKey,
  importMasterKey,
  type MasterKey,
} from "./derived_keys.ts";
import {
  decodeKeyRecord,
  KEY_RECORD,
  type KeyRecord,
  newDataKey,
  unwrapDataKey,
} from "./key_record.ts";

/** How often a master key that does not fit is read again: a key command may be replacing it. */
const READS = 2;

/** Says more of an error, as who knows where the key comes from. */
type Explain = (error: unknown) => unknown;

/** The data key, and how to follow its changes. */
export class CurrentKey {
  readonly #store: Store;
  readonly #keyring: Keyring;
  readonly #explain: Explain;
  /** The one that opened the vault last. It is kept, since the source may have to ask a person. */
  #master: MasterKey;
  #data: DataKey;
  #revision: number;
  /** Those before it. None of them comes back, but with a key record of before. */
  readonly #retired = new Set<string>();

  private constructor(
    store: Store,
    keyring: Keyring,
    explain: Explain,
    opened: { master: MasterKey; data: DataKey; revision: number },
  ) {
    this.#store = store;
    this.#keyring = keyring;
    this.#explain = explain;
    this.#master = opened.master;
    this.#data = opened.data;
    this.#revision = opened.revision;
  }

  /**
   * Opens the data key; makes both keys if there is neither a key nor a vault, and seals a vault of format 1 anew.
   *
   * @throws {AuthsomeError} `MasterKeyUnavailable` if there is a vault and its master key is missing or another.
   */
  static async open(
    store: Store,
    keyring: Keyring,
    explain: Explain = (error) => error,
  ): Promise<CurrentKey> {
    let bytes = await keyring.read();
    let found = await store.get(KEY_RECORD);
    if (!found) {
      bytes = await prepare(store, keyring, bytes);
      found = await store.get(KEY_RECORD);
      if (!found) throw missingKey();
    }
    // Another process may have made both since; a key always comes before the first record.
    bytes ??= await keyring.read();
    if (!bytes) throw missingKey();
    return new CurrentKey(
      store,
      keyring,
      explain,
      await unwrap(store, keyring, found, await importMasterKey(bytes)),
    );
  }

  get data(): DataKey {
    return this.#data;
  }

  /** Revision of the key record. A write that names it is not done once the key has changed. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Looks whether the key record has changed, and takes the data key that it has now.
   *
   * @returns whether it has changed.
   * @throws {AuthsomeError} `MasterKeyUnavailable` if the new one cannot be had; `StoreUnavailable` if the key record is
   * gone, or was replaced by one of before.
   */
  async renew(): Promise<boolean> {
    const found = await this.#store.get(KEY_RECORD);
    if (!found) throw otherRecord("gone");
    if (found.revision === this.#revision) return false;
    const { kid } = decodeKeyRecord(found.value);
    if (this.#retired.has(kid)) throw otherRecord("one of before a rotation");
    if (kid !== this.#data.kid) {
      const opened = await unwrap(
        this.#store,
        this.#keyring,
        found,
        this.#master,
      ).catch((error) => {
        throw this.#explain(error);
      });
      this.#retired.add(this.#data.kid);
      this.#master = opened.master;
      this.#data = opened.data;
      this.#revision = opened.revision;
    } else this.#revision = found.revision;
    return true;
  }
}

/** Unwraps the data key with `master`, or with what the source gives now. */
async function unwrap(
  store: Store,
  keyring: Keyring,
  found: { revision: number; value: string },
  master: MasterKey,
): Promise<{ master: MasterKey; data: DataKey; revision: number }> {
  for (let reads = 0;; reads++) {
    const record = decodeKeyRecord(found.value);
    const bytes = await unwrapDataKey(record, master);
    if (bytes) {
      const data = await importDataKey(bytes);
      return { master, data, revision: found.revision };
    }
    if (reads === READS) throw wrongKey(record, master);
    const key = await keyring.read();
    if (!key) throw missingKey();
    const next = await importMasterKey(key);
    master = next;
    found = await store.get(KEY_RECORD) ?? found;
  }
}

/** Makes the key record of a store that has none; the master key, if one was read or made. */
async function prepare(
  store: Store,
  keyring: Keyring,
  bytes: Uint8Array<ArrayBuffer> | undefined,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if ((await store.keys("")).length > 0) {
    bytes ??= await keyring.read();
    if (!bytes) throw missingKey();
    const { upgrade } = await import("./format_upgrade.ts");
    await upgrade(store, bytes);
    return bytes;
  }
  if (!bytes) {
    const created = crypto.getRandomValues(new Uint8Array(32));
    await keyring.create(created);
    // Another process may have been faster; the key that was kept is the one to use.
    bytes = await keyring.read() ?? created;
  }
  const { record } = await newDataKey(await importMasterKey(bytes));
  // Nothing is written if another process has made it.
  await store.put(KEY_RECORD, record, 0);
  return bytes;
}

function missingKey(): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open vault: it exists, but its master key is missing",
    "Restore it from a backup: authsome key restore <file>; a new key cannot open an existing vault",
  );
}

/** The error for a vault of which the source has another key. */
function wrongKey(record: KeyRecord, master: MasterKey): AuthsomeError {
  const kids = record.wraps.map(({ kid }) => kid).join(", ");
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open vault: its data key was sealed with master key ${kids}, this one is ${master.kid}`,
    "Restore the master key that belongs to this vault: authsome key restore <file>",
  );
}

function otherRecord(state: string): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use vault: the record of its data key is ${state}`,
    "Restore vault.db from a backup, as a whole",
  );
}
