/**
 * The true names of the records in a store. The store says which records there are; a name once known stays true as long
 * as the data key, so the index that the vault keeps of them is a cache, and may be old or missing.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { type DataKey, opaqueName } from "./derived_keys.ts";
import { KEY_RECORD } from "./key_record.ts";
import {
  openName,
  openRecord,
  OtherDataKey,
  sealRecord,
} from "./sealed_record.ts";

/** Keys of the vault's own records begin with this, and are in no listing. */
export const OWN_PREFIX = "vault/";

/** The key of the record that has the index. */
export const INDEX_KEY = `${OWN_PREFIX}index`;

/** So many names are opened one by one, beyond a part of those that are known. */
const WITHOUT_INDEX = 32;
const PART = 1024;

/** What a look at a whole store finds. */
interface Listing {
  version: number;
  /** Sorted. */
  names: string[];
  /** Opaque names of records whose true name does not open. */
  damaged: string[];
  /** Opaque names of records that another data key sealed. */
  foreign: string[];
}

/** Knows the names that one data key has sealed. */
export class RecordNames {
  readonly #store: Store;
  readonly #data: DataKey;
  /** By opaque name. */
  readonly #known = new Map<string, string>();
  #hasIndex = false;
  #outsideIndex = 0;
  #listing: Listing | undefined;

  constructor(store: Store, data: DataKey) {
    this.#store = store;
    this.#data = data;
  }

  /** Every record there is now. */
  async list(): Promise<Listing> {
    const version = await this.#store.version();
    if (this.#listing?.version === version) return this.#listing;
    const present = await this.#store.keys("");
    let unknown = present.filter((name) => !this.#known.has(name));
    if (unknown.length > this.#limit && !this.#hasIndex) {
      await this.#readIndex();
      unknown = unknown.filter((name) => !this.#known.has(name));
    }
    const damaged: string[] = [];
    const foreign: string[] = [];
    await Promise.all(unknown.map(async (opaque) => {
      if (opaque === KEY_RECORD) return;
      const record = await this.#store.get(opaque);
      if (!record) return;
      try {
        this.add(opaque, await openName(this.#data, opaque, record.value));
      } catch (error) {
        if (error instanceof OtherDataKey) foreign.push(opaque);
        else if (error instanceof AuthsomeError) damaged.push(opaque);
        else throw error;
      }
    }));
    const there = new Set(present);
    const names: string[] = [];
    for (const [opaque, name] of this.#known) {
      // In the order of the index, which is sorted: what follows has little to do.
      if (!there.has(opaque)) this.#known.delete(opaque);
      else if (!name.startsWith(OWN_PREFIX)) names.push(name);
    }
    names.sort();
    return this.#listing = { version, names, damaged, foreign };
  }

  /** Remembers the name of a record that was just made. */
  add(opaque: string, name: string): void {
    if (this.#known.has(opaque)) return;
    this.#known.set(opaque, name);
    this.#outsideIndex++;
  }

  /**
   * Writes the index if many names are not in it. It is a cache: that it cannot be written is no error.
   *
   * @param keyRevision the revision of the key record that the names belong to.
   */
  async writeIndex(keyRevision: number): Promise<void> {
    if (this.#outsideIndex <= this.#limit) return;
    this.#outsideIndex = 0;
    try {
      await this.list();
      const { opaque, value } = await sealIndex(this.#data, this.#known);
      const expected = (await this.#store.get(opaque))?.revision ?? 0;
      await this.#store.transact([
        { key: KEY_RECORD, expected: keyRevision },
        { key: opaque, expected, value },
      ]);
      this.#outsideIndex = 0;
    } catch { /* The next process that makes a record tries again. */ }
  }

  get #limit(): number {
    return WITHOUT_INDEX + this.#known.size / PART;
  }

  async #readIndex(): Promise<void> {
    this.#hasIndex = true;
    const opaque = await opaqueName(this.#data, INDEX_KEY);
    const record = await this.#store.get(opaque);
    if (!record) return;
    try {
      const text = await openRecord(
        this.#data,
        opaque,
        INDEX_KEY,
        record.value,
      );
      const { v, names } = JSON.parse(text);
      if (v !== 1 || !isNames(names)) return;
      for (let at = 0; at < names.length; at += 2) {
        this.#known.set(names[at]!, names[at + 1]!);
      }
    } catch { /* Each name is opened by itself then. */ }
  }
}

/** Whether so many names are worth an index. */
export function needsIndex(count: number): boolean {
  return count > WITHOUT_INDEX;
}

/** The record of an index of these names, by opaque name. */
export async function sealIndex(
  data: DataKey,
  known: ReadonlyMap<string, string>,
): Promise<{ opaque: string; value: string }> {
  const names = [...known].filter(([, name]) => !name.startsWith(OWN_PREFIX))
    .sort(([, a], [, b]) => a < b ? -1 : 1).flat();
  return await sealRecord(data, INDEX_KEY, JSON.stringify({ v: 1, names }));
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length % 2 === 0 &&
    value.every((name) => typeof name === "string");
}
