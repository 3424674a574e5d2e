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
  /** Whether a program of that name would be started. */
  hasProgram(name: string): boolean;
}
