/** The files of the home beside the vault. @module */

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
  /** Does `work` while no other process does any on this file; absent where there is no other. */
  exclusively?<T>(work: () => Promise<T>): Promise<T>;
}

/** `policy.json` of the home, and files of rules that a person names. */
export interface PolicyFiles {
  /** The path of `policy.json`. */
  readonly path: string;
  /**
   * The text of a file of rules; `undefined` if there is nothing at `path`.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot be read, is too long, or others than the person may write it.
   */
  read(path: string): Promise<string | undefined>;
  /** A text that differs once the file was changed, in one look at it. */
  stamp(path: string): string;
  /** Writes `policy.json` atomically with mode 0600. */
  write(text: string): Promise<void>;
  /** Does `work` while no other process changes `policy.json`. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** The real path of a folder that a file names, `~/` being the person's; the path itself if there is none. */
  realFolder(path: string): string;
}

/** More of the audit log, as it is while nobody else writes. */
export interface AuditTail {
  /** The lines behind entry `seq`, and maybe some before it. */
  after(seq: number): AsyncIterable<string>;
  /** Numbers of the first entries of the full files, oldest first; only if one was just set aside. */
  full?: readonly number[];
}

/** The append-only text of the audit log: one file that is written to, and full ones that were set aside. */
export interface AuditFile {
  /** The path of the file that is written to, for messages. */
  readonly path: string;
  /**
   * Appends lines under a lock held across processes. `lines` is called with the last whole line already there
   * (or `undefined`) and {@linkcode AuditFile.witness}, and returns the lines to add, without newlines. They are on disk
   * when the promise resolves.
   *
   * @param maxBytes a file of this size or more is set aside first. Default: none is.
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot be written.
   */
  append(
    lines: (
      last: string | undefined,
      witness: string | undefined,
      tail: AuditTail,
    ) => Promise<string[]>,
    maxBytes?: number,
  ): Promise<void>;
  /** The last line that was appended, as it is kept beside the log; `undefined` if it is not. */
  witness(): Promise<string | undefined>;
  /**
   * Every line, oldest first.
   *
   * @param from the number of an entry: most of those before it are left out.
   */
  lines(from?: number): AsyncIterable<string>;
  /** Removes the full files that have only entries before entry `first`. */
  removeBefore(first: number): Promise<void>;
}

/** Variables that are no credential's by their name and that a person allowed to a provider's definition. */
export interface AllowedVariables {
  /** The variables allowed to `provider`. */
  read(provider: string): Promise<readonly string[]>;
  /** Allows `names` to `provider`, and no others. */
  write(provider: string, names: readonly string[]): Promise<void>;
}
