/** The files and keychain entries in which agents keep their own logins. @module */
import type { Env } from "./system.ts";

/**
 * Reads and replaces them. A place is an absolute path, or `keychain:<service>:<account>` for an entry of the system's
 * keychain.
 */
export interface LoginFiles {
  readonly env: Env;
  readonly os: "linux" | "darwin" | "windows";
  /** The person's folder, without a slash at the end. */
  readonly userFolder: string;
  /** What is there, or `undefined` if that is nothing, or nothing that can be read. */
  read(place: string): Promise<string | undefined>;
  /**
   * Puts `text` in the place of `before`, atomically; a link is followed, and the mode stays.
   *
   * @returns whether it was done: not if something else is there by now, or it cannot be written.
   */
  replace(place: string, before: string, text: string): Promise<boolean>;
}
