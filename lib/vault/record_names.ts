/**
 * The true names of the records in a store, and what a listing says of their texts. The store says which records there are
 * and at which revision; a name once known stays true as long as the data key, and a digest as long as the revision. So the
 * index that the vault keeps of them is a cache, and may be old or missing.
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

/** How many records are opened at once. */
const AT_ONCE = 64;

/**
 * Says in a few characters what a listing needs of a record, so that it need not be opened; `undefined` if the text is not
 * understood. It is kept sealed in the index, and must not have a secret in it.
 */
export type Digest = (recordKey: string, text: string) => string | undefined;

/** What is known of a record. */
export interface Known {
  name: string;
  /** The one that `digest` is of; 0 if there is none. */
  revision: number;
  digest?: string;
}

/** One that is there now. */
interface Present extends Known {
  opaque: string;
  /** Its revision in the store. */
  now: number;
}

/** What a look at a whole store finds. */
export interface Listing {
  version: number;
  /** Sorted by name. */
  records: Present[];
  /** Opaque names of records whose true name does not open. */
  damaged: string[];
  /** Opaque names of records that another data key sealed. */
  foreign: string[];
}

/** Knows the names that one data key has sealed. */
export class RecordNames {
  readonly #store: Store;
  readonly #data: DataKey;
  readonly #digest: Digest;
  /** By opaque name. */
  readonly #known = new Map<string, Present>();
  #hasIndex = false;
  #outsideIndex = 0;
  /** The last one. It is shared by those that ask while it is made. */
  #listing: { version: number; made: Promise<Listing> } | undefined;

  constructor(store: Store, data: DataKey, digest: Digest = () => undefined) {
    this.#store = store;
    this.#data = data;
    this.#digest = digest;
  }

