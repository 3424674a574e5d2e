/** The vault's text and its key, kept outside the program. @module */

/** A stored value and the revision it was read at. */
export interface StoredRecord {
  /**
   * At least 1, and more at each replacement. No revision of a key comes back, not even after the record was deleted
   * and made again: a holder of an old one can never replace the new record.
   */
  revision: number;
  /** Opaque text without NUL (SQLite ends text there); the vault puts sealed envelopes here. */
  value: string;
}

/** Every record of a store, without its value: the same place in both is the same record. */
export interface Revisions {
  /** In code point order. */
  keys: string[];
  revisions: number[];
}

/** One of the changes that a store makes together. */
export interface Change {
  key: string;
  /** The revision that the record must be at (0: there is none). */
  expected: number;
  /** The new text; `null` deletes the record; absent, nothing of it is changed. */
  value?: string | null;
  /** The key that the record has from now on. It keeps its revision, since its text is the same to who reads it. */
  to?: string;
}

/**
 * Keeps opaque text by key for many processes at once, be it in a file of this machine or on a server.
 *
 * An implementation guarantees, and `tests/support/store_contract.ts` judges:
 *
 * - Every write compares and writes in one step against every other process: of those that expect the same revision, one
 *   succeeds at most, and nothing that another wrote is lost.
 * - A write that was acknowledged is durable. After a crash, or where a write rejects, either the old or the new value is
 *   there, whole.
 * - A read that begins after a write was acknowledged, in whatever process, answers with it or with a later one.
 * - What fails rejects, with `StoreUnavailable`; nothing throws but {@linkcode Store.close}.
 */
export interface Store {
  /** The record, or `undefined` if there is none. */
  get(key: string): Promise<StoredRecord | undefined>;
  /**
   * Writes `value` only if the record is still at `expected` (0: there is none yet).
   *
   * @returns the new revision, or `undefined` if another process was faster and nothing was written.
   */
  put(
    key: string,
    value: string,
    expected: number,
  ): Promise<number | undefined>;
  /**
   * Deletes the record only if it is still at `expected`.
   *
   * @returns whether a record was deleted.
   */
  delete(key: string, expected: number): Promise<boolean>;
  /**
   * Makes every change in one step, or none: only if each record is still at its `expected`.
   *
   * @param version if given, nothing is written either if {@linkcode Store.version} is no longer this number.
   * @returns the revision of each record after it (0: there is none), or `undefined` if nothing was written.
   */
  transact(
    changes: readonly Change[],
    version?: number,
  ): Promise<number[] | undefined>;
  /** Keys that start with `prefix`, in code point order. */
  keys(prefix: string): Promise<string[]>;
  /** The key of every record and its revision; no value is read for it. */
  revisions(): Promise<Revisions>;
  /**
   * A number that differs once any record has changed. The proxy calls this at each request.
   *
   * - It stays the same without a write, and an earlier number never returns while the store is open.
   * - It is never older than what was read: after a write of this process was acknowledged, or a read has returned the
   *   write of another, every later call gives a number that differs from those before the write.
   * - It follows the writes of other processes within a second, even if nothing is read.
   * - Without a write it costs microseconds and awaits only a promise that is already resolved. A store on a server
   *   subscribes to notifications of writes, and queries the server at each call only while it has no subscription.
   */
  version(): Promise<number>;
  /** Releases the store. Later calls reject. */
  close(): void;
}

/**
 * A key source: gives the master key, the 32 bytes that wrap the vault's data key. The vault never knows its kind.
 *
 * Where the key can be chosen (a file, a keychain) it has `replace` and `remove`. Where it follows from something else (a
 * passphrase, a command, the environment) it has neither, `read` answers with a key or throws, and `create` throws.
 */
export interface Keyring {
  /**
   * The 32-byte master key, or `undefined` if none was ever made. Throws if there is one that cannot be read.
   *
   * `running`: the vault was opened before, and whoever could be asked for a passphrase may have begun something else.
   */
  read(
    options?: { running?: boolean },
  ): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keeps a new key. Never replaces one that exists: if another process was faster, its key stays. */
  create(key: Uint8Array<ArrayBuffer>): Promise<void>;
  /**
   * Keeps `key` in place of the one there, durably, in one step: whoever reads, even after a crash in the middle, gets the
   * one or the other, whole. Called under the lock of the key commands only.
   */
  replace?(key: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Forgets the key; does nothing if there is none. */
  remove?(): Promise<void>;
}

/** Key material of a home besides the source of its mode. */
export interface KeyLeftover {
  /** A path, or the name of the place. */
  where: string;
  /** What a person does to remove it. */
  remove: string;
  /** Its 32 bytes, where they can be had without asking anybody. */
  masterKey?: Uint8Array<ArrayBuffer>;
  /** Likewise, of a backup. */
  dataKey?: Uint8Array<ArrayBuffer>;
}

/** A key source whose key is sealed by a passphrase. Each method may ask for it, once in a process. */
export interface PassphraseKeyring extends Keyring {
  replace(key: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(): Promise<void>;
  /** Asks for the passphrase and for a new one, which seals the same key. */
  change(): Promise<void>;
  /**
   * Keeps the key in the kernel's session keyring, so that nobody is asked for `seconds`.
   *
   * @throws {AuthsomeError} `OperationNotAllowed` where there is none.
   */
  unlock(seconds: number): Promise<void>;
  /** Forgets the key that was kept; says whether there was one. */
  lock(): Promise<boolean>;
}

/**
 * Remembers outside of the store what was last written to it, in lines. It never fails: without it nothing is remembered,
 * and that is all.
 */
export interface Witness {
  /** Where, for messages. */
  readonly path: string;
  /** Every line that was appended, oldest first; empty if there is none. */
  read(): string;
  /** Adds lines, each with its end. */
  append(lines: string): void;
}
