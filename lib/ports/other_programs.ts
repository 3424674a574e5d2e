/** Files of other programs, which hold credentials to import. @module */
import type { Env } from "./system.ts";

/** Reads a dotenv text as `node:util` does. Nothing is evaluated or expanded. */
export type ParseEnv = (text: string) => Record<string, string>;

/** A dotenv file as it was read. */
export interface EnvFile {
  /** As shown to the person. */
  name: string;
  text: string;
}

/** Reads and replaces dotenv files. */
export interface EnvFiles {
  /** Names of `.env` and `.env.*` in the working folder, without examples and templates. */
  names(): string[];
  /**
   * The file called `name`, relative to the working folder.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it is no readable text file of at most 1 MiB.
   */
  read(name: string): EnvFile;
  parse: ParseEnv;
  /**
   * Keeps a copy of the file (mode 0600, in the home) and then writes `text` in its place, atomically.
   *
   * @returns the path of the copy.
   * @throws {AuthsomeError} `OperationNotAllowed` for a link; `RecordConflict` if the file is no longer what was read.
   */
  replace(file: EnvFile, text: string): string;
  /** Paths of the copies that are left in the home, the oldest first. */
  copies(): string[];
  /**
   * Overwrites one of them and deletes it.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if that fails.
   */
  shred(copy: string): void;
}

/** A text file and when it was last changed. */
export interface SourceFile {
  /** As shown to the person. */
  path: string;
  text: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
  /** Whether it belongs to another user of this machine than this one and root. */
  isForeign?: boolean;
}

/** A row of a key-value table. */
export interface StoredRow {
  key: string;
  /** The text, or the name of the file below the database's folder that holds it. */
  value: string | { file: string };
}

/** The tables that are read of a SQLite database, each with the columns that are its key and its value. */
export const STORED_TABLES = {
  kv: ["key", "value"],
  Cache: ["key", "value"],
  custom_provider_definitions: ["name", "definition_json"],
} as const;

/** Other programs on this machine, as an import sees them. */
export interface ImportWorld {
  readonly env: Env;
  /** The person's folder. */
  readonly userFolder: string;
  /** The file, or `undefined` if there is none. Throws `StoreUnavailable` if it cannot be read. */
  read(path: string): SourceFile | undefined;
  /** Names in a folder, in order; empty if there is none. */
  list(folder: string): string[];
  /**
   * What a command prints, or `undefined` if it is not there or fails. Its stderr is dropped.
   *
   * @param input what it reads from stdin. Default: nothing.
   */
  output(
    command: readonly string[],
    input?: string,
  ): Promise<string | undefined>;
  /**
   * The rows of a table of a SQLite database, which is left as it is, in the order in which they were written; empty if
   * there is no such table.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot be read, or holds more than 64 MiB of text.
   */
  databaseRows(
    path: string,
    table: keyof typeof STORED_TABLES,
  ): Promise<StoredRow[]>;
  /** MD5 of a text, hex: some programs name their files so. */
  md5(text: string): string;
}