  /** Every record there is now. */
  async list(): Promise<Listing> {
    const version = await this.#store.version();
    if (this.#listing?.version === version) return await this.#listing.made;
    // One after the other, since both would read the index or open each name.
    const made = (this.#listing?.made ?? Promise.resolve()).catch(() => {})
      .then(() => this.#look(version));
    const listing = this.#listing = { version, made };
    made.catch(() => {
      if (this.#listing === listing) this.#listing = undefined;
    });
    return await made;
  }

  async #look(version: number): Promise<Listing> {
    const present = await this.#store.revisions();
    if (!this.#hasIndex && present.size - this.#known.size > this.#limit) {
      await this.#readIndex();
    }
    const damaged: string[] = [];
    const foreign: string[] = [];
    const unknown = [...present.keys()].filter((opaque) =>
      !this.#known.has(opaque) && opaque !== KEY_RECORD
    );
    await inParts(unknown, async (opaque) => {
      const record = await this.#store.get(opaque);
      if (!record) return;
      try {
        this.add(opaque, await openName(this.#data, opaque, record.value));
      } catch (error) {
        if (error instanceof OtherDataKey) foreign.push(opaque);
        else if (error instanceof AuthsomeError) damaged.push(opaque);
        else throw error;
      }
    });
    const records: Present[] = [];
    let sorted = true;
    let last = "";
    for (const record of this.#known.values()) {
      const { opaque, name } = record;
      const revision = present.get(opaque);
      if (revision === undefined) this.#known.delete(opaque);
      else if (!name.startsWith(OWN_PREFIX)) {
        record.now = revision;
        records.push(record);
        // In the order of the index, which is sorted.
        sorted &&= last < name;
        last = name;
      }
    }
    if (!sorted) records.sort(byName);
    return { version, records, damaged, foreign };
  }

  /**
   * The records whose name starts with `prefix`, each with the digest of its text; without one if it does not open, or is
   * not understood, or there are so few that nothing is won.
   *
   * @param keyRevision as in {@linkcode writeIndex}: it is written if many records had to be opened.
   */
  async digests(
    prefix: string,
    keyRevision: number,
  ): Promise<readonly Known[]> {
    const { records } = await this.list();
    const wanted = startingWith(records, prefix);
    if (!needsIndex(wanted.length)) return wanted.map(withoutDigest);
    const unread = wanted.filter(isUnread);
    await inParts(unread, async ({ opaque, name }) => {
      const record = await this.#store.get(opaque);
      if (!record) return;
      try {
        const text = await openRecord(this.#data, opaque, name, record.value);
        this.add(opaque, name, record.revision, text);
        this.#outsideIndex++;
      } catch (error) {
        if (
          !(error instanceof OtherDataKey || error instanceof AuthsomeError)
        ) throw error;
      }
    });
    await this.writeIndex(keyRevision);
    return unread.length > 0
      ? wanted.map((each) => isUnread(each) ? withoutDigest(each) : each)
      : wanted;
  }

  /** Remembers the name of a record, and what it says at `revision`. */
  add(opaque: string, name: string, revision = 0, text?: string): void {
    let known = this.#known.get(opaque);
    if (!known) {
      known = { opaque, name, revision: 0, now: revision };
      this.#known.set(opaque, known);
      this.#outsideIndex++;
    }
    const digest = text === undefined ? undefined : this.#digest(name, text);
    if (digest !== undefined) {
      Object.assign(known, { revision, digest, now: revision });
    }
  }

  /**
   * Writes the index if it lacks many names or digests. It is a cache: that it cannot be written is no error.
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
    } catch {
      /* The next process that opens or makes many records tries again. */
    }
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
      this.#decodeIndex(text);
      this.#know(opaque, INDEX_KEY);
    } catch { /* Each name is opened by itself then. */ }
  }

  /** Reads the text of an index; of version 1, which has names alone, too. */
  #decodeIndex(text: string): void {
    const { v, names, records } = JSON.parse(text);
    if (v === 1 && Array.isArray(names)) {
      for (let at = 0; at < names.length; at += 2) {
        this.#know(checked(names[at]), checked(names[at + 1]));
      }
    }
    if (v !== 2 || !Array.isArray(records)) return;
    for (let at = 0; at < records.length; at += 4) {
      const opaque = checked(records[at]);
      const name = checked(records[at + 1]);
      const revision = Number(records[at + 2]);
      if (revision === 0) this.#know(opaque, name);
      else this.#know(opaque, name, revision, checked(records[at + 3]));
    }
  }

  /** What this process has read itself counts more. */
  #know(opaque: string, name: string, revision = 0, digest?: string): void {
    if (this.#known.has(opaque)) return;
    const known: Present = { opaque, name, revision, now: 0 };
    if (digest !== undefined) known.digest = digest;
    this.#known.set(opaque, known);
  }
}

/** Whether its digest is missing, or of another revision. */
function isUnread({ digest, revision, now }: Present): boolean {
  return digest === undefined || revision !== now;
}

function withoutDigest({ name }: Known): Known {
  return { name, revision: 0 };
}

/** Whether so many names are worth an index. */
export function needsIndex(count: number): boolean {
  return count > WITHOUT_INDEX;
}

/** The record of an index of these records, by opaque name. */
export async function sealIndex(
  data: DataKey,
  known: ReadonlyMap<string, Known>,
): Promise<{ opaque: string; value: string }> {
  const records = [...known].filter(([, { name }]) =>
    !name.startsWith(OWN_PREFIX)
  )
    .sort(([, a], [, b]) => byName(a, b))
    .flatMap(([opaque, { name, revision, digest }]) =>
      digest === undefined
        ? [opaque, name, 0, ""]
        : [opaque, name, revision, digest]
    );
  return await sealRecord(data, INDEX_KEY, JSON.stringify({ v: 2, records }));
}

function checked(text: unknown): string {
  if (typeof text !== "string") throw new TypeError("no text");
  return text;
}

/** Those of `records`, which are sorted by name, whose name starts with `prefix`. */
export function startingWith<T extends { name: string }>(
  records: readonly T[],
  prefix: string,
): T[] {
  let start = 0;
  for (let end = records.length; start < end;) {
    const middle = (start + end) >> 1;
    if (records[middle]!.name < prefix) start = middle + 1;
    else end = middle;
  }
  let end = start;
  while (records[end]?.name.startsWith(prefix)) end++;
  return records.slice(start, end);
}

/** By code units. */
function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

async function inParts<T>(
  all: readonly T[],
  body: (each: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    await Promise.all(all.slice(from, from + AT_ONCE).map(body));
  }
}
