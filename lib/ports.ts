/**
 * What the core asks of the world. Adapters implement these; nothing else in `lib/` does I/O.
 *
 * @module
 */

/** A stored value and the revision it was read at. */
export interface StoredRecord {
  /** 1 for a new record, one more at each replacement. */
  revision: number;
  /** Opaque text; the vault puts sealed envelopes here. */
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
