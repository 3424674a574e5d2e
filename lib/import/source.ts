/** Where credentials can be imported from. @module */
import { AuthsomeError } from "../errors.ts";
import type { ImportWorld, SourceFile } from "../ports/other_programs.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Harvest } from "./found.ts";

/** What a source reads from. */
export interface ImportContext extends ImportWorld {
  /** A file or folder that was named in place of the usual one. */
  readonly path?: string;
  /** Every definition. */
  readonly definitions: readonly ProviderDefinition[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** Asks the person for the password of what is read, unseen; absent if nobody can be asked. */
  passphrase?(question: string): Promise<string>;
}

/** A program whose credentials can be read. */
export interface ImportSource {
  /**
   * What it holds. Nothing is changed.
   *
   * @throws {AuthsomeError} if it holds nothing that can be read.
   */
  harvest(context: ImportContext): Promise<Harvest> | Harvest;
}

/** The first of `paths` that is there; only the one that was named, if one was. Throws `CredentialMissing` without any. */
export function firstFile(
  { path, read }: ImportContext,
  paths: readonly string[],
): SourceFile {
  for (const each of path === undefined ? paths : [path]) {
    const file = read(each);
    if (file) return file;
  }
  throw notThere(path ?? paths[0]!);
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
