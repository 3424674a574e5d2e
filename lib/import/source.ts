/** Where credentials can be imported from. @module */
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Harvest } from "./found.ts";

/** A text file and when it was last changed. */
export interface SourceFile {
  /** As shown to the person. */
  path: string;
  text: string;
  /** Epoch milliseconds. */
  modifiedAt: number;
}

/** The world as a source sees it. `host/home/import_world.ts` gives it. */
export interface ImportWorld {
  readonly env: Env;
  /** The person's folder. */
  readonly userFolder: string;
  /** A file or folder that was named in place of the usual one. */
  readonly path?: string;
  /** Every definition. */
  readonly definitions: readonly ProviderDefinition[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** The file, or `undefined` if there is none. Throws `StoreUnavailable` if it cannot be read. */
  read(path: string): SourceFile | undefined;
  /** Names in a folder, in order; empty if there is none. */
  list(folder: string): string[];
  /** What a command prints, or `undefined` if it is not there or fails. Its stderr is dropped. */
  output(command: readonly string[]): Promise<string | undefined>;
  /** The texts of column `value` of a table of a SQLite database, which is only read; empty if there is no such table. */
  databaseTexts(path: string, table: "kv" | "Cache"): Promise<string[]>;
  /** MD5 of a text, hex: some programs name their files so. */
  md5(text: string): string;
}

/** A program whose credentials can be read. */
export interface ImportSource {
  /**
   * What it holds. Nothing is changed.
   *
   * @throws {AuthsomeError} if it holds nothing that can be read.
   */
  harvest(world: ImportWorld): Promise<Harvest> | Harvest;
}

/** The error of a source that is not on this machine. */
export function notThere(path: string): AuthsomeError {
  return new AuthsomeError(
    "CredentialMissing",
    `Cannot import from "${path}": it does not exist`,
    "Name another one with --path",
    { subject: { file: path } },
  );
}
