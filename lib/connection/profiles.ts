/** Profiles: namespaces of connections. @module */
import { AuthsomeError } from "../errors.ts";
import type { Clock } from "../ports/system.ts";
import { checkName, DEFAULT_PROFILE } from "../names.ts";
import type { Records } from "./connections.ts";
import { quoteWord } from "./hint.ts";
import { decodePart, recordKeys } from "./record.ts";

const PREFIX = "profiles/";

/** The profiles of a vault. `default` always exists. */
export class Profiles {
  readonly #vault: Records;
  readonly #clock: Clock;

  constructor(vault: Records, clock: Clock) {
    this.#vault = vault;
    this.#clock = clock;
  }

  /** Every profile by name, `default` first. */
  async list(): Promise<string[]> {
    const names = (await this.#vault.keys(PREFIX)).map((key) =>
      decodePart(key.slice(PREFIX.length))
    );
    return [DEFAULT_PROFILE, ...names];
  }

  /** Whether there is such a profile. Throws `Usage` if it is not a profile name. */
  async exists(name: string): Promise<boolean> {
    return name === DEFAULT_PROFILE ||
      await this.#vault.revision(profileKey(name)) !== undefined;
  }

  /** Makes a profile; says whether it is new. Throws `Usage` if it is not a profile name. */
  async create(name: string): Promise<boolean> {
    const key = profileKey(name);
    if (name === DEFAULT_PROFILE) return false;
    const text = JSON.stringify({ v: 1, name, created_at: this.#clock.now() });
    return await this.#vault.put(key, text, 0) !== undefined;
  }

  /**
   * Gives a profile another name. Everything is copied before anything is deleted: after a crash one of the names has
   * all of it.
   *
   * @throws {AuthsomeError} `ProfileNotFound`; `OperationNotAllowed` for `default` or if there is a profile `to`.
   */
  async rename(from: string, to: string): Promise<void> {
    if (from === DEFAULT_PROFILE) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot rename profile "${DEFAULT_PROFILE}": it always exists`,
        `authsome profile create ${quoteWord(to)}`,
      );
    }
    if (!await this.exists(from)) throw profileNotFound(from);
    if (!await this.create(to)) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot rename profile "${from}": there is a profile "${to}" already`,
        "Choose another name",
      );
    }
    const { root } = recordKeys(from);
    const target = recordKeys(to).root;
    const copy = (key: string) => target + key.slice(root.length);
    for (const key of await this.#vault.keys(root)) {
      const record = await this.#vault.get(key);
      if (record) await this.#vault.put(copy(key), record.text, 0);
    }
    for (const key of await this.#vault.keys(root)) {
      await this.#move(key, copy(key));
    }
    await this.delete(from);
  }

  /** Copies until the copy is of the last state, then deletes what was copied. */
  async #move(from: string, to: string): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      const record = await this.#vault.get(from);
      if (!record) return;
      const revision = await this.#vault.revision(to) ?? 0;
      if (
        await this.#vault.put(to, record.text, revision) !== undefined &&
        await this.#vault.delete(from, record.revision)
      ) return;
    }
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot rename profile: other processes keep changing it",
      "Try again",
    );
  }

  /**
   * Deletes a profile with everything in it.
   *
   * @throws {AuthsomeError} `ProfileNotFound`; `OperationNotAllowed` for `default`.
   */
  async delete(name: string): Promise<void> {
    if (name === DEFAULT_PROFILE) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `Cannot delete profile "${DEFAULT_PROFILE}": it always exists`,
        "authsome logout <provider>",
      );
    }
    if (!await this.exists(name)) throw profileNotFound(name);
    // The profile's own record goes last, so that a deletion that was interrupted can be done again.
    const keys = await this.#vault.keys(recordKeys(name).root);
    for (const key of [...keys, profileKey(name)]) {
      for (let tries = 0; tries < 100; tries++) {
        const revision = await this.#vault.revision(key);
        if (revision === undefined) break;
        if (await this.#vault.delete(key, revision)) break;
      }
    }
  }
}

/** The error for a profile that was never made. */
export function profileNotFound(name: string): AuthsomeError {
  return new AuthsomeError(
    "ProfileNotFound",
    `Cannot find profile "${name}"`,
    `authsome profile create ${quoteWord(name)}`,
    { subject: { field: "profile" } },
  );
}

function profileKey(name: string): string {
  return PREFIX + encodeURIComponent(checkName("profile", name));
}
