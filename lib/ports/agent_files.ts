/** The configuration of agents on this machine, to write to. @module */
import type { Env } from "./system.ts";

/** Reads and replaces it. */
export interface AgentFiles {
  readonly env: Env;
  readonly os: "linux" | "darwin" | "windows";
  /** The person's folder, without a slash at the end. */
  readonly userFolder: string;
  readonly workingFolder: string;
  /** The text of a file, or `undefined` if there is none. Throws `StoreUnavailable` if it cannot be read. */
  read(path: string): string | undefined;
  /**
   * Keeps a copy of the file (mode 0600, in the home) and then writes `text` in its place, atomically; a file that is not
   * there is made with its folders. A link is followed. `before` is what was read.
   *
   * @returns the path of the copy, or `undefined` if there was no file.
   * @throws {AuthsomeError} `RecordConflict` if it is no longer what was read; `StoreUnavailable`.
   */
  replace(
    path: string,
    before: string | undefined,
    text: string,
  ): string | undefined;
  /** Writes a file that can be executed (mode 0755), atomically, with its folder. Throws `StoreUnavailable`. */
  writeProgram(path: string, text: string): void;
  /** Removes a file. Throws `StoreUnavailable`. */
  remove(path: string): void;
  /** The names in a folder, sorted; none if it is not there. */
  names(folder: string): string[];
  /** Every program of that name in PATH, in its order. */
  programs(name: string): string[];
  /** Whether a program of that name would be started. */
  hasProgram(name: string): boolean;
}
