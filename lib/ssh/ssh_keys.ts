/** The SSH keys of one profile, which are no connections: nothing that hands out credentials finds them. @module */
import type { Records } from "../connection/connections.ts";
import { decodePart, recordKeys } from "../connection/record.ts";
import { AuthsomeError } from "../errors.ts";
import { checkName } from "../names.ts";
import { quoted } from "../text.ts";
import { decodeSshKey, encodeSshKey, type SshKey } from "./ssh_key.ts";

/** Reads and writes the SSH keys of a profile. */
export class SshKeys {
  readonly #vault: Records;
  readonly #root: string;

  /** @throws {AuthsomeError} `Usage` if `profile` is not a profile name. */
  constructor(vault: Records, profile: string) {
    this.#vault = vault;
    this.#root = `${recordKeys(profile).root}ssh-key/`;
  }

  /** The names of all keys, in order; nothing is decrypted. */
  async names(): Promise<string[]> {
    const keys = await this.#vault.keys(this.#root);
    return keys.map((key) => decodePart(key.slice(this.#root.length)));
  }

  /** Every key. Throws `RecordCorrupt` if one of them does not open. */
  async list(): Promise<SshKey[]> {
    const keys = await Promise.all(
      (await this.names()).map((name) => this.#read(name)),
    );
    return keys.flatMap((found) => found ? [found.key] : []);
  }

  /** The key of that name. Throws `ConnectionNotFound` if there is none. */
  async get(name: string): Promise<SshKey> {
    return (await this.#need(name)).key;
  }

  /**
   * Keeps a new key; with `force` in the place of another of the same name.
   *
   * @throws {AuthsomeError} `ConnectionExists` if there is one; `RecordConflict` if another process was faster.
   */
  async add(key: SshKey, force: boolean): Promise<void> {
    const revision = await this.#vault.revision(this.#key(key.name)) ?? 0;
    if (revision > 0 && !force) {
      throw new AuthsomeError(
        "ConnectionExists",
        `Cannot add SSH key ${quoted(key.name, 80)}: there is one of this name`,
        "Choose another name, or replace it with --force",
      );
    }
    await this.#write(key, revision);
  }

  /** Replaces the key of that name by what `change` makes of it. */
  async change(
    name: string,
    change: (key: SshKey) => SshKey,
  ): Promise<SshKey> {
    const { key, revision } = await this.#need(name);
    const changed = change(key);
    await this.#write(changed, revision);
    return changed;
  }

  /** Deletes the key, also one that does not open. Throws `ConnectionNotFound` if there is none. */
  async remove(name: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const revision = await this.#vault.revision(this.#key(name));
      if (revision === undefined) throw notFound(name);
      if (await this.#vault.delete(this.#key(name), revision)) return;
    }
    throw conflict(name);
  }

  async #need(name: string): Promise<{ key: SshKey; revision: number }> {
    const found = await this.#read(name);
    if (!found) throw notFound(name);
    return found;
  }

  async #read(
    name: string,
  ): Promise<{ key: SshKey; revision: number } | undefined> {
    const record = await this.#vault.get(this.#key(name));
    return record &&
      { key: decodeSshKey(record.text), revision: record.revision };
  }

  async #write(key: SshKey, revision: number): Promise<void> {
    const text = encodeSshKey(key);
    if (
      await this.#vault.put(this.#key(key.name), text, revision) === undefined
    ) throw conflict(key.name);
  }

  #key(name: string): string {
    return this.#root + encodeURIComponent(checkName("SSH key", name));
  }
}

function notFound(name: string): AuthsomeError {
  return new AuthsomeError(
    "ConnectionNotFound",
    `Cannot find SSH key ${quoted(name, 80)}`,
    "authsome ssh-agent list",
    { subject: { connection: name } },
  );
}

function conflict(name: string): AuthsomeError {
  return new AuthsomeError(
    "RecordConflict",
    `Cannot change SSH key ${
      quoted(name, 80)
    }: another process did so meanwhile`,
    "Try again",
  );
}
