/** The encrypted store: text in, text out, sealed in between. @module */
import { AuthsomeError } from "../errors.ts";
import type { Change, Keyring, Store } from "../ports/store.ts";
import { importSealingKey, open, seal, type SealingKey } from "./envelope.ts";

/**
 * Names the master key that belongs to the store. It is sealed like any other record, so opening it
 * proves that the key at hand is the right one before anything is read or written.
 */
const CHECK_KEY = "vault/check";
const CHECK_TEXT = "authsome";

/** An opened vault. */
export class Vault {
  readonly #store: Store;
  readonly #key: SealingKey;

  private constructor(store: Store, key: SealingKey) {
    this.#store = store;
    this.#key = key;
  }

  /**
   * Opens the vault, making the master key if neither a key nor a vault exists.
   *
   * @throws {AuthsomeError} `MasterKeyUnavailable` if the vault exists and its key is missing or another.
   */
  static async open(store: Store, keyring: Keyring): Promise<Vault> {
    let bytes = await keyring.read();
    if (!bytes && (await store.keys("")).length > 0) {
      // Another process may have made both since; a key always comes before the first record.
      bytes = await keyring.read();
      if (!bytes) throw missingKey();
    }
    if (!bytes) {
      bytes = crypto.getRandomValues(new Uint8Array(32));
      await keyring.create(bytes);
      // Another process may have been faster; the key that was kept is the one to use.
      bytes = await keyring.read() ?? bytes;
    }
    const key = await importSealingKey(bytes);
    const check = await store.get(CHECK_KEY);
    if (check) {
      await open(key, CHECK_KEY, check.value);
    } else if (
      await store.put(CHECK_KEY, await seal(key, CHECK_KEY, CHECK_TEXT), 0) ===
        undefined
    ) {
      const winner = await store.get(CHECK_KEY);
      if (winner) await open(key, CHECK_KEY, winner.value);
    }
    return new Vault(store, key);
  }

  /** The record's text and revision, or `undefined`. Throws `RecordCorrupt` if it does not open. */
  async get(
    recordKey: string,
  ): Promise<{ revision: number; text: string } | undefined> {
    const record = await this.#store.get(recordKey);
    if (!record) return undefined;
    return {
      revision: record.revision,
      text: await open(this.#key, recordKey, record.value),
    };
  }

  /**
   * Replaces the record read at revision `expected` (0: it is new).
   *
   * @returns the new revision, or `undefined` if the record changed meanwhile and nothing was written.
   */
  async put(
    recordKey: string,
    text: string,
    expected: number,
  ): Promise<number | undefined> {
    return await this.#store.put(
      recordKey,
      await seal(this.#key, recordKey, text),
      expected,
    );
  }

  /**
   * Replaces every record, each read at revision `expected` (0: it is new), in one step.
   *
   * @returns whether it did; if one of them changed meanwhile, nothing was written.
   */
  async putAll(
    records: readonly { key: string; text: string; expected: number }[],
  ): Promise<boolean> {
    const changes: Change[] = [];
    for (const { key, text, expected } of records) {
      const value = await seal(this.#key, key, text);
      changes.push({ key, value, expected });
    }
    return await this.#store.transact(changes) !== undefined;
  }

  /** The record's revision, or `undefined` if there is none. Opens nothing, so a damaged record has one too. */
  async revision(recordKey: string): Promise<number | undefined> {
    return (await this.#store.get(recordKey))?.revision;
  }

  /** Deletes the record read at revision `expected`; says whether it did. */
  async delete(recordKey: string, expected: number): Promise<boolean> {
    return await this.#store.delete(recordKey, expected);
  }

  /** Differs once any process has written; see {@linkcode Store.version}. */
  version(): Promise<number> {
    return this.#store.version();
  }

  /** Record keys that start with `prefix`, in code point order; the vault's own are left out. */
  async keys(prefix: string): Promise<string[]> {
    return (await this.#store.keys(prefix)).filter((key) => key !== CHECK_KEY);
  }
}

function missingKey(): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open vault: it exists, but its master key is missing",
    "Restore master.key from a backup; a new key cannot open an existing vault",
  );
}
