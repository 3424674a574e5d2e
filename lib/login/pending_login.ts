/**
 * Logins that go on in a process of their own (`login --detach`), as other processes see them: records of the vault.
 * The login writes one and reads the other, the process that resumes it does the reverse, so neither overwrites the other's.
 *
 * @module
 */
import type { Records } from "../connection/connections.ts";
import { quoteWord } from "../connection/hint.ts";
import { recordKeys } from "../connection/record.ts";
import { AuthsomeError, type ErrorCode, EXIT_CODES } from "../errors.ts";
import type { Clock } from "../ports/system.ts";

/** How often a login says that it is still there, in milliseconds. */
export const SIGN_OF_LIFE_MS = 10_000;
/** A login that was silent for longer than this has been killed, in milliseconds. */
export const SILENCE_MS = 40_000;
/** How long the end of a login is remembered, in milliseconds: 1 day. */
const REMEMBERED_MS = 86_400_000;
/** End of the key of the pasted redirect. */
const PASTED = "/pasted";
/** End of the key by which a login is asked to end. */
const CANCELLED = "/cancelled";

/** What is known of a login. */
export interface PendingLogin {
  /** UUID. */
  id: string;
  /** As it was named: maybe a URL until `status` is `connected`. */
  provider: string;
  connection: string;
  status: "pending" | "connected" | "failed";
  /** Where the person has to go. */
  url?: string;
  /** What the person has to type there (device flow). */
  userCode?: string;
  /** Why it failed. */
  error?: { code: ErrorCode; message: string; hint: string };
  /** Epoch milliseconds of the last sign of life. */
  updatedAt: number;
}

/** Reads and writes the pending logins of one profile. */
export class PendingLogins {
  readonly #vault: Pick<
    Records,
    "get" | "put" | "delete" | "keys" | "revision"
  >;
  readonly #root: string;
  readonly #clock: Clock;

  constructor(
    vault: Pick<Records, "get" | "put" | "delete" | "keys" | "revision">,
    profile: string,
    clock: Clock,
  ) {
    this.#vault = vault;
    this.#root = `${recordKeys(profile).root}login/`;
    this.#clock = clock;
  }

  /** The login `id`, or `undefined`. One that was silent for too long has failed. */
  async get(id: string): Promise<PendingLogin | undefined> {
    if (!isId(id)) return undefined;
    const login = decode((await this.#vault.get(this.#root + id))?.text);
    if (!login) return undefined;
    const silent = this.#clock.now() - login.updatedAt;
    return login.status === "pending" && silent > SILENCE_MS
      ? { ...login, status: "failed", error: gone(login) }
      : login;
  }

  /** The logins that wait for the person. */
  async waiting(): Promise<PendingLogin[]> {
    const found: PendingLogin[] = [];
    for (const key of await this.#vault.keys(this.#root)) {
      const login = await this.get(key.slice(this.#root.length));
      if (login?.status === "pending") found.push(login);
    }
    return found;
  }

  /** Asks a login to end. */
  async cancel(id: string): Promise<void> {
    await this.#write(this.#root + id + CANCELLED, "");
  }

  /** Whether the login was asked to end. */
  async isCancelled(id: string): Promise<boolean> {
    const key = this.#root + id + CANCELLED;
    return await this.#vault.revision(key) !== undefined;
  }

  /** Writes what is known now. Only the login itself calls it. */
  async put(login: Omit<PendingLogin, "updatedAt">): Promise<void> {
    const record: PendingLogin = { ...login, updatedAt: this.#clock.now() };
    await this.#write(this.#root + login.id, JSON.stringify(record));
  }

  /** Leaves a pasted address or code for the login. It replaces one that was not taken yet. */
  async bring(id: string, text: string): Promise<void> {
    await this.#write(this.#root + id + PASTED, text);
  }

  /** The pasted address or code, which is deleted. */
  async take(id: string): Promise<string | undefined> {
    const key = this.#root + id + PASTED;
    const record = await this.#vault.get(key);
    if (!record) return undefined;
    return await this.#vault.delete(key, record.revision)
      ? record.text
      : undefined;
  }

  /** Deletes records older than a day. */
  async forgetOld(): Promise<void> {
    for (const key of await this.#vault.keys(this.#root)) {
      if (key.endsWith(PASTED) || key.endsWith(CANCELLED)) continue;
      const login = decode((await this.#vault.get(key))?.text);
      if (!login || this.#clock.now() - login.updatedAt < REMEMBERED_MS) {
        continue;
      }
      for (const old of [key + PASTED, key + CANCELLED, key]) {
        const revision = await this.#vault.revision(old);
        if (revision) await this.#vault.delete(old, revision);
      }
    }
  }

  async #write(key: string, text: string): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const revision = await this.#vault.revision(key) ?? 0;
      if (await this.#vault.put(key, text, revision) !== undefined) return;
    }
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot write the state of a login: other processes keep changing it",
      "Try again",
    );
  }
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** `undefined` for a record that another version wrote: it can be followed by that version only. */
function decode(text: string | undefined): PendingLogin | undefined {
  if (text === undefined) return undefined;
  const login = JSON.parse(text) as PendingLogin;
  return typeof login.updatedAt === "number" &&
      (login.error === undefined || Object.hasOwn(EXIT_CODES, login.error.code))
    ? login
    : undefined;
}

function gone({ provider }: PendingLogin): PendingLogin["error"] {
  return {
    code: "InputCancelled",
    message: `The login to ${provider} ended without a result`,
    hint: `authsome login ${quoteWord(provider)}`,
  };
}
