/** Which provider a person prefers where several serve the same requests; kept per profile. @module */
import { AuthsomeError } from "../errors.ts";
import { isObject } from "../object.ts";
import { isProviderName } from "../provider/name.ts";
import type { Records } from "./connections.ts";
import { recordKeys } from "./record.ts";

const VERSION = 1;

/**
 * Provider → the providers that it was chosen over. A choice names both sides: a definition that claims a host later
 * is part of no earlier choice, and gains nothing by it.
 */
export type Preferred = Readonly<Record<string, readonly string[]>>;

/** Reads and writes the choices of one profile. */
export class Preferences {
  readonly #vault: Records;
  readonly #key: string;

  /** @throws {AuthsomeError} `Usage` if `profile` is not a profile name. */
  constructor(vault: Records, profile: string) {
    this.#vault = vault;
    this.#key = `${recordKeys(profile).root}preferences`;
  }

  /** Every choice. Throws `RecordCorrupt` if the record does not open. */
  async read(): Promise<Preferred> {
    try {
      const record = await this.#vault.get(this.#key);
      return record ? decode(record.text) : {};
    } catch (error) {
      if (!(error instanceof AuthsomeError) || error.code !== "RecordCorrupt") {
        throw error;
      }
      throw new AuthsomeError(
        "RecordCorrupt",
        "Cannot use the preferred providers: their record is damaged",
        "authsome prefer --reset",
        { cause: error },
      );
    }
  }

  /** Chooses `provider` over each of `others`, which are no longer chosen over it. */
  async prefer(provider: string, others: readonly string[]): Promise<void> {
    await this.#change((preferred) => {
      const changed: Record<string, readonly string[]> = {};
      for (const [name, over] of Object.entries(preferred)) {
        changed[name] = others.includes(name)
          ? over.filter((each) => each !== provider)
          : over;
      }
      changed[provider] = [...preferred[provider] ?? [], ...others];
      return changed;
    });
  }

  /** Forgets what `provider` was chosen over, or every choice; a damaged record goes too. */
  async forget(provider?: string): Promise<void> {
    if (provider !== undefined) {
      if (!Object.hasOwn(await this.read(), provider)) return;
      await this.#change((preferred) => ({ ...preferred, [provider]: [] }));
      return;
    }
    await this.#attempt(async (revision) =>
      revision === 0 || await this.#vault.delete(this.#key, revision)
    );
  }

  async #change(change: (preferred: Preferred) => Preferred): Promise<void> {
    await this.#attempt(async (revision) => {
      const text = encode(change(await this.read()));
      return await this.#vault.put(this.#key, text, revision) !== undefined;
    });
  }

  /** Repeats `write` until no other process was faster. */
  async #attempt(write: (revision: number) => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 100; tries++) {
      if (await write(await this.#vault.revision(this.#key) ?? 0)) return;
    }
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot save the preferred provider: other processes keep changing it",
      "Try again",
    );
  }
}

function encode(preferred: Preferred): string {
  const over = Object.entries(preferred)
    .map(([name, names]) => [name, [...new Set(names)].sort()] as const)
    .filter(([, names]) => names.length > 0)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify({ v: VERSION, over: Object.fromEntries(over) });
}

function parse(text: string): { v?: unknown; over?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function decode(text: string): Preferred {
  const { v, over } = parse(text);
  if (typeof v === "number" && v > VERSION) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot read the preferred providers: their record has version ${v}, this authsome knows version ${VERSION}`,
      "Update authsome",
    );
  }
  const entries = isObject(over) ? Object.entries(over) : undefined;
  if (
    v !== VERSION ||
    !entries?.every(([name, names]) =>
      isProviderName(name) && Array.isArray(names) &&
      names.every((each) => typeof each === "string")
    )
  ) {
    throw new AuthsomeError(
      "RecordCorrupt",
      "Cannot read record: it contains no preferred providers",
    );
  }
  return Object.fromEntries(entries) as Preferred;
}
