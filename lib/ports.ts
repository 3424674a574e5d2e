/**
 * What the core asks of the world. Adapters implement these; nothing else in `lib/` does I/O.
 *
 * @module
 */

/** A stored value and the revision it was read at. */
export interface StoredRecord {
  /**
   * At least 1, and more at each replacement. No revision of a key comes back, not even after the record was deleted
   * and made again: a process with an old one can never replace the new record.
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

/** The time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** HTTP requests of authsome's own (token endpoints, discovery): the standard `fetch`. */
export type Fetch = (
  input: Request | URL | string,
  init?: RequestInit,
) => Promise<Response>;

/** What a {@linkcode Fetch} of ours also understands. */
export interface FetchInit extends RequestInit {
  /** Whether the host must not lead to this machine or a private network. Default: no. */
  publicOnly?: boolean;
}

/** Reads environment variables. */
export interface Env {
  get(name: string): string | undefined;
  /** Every variable. */
  toObject(): Record<string, string>;
}

/** Opens a page for the person. */
export interface Browser {
  /** Opens `url` (http or https only, checked by the adapter); says whether a browser was started. Never uses a shell. */
  open(url: string): Promise<boolean>;
  /**
   * The same for an address that other users of this machine must not learn: it stands in no argument of a program. What
   * the browser is given instead is gone when `until` aborts.
   */
  openPrivately(url: string, until: AbortSignal): Promise<boolean>;
}

/** A folder of definitions that a person may edit. */
export interface DefinitionFiles {
  /** Names (without `.json`) of the files there. */
  names(): Promise<string[]>;
  /** The text of `<name>.json`, or `undefined`. */
  read(name: string): Promise<string | undefined>;
  /** Writes `<name>.json` atomically with mode 0644. */
  write(name: string, text: string): Promise<void>;
  /** Removes `<name>.json`; says whether it was there. */
  remove(name: string): Promise<boolean>;
  /** The path of `<name>.json`, for messages. */
  path(name: string): string;
}

/** The text of `config.json`. */
export interface ConfigFile {
  /** The path, for messages. */
  readonly path: string;
  /** The text, or `undefined` if the file does not exist. */
  read(): Promise<string | undefined>;
  /** Writes the text atomically with mode 0600. */
  write(text: string): Promise<void>;
}

/** The append-only text of the audit log. */
export interface AuditFile {
  /** The path, for messages. */
  readonly path: string;
  /**
   * Appends lines under a lock held across processes. `lines` is called with the last whole line already there
   * (or `undefined`) and {@linkcode AuditFile.witness}, and returns the lines to add, without newlines. They are on disk
   * when the promise resolves.
   */
  append(
    lines: (
      last: string | undefined,
      witness: string | undefined,
    ) => Promise<string[]>,
  ): Promise<void>;
  /** The last line that was appended, as it is kept beside the log; `undefined` if it is not. */
  witness(): Promise<string | undefined>;
  /** Every line, oldest first. */
  lines(): AsyncIterable<string>;
}

/** Variables that are no credential's by their name and that a person allowed to a provider's definition. */
export interface AllowedVariables {
  /** The variables allowed to `provider`. */
  read(provider: string): Promise<readonly string[]>;
  /** Allows `names` to `provider`, and no others. */
  write(provider: string, names: readonly string[]): Promise<void>;
}
