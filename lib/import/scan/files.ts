/** The dotenv files of a working folder, as a port. @module */
import type { ParseEnv } from "./dotenv.ts";

/** A dotenv file as it was read. */
export interface EnvFile {
  /** As shown to the person. */
  name: string;
  text: string;
}

/** Reads and replaces dotenv files. `host/home/env_files.ts` does it. */
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
}
