/** The vault's text and its key, kept outside the program. @module */

/** A stored value and the revision it was read at. */
export interface StoredRecord {
  /**
   * At least 1, and more at each replacement. No revision of a key comes back, not even after the record was deleted
   * and made again: whoever holds an old one can never replace the new record.
   */
  revision: number;
  /** Opaque text without NUL (SQLite ends text there); the vault puts sealed envelopes here. */
  value: string;
}

/**
 * Keeps opaque text by key for many processes at once.
 *
 * Every write is atomic and durable: after a crash either the old or the new value is there.
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
  /** Keys that start with `prefix`, in code point order. */
  keys(prefix: string): Promise<string[]>;
  /**
   * A number that differs whenever any process has written since the last call. Cheap (microseconds), so that
   * a running proxy may ask at each request.
   */
  version(): number;
  /** Releases the store. Later calls throw. */
  close(): void;
}

/** Keeps the master key. */
export interface Keyring {
  /** The 32-byte master key, or `undefined` if none was ever made. Throws if there is one that cannot be read. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keeps a new key. Never replaces one that exists: if another process was faster, its key stays. */
  create(key: Uint8Array<ArrayBuffer>): Promise<void>;
}
