/** The encrypted store: text in, text out, sealed and under opaque names in between. @module */
import { AuthsomeError } from "../errors.ts";
import { counted, rangeOf } from "../text.ts";
import type { Change, Keyring, Store } from "../ports/store.ts";
import { CurrentKey } from "./current_key.ts";
import { type DataKey, opaqueName } from "./derived_keys.ts";
import { KEY_RECORD } from "./key_record.ts";
import {
  type Digest,
  type Digests,
  type Listing,
  RecordNames,
} from "./record_names.ts";
import {
  corrupt,
  openRecord,
  OtherDataKey,
  sealRecord,
} from "./sealed_record.ts";

/** What a vault may be opened with. */
interface VaultOptions {
  digest?: Digest;
  explain?: (error: unknown) => unknown;
}

/** An opened vault. It follows a change of its keys by another process. */
export class Vault {
  readonly #store: Store;
  readonly #current: CurrentKey;
  readonly #digest: Digest | undefined;
  /** Those of one data key. */
  #names: { data: DataKey; names: RecordNames } | undefined;

  private constructor(store: Store, current: CurrentKey, digest?: Digest) {
    this.#store = store;
    this.#current = current;
    this.#digest = digest;
  }

  /**
   * Opens the vault, making the master key if neither a key nor a vault exists.
   *
   * @param options `digest`: what {@linkcode digests} gives, the same in every process; `explain`: says more of an error
   * of a later change of its key.
   * @throws {AuthsomeError} `MasterKeyUnavailable` if the vault exists and its key is missing or another.
   */
  static async open(
    store: Store,
    keyring: Keyring,
    { digest, explain }: VaultOptions = {},
  ): Promise<Vault> {
    const current = await CurrentKey.open(store, keyring, explain);
    return new Vault(store, current, digest);
  }

