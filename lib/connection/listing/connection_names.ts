/** Which connections a profile has, told without opening them. @module */
import { AuthsomeError } from "../../errors.ts";
import { rangeOf } from "../../text.ts";
import type { Vault } from "../../vault/vault.ts";
import {
  decodeName,
  isPlainPart,
  parseConnectionKey,
  type recordKeys,
} from "../record.ts";
import type { Sketch } from "./sketch.ts";

/** Where a connection is kept. */
export interface ConnectionName {
  provider: string;
  name: string;
}

/** The same, and what is known of it unread. */
export interface SketchedName extends ConnectionName {
  sketch?: Sketch;
}

/** Lists the connections of one profile. */
export class ConnectionNames {
  readonly #vault:
    & Pick<Vault, "get" | "keys" | "revision">
    & Partial<Pick<Vault, "digests">>;
  readonly #keys: ReturnType<typeof recordKeys>;

  constructor(
    vault:
      & Pick<Vault, "get" | "keys" | "revision">
      & Partial<Pick<Vault, "digests">>,
    keys: ReturnType<typeof recordKeys>,
  ) {
    this.#vault = vault;
    this.#keys = keys;
  }

  /** Provider and name of every connection, in order; nothing is decrypted, so a corrupt record is listed too. */
  async names(provider?: string): Promise<ConnectionName[]> {
    const keys = await this.#vault.keys(this.#keys.connections(provider));
    return keys.map(this.#parser());
  }

  /** The providers with a connection, in order. */
  async providers(): Promise<string[]> {
    const keys = await this.#vault.keys(this.#keys.connections());
    const found: string[] = [];
    for (let at = 0; at < keys.length;) {
      const { provider } = parseConnectionKey(keys[at]!);
      found.push(provider);
      const [, end] = rangeOf(keys, this.#keys.connections(provider));
      at = Math.max(at + 1, end);
    }
    return found;
  }

  /** How many connections a provider has. */
  async count(provider: string): Promise<number> {
    return (await this.#vault.keys(this.#keys.connections(provider))).length;
  }

  /**
   * Every connection, as {@linkcode names}, with its sketch; without one where it has to be opened, and where there are so
   * few that all may be.
   */
  async sketches(): Promise<SketchedName[]> {
    const known = await this.#vault.digests?.(this.#keys.connections());
    if (!known) return await this.names();
    const parse = this.#parser();
    return known.names.map((key, at) => {
      const found: SketchedName = parse(key);
      const digest = known.digests[at];
      if (digest) found.sketch = digest;
      return found;
    });
  }

  /** Reads many record keys in their order: most have the provider of the one before. */
  #parser(): (key: string) => ConnectionName {
    let start = "/";
    let provider = "";
    return (key) => {
      const name = key.slice(start.length);
      if (key.startsWith(start) && isPlainPart(name)) return { provider, name };
      const parsed = parseConnectionKey(key);
      ({ provider } = parsed);
      start = this.#keys.connections(provider);
      return parsed;
    };
  }

  /**
   * The default connection if that can be known without a listing, which takes longer the more records there are:
   * `undefined` if none was chosen, or it is not there, or the choice is damaged.
   */
  async usableDefault(provider: string): Promise<string | undefined> {
    try {
      const record = await this.#vault.get(this.#keys.default(provider));
      if (!record) return undefined;
      const name = decodeName(record.text);
      const key = this.#keys.connection(provider, name);
      return await this.#vault.revision(key) === undefined ? undefined : name;
    } catch (error) {
      if (error instanceof AuthsomeError && error.code === "RecordCorrupt") {
        return undefined;
      }
      throw error;
    }
  }
}