  /** The record's text and revision, or `undefined`. Throws `RecordCorrupt` if it does not open. */
  async get(
    recordKey: string,
  ): Promise<{ revision: number; text: string } | undefined> {
    return await this.#read(recordKey, async (data, opaque, record) => ({
      revision: record.revision,
      text: await openRecord(data, opaque, recordKey, record.value),
    }));
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
    let name = "";
    const revision = await this.#write(async (data) => {
      const { opaque, value } = await sealRecord(data, recordKey, text);
      name = opaque;
      return { key: opaque, expected, value };
    });
    if (revision !== undefined) {
      const { data, revision: keyRevision } = this.#current;
      this.#namesOf(data).add(name, recordKey, revision, text);
      if (expected === 0) await this.#namesOf(data).writeIndex(keyRevision);
    }
    return revision;
  }

  /**
   * Replaces every record, each read at revision `expected` (0: it is new), in one step.
   *
   * @returns whether it did; if one of them changed meanwhile, nothing was written.
   */
  async putAll(
    records: readonly { key: string; text: string; expected: number }[],
  ): Promise<boolean> {
    let names: string[] = [];
    const done = await this.#writeAll(async (data) => {
      const changes = await Promise.all(
        records.map(async ({ key, text, expected }) => {
          const { opaque, value } = await sealRecord(data, key, text);
          return { key: opaque, expected, value };
        }),
      );
      names = changes.map(({ key }) => key);
      return changes;
    });
    if (!done) return false;
    const { data, revision } = this.#current;
    const known = this.#namesOf(data);
    records.forEach(({ key, text }, at) =>
      known.add(names[at]!, key, done[at]!, text)
    );
    await known.writeIndex(revision);
    return true;
  }

  /** The record's revision, or `undefined` if there is none. Opens nothing, so a damaged record has one too. */
  async revision(recordKey: string): Promise<number | undefined> {
    return await this.#read(
      recordKey,
      (_data, _opaque, { revision }) => Promise.resolve(revision),
    );
  }

  /** The name under which the store has the record, or would have it. */
  async storeName(recordKey: string): Promise<string> {
    return await opaqueName(this.#current.data, recordKey);
  }

  /** Deletes the record read at revision `expected`; says whether it did. */
  async delete(recordKey: string, expected: number): Promise<boolean> {
    if (expected === 0) return false;
    const done = await this.#write(async (data) => ({
      key: await opaqueName(data, recordKey),
      expected,
      value: null,
    }));
    return done !== undefined;
  }

  /** `text` as the store would have it, and its name there, for a place outside of the store. */
  async seal(
    recordKey: string,
    text: string,
  ): Promise<{ opaque: string; value: string }> {
    return await sealRecord(this.#current.data, recordKey, text);
  }

  /**
   * The text of what {@linkcode Vault.seal} gave, which `read` finds by its name; `undefined` if it finds nothing.
   *
   * @throws {AuthsomeError} `RecordCorrupt` if it does not open.
   */
  async unseal(
    recordKey: string,
    read: (opaque: string) => string | undefined,
  ): Promise<string | undefined> {
    const { data } = this.#current;
    const opaque = await opaqueName(data, recordKey);
    const value = read(opaque);
    return value === undefined
      ? undefined
      : await openRecord(data, opaque, recordKey, value);
  }

  /** Differs once any process has written; see {@linkcode Store.version}. */
  version(): Promise<number> {
    return this.#store.version();
  }

  /**
   * Record keys that start with `prefix`, in the order of their code units; the vault's own are left out.
   *
   * @throws {AuthsomeError} `RecordCorrupt` if the key of a record does not open: it may be one that is asked for.
   */
  async keys(prefix: string): Promise<string[]> {
    const listing = await this.#listing();
    refuseNameless(listing);
    const { data, revision } = this.#current;
    await this.#namesOf(data).writeIndex(revision);
    return listing.names.slice(...rangeOf(listing.names, prefix));
  }

  /**
   * The record keys that start with `prefix`, each with what the `digest` of {@linkcode open} says of its text. Few records
   * are opened for it. Throws as {@linkcode keys} does.
   */
  async digests(
    prefix: string,
  ): Promise<Digests> {
    refuseNameless(await this.#listing());
    const { data, revision } = this.#current;
    return await this.#namesOf(data).digests(prefix, revision);
  }

  /** Every record key, and the names in the store of records whose key does not open. */
  async contents(): Promise<{ keys: string[]; nameless: string[] }> {
    const { names, damaged, foreign } = await this.#listing();
    return {
      keys: [...names],
      nameless: [...damaged, ...foreign].sort(),
    };
  }

  /** With the names of records of another data key only if the vault has none. */
  async #listing(): Promise<Listing> {
    for (;;) {
      const { data } = this.#current;
      const listing = await this.#namesOf(data).list();
      if (listing.foreign.length === 0 || !await this.#current.renew()) {
        return listing;
      }
    }
  }

  #namesOf(data: DataKey): RecordNames {
    if (this.#names?.data !== data) {
      const names = new RecordNames(this.#store, data, this.#digest);
      this.#names = { data, names };
    }
    return this.#names.names;
  }

  /** Reads a record; looks once more if it is not there, or not openable, and the data key has changed meanwhile. */
  async #read<T>(
    recordKey: string,
    body: (
      data: DataKey,
      opaque: string,
      record: { revision: number; value: string },
    ) => Promise<T>,
  ): Promise<T | undefined> {
    for (;;) {
      const { data } = this.#current;
      const opaque = await opaqueName(data, recordKey);
      const record = await this.#store.get(opaque);
      try {
        if (record) return await body(data, opaque, record);
        if (!await this.#current.renew()) return undefined;
      } catch (error) {
        if (!(error instanceof OtherDataKey)) throw error;
        if (!await this.#current.renew()) {
          throw corrupt(recordKey, "it was sealed with another data key");
        }
      }
    }
  }

  /** Makes one change, unless the data key has changed: then what `change` gives for the new one. */
  async #write(
    change: (data: DataKey) => Promise<Change>,
  ): Promise<number | undefined> {
    return (await this.#writeAll(async (data) => [await change(data)]))?.[0];
  }

  /** Makes several changes in one step, likewise; the revision of each. */
  async #writeAll(
    changes: (data: DataKey) => Promise<Change[]>,
  ): Promise<number[] | undefined> {
    for (;;) {
      const { data, revision } = this.#current;
      const done = await this.#store.transact([
        { key: KEY_RECORD, expected: revision },
        ...await changes(data),
      ]);
      if (done) return done.slice(1);
      if (!await this.#current.renew()) return undefined;
    }
  }
}

function refuseNameless({ damaged, foreign }: Listing): void {
  const nameless = [...damaged, ...foreign].sort();
  if (nameless.length === 0) return;
  throw new AuthsomeError(
    "RecordCorrupt",
    `Cannot list vault: ${
      counted(nameless.length, "record")
    } in it cannot be opened, nor its name: ${nameless[0]}`,
    "Restore vault.db from a backup; authsome doctor says what else is damaged",
  );
}
