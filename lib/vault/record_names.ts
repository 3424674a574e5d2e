/**
 * The true names of the records in a store, and what a listing says of their texts. The store says which records there are
 * and at which revision; a name once known stays true as long as the data key, and a digest as long as the revision. So the
 * index that the vault keeps of them is a cache, and may be old or missing.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Store } from "../ports/store.ts";
import { rangeOf } from "../text.ts";
import { type DataKey, opaqueName } from "./derived_keys.ts";
import { KEY_RECORD } from "./key_record.ts";
import {
  INDEX_KEY,
  type Known,
  match,
  type NameIndex,
  NO_INDEX,
  openIndex,
  OWN_PREFIX,
  sealIndex,
} from "./name_index.ts";
import { openName, openRecord, OtherDataKey } from "./sealed_record.ts";

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

/** What a look at a whole store finds. */
export interface Listing {
  version: number;
  /** Ascending by code units. */
  names: readonly string[];
  /** Opaque names of records whose true name does not open. */
  damaged: string[];
  /** Opaque names of records that another data key sealed. */
  foreign: string[];
}

/** What is known of the texts of records. */
export interface Digests {
  names: readonly string[];
  /** One for each of the names, or `undefined`. */
  digests: readonly (string | undefined)[];
}

/** With what leads from a name to what is known of its record. */
interface Found extends Listing {
  index: NameIndex;
  /** The revision in the store of each record of the index. */
  now: readonly number[];
  /** Records that the index does not know, at the revision in the store. */
  others: readonly Known[];
  /** For each of `names` its place in the index; for one of `others` -1 minus the place there. */
  places: readonly number[];
}

/** Knows the names that one data key has sealed. */
export class RecordNames {
  readonly #store: Store;
  readonly #data: DataKey;
  readonly #digest: Digest;
  /** What this process has read or written itself, by opaque name; it counts more than the index. */
  readonly #own = new Map<string, Known>();
  /** How many of these the index has, or cannot be given. */
  #settled = 0;
  #index: NameIndex | undefined;
  /** The last one. It is shared by those that ask while it is made. */
  #listing: { version: number; made: Promise<Found> } | undefined;

  constructor(store: Store, data: DataKey, digest: Digest = () => undefined) {
    this.#store = store;
    this.#data = data;
    this.#digest = digest;
  }

  /** Every record there is now. */
  list(): Promise<Listing> {
    return this.#list();
  }

  async #list(): Promise<Found> {
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

  async #look(version: number): Promise<Found> {
    const { keys, revisions } = await this.#store.revisions();
    if (!this.#index && keys.length - this.#own.size > this.#limit) {
      await this.#readIndex();
    }
    const index = this.#index ?? NO_INDEX;
    const { now, others } = match(index, keys, revisions);
    const damaged: string[] = [];
    const foreign: string[] = [];
    const unknown = others.map((at) => keys[at]!).filter((opaque) =>
      !this.#own.has(opaque) && opaque !== KEY_RECORD
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
    const known = others.flatMap((at): Known[] => {
      const { name } = this.#own.get(keys[at]!) ?? {};
      return name === undefined || name.startsWith(OWN_PREFIX)
        ? []
        : [{ opaque: keys[at]!, name, revision: revisions[at]! }];
    }).sort((a, b) => a.name < b.name ? -1 : 1);
    const found = { version, damaged, foreign, index, now, others: known };
    return { ...found, ...merged(index.names, now, known) };
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
  ): Promise<Digests> {
    const listing = await this.#list();
    const [start, end] = rangeOf(listing.names, prefix);
    const names = listing.names.slice(start, end);
    if (!needsIndex(names.length)) return { names, digests: [] };
    const digests = names.map((_, at) => this.#digestAt(listing, start + at));
    const unread = [...names.keys()].filter((at) => digests[at] === undefined);
    await inParts(unread, async (at) => {
      const { opaque, name } = this.#known(listing, start + at);
      const record = await this.#store.get(opaque);
      if (!record) return;
      try {
        const text = await openRecord(this.#data, opaque, name, record.value);
        digests[at] = this.add(opaque, name, record.revision, text);
      } catch (error) {
        if (
          !(error instanceof OtherDataKey || error instanceof AuthsomeError)
        ) throw error;
      }
    });
    await this.writeIndex(keyRevision);
    return { names, digests };
  }

  /** The digest of the record of the name at `at`, if one is known of the revision in the store. */
  #digestAt(listing: Found, at: number): string | undefined {
    const { places, index, now } = listing;
    const place = places[at]!;
    if (place >= 0 && index.revisions[place] === now[place]) {
      return index.digests[place];
    }
    const { opaque, revision } = this.#known(listing, at);
    const own = this.#own.get(opaque);
    return own?.revision === revision ? own.digest : undefined;
  }

  /** The record of the name at `at`, at its revision in the store. */
  #known({ names, places, index, now, others }: Found, at: number): Known {
    const place = places[at]!;
    if (place < 0) return others[-1 - place]!;
    const [opaque, revision] = [index.opaque[place]!, now[place]!];
    return { opaque, name: names[at]!, revision };
  }

  /** Remembers the name of a record, and what it says at `revision`; returns its digest. */
  add(
    opaque: string,
    name: string,
    revision = 0,
    text?: string,
  ): string | undefined {
    const digest = text === undefined ? undefined : this.#digest(name, text);
    this.#own.set(opaque, { opaque, name, revision, digest });
    return digest;
  }

  /**
   * Writes the index if it lacks many names or digests. It is a cache: that it cannot be written is no error.
   *
   * @param keyRevision the revision of the key record that the names belong to.
   */
  async writeIndex(keyRevision: number): Promise<void> {
    if (this.#own.size - this.#settled <= this.#limit) return;
    this.#settled = this.#own.size;
    try {
      const listing = await this.#list();
      const known = listing.names.map((_, at): Known => ({
        ...this.#known(listing, at),
        digest: this.#digestAt(listing, at),
      }));
      const { opaque, value } = await sealIndex(this.#data, known);
      const expected = (await this.#store.get(opaque))?.revision ?? 0;
      await this.#store.transact([
        { key: KEY_RECORD, expected: keyRevision },
        { key: opaque, expected, value },
      ]);
    } catch {
      /* The next process that opens or makes many records tries again. */
    }
  }

  get #limit(): number {
    const known = this.#own.size + (this.#index?.names.length ?? 0);
    return WITHOUT_INDEX + known / PART;
  }

  async #readIndex(): Promise<void> {
    this.#index = NO_INDEX;
    const opaque = await opaqueName(this.#data, INDEX_KEY);
    const record = await this.#store.get(opaque);
    if (!record) return;
    this.add(opaque, INDEX_KEY);
    try {
      this.#index = await openIndex(this.#data, record.value) ?? NO_INDEX;
    } catch { /* Each name is opened by itself then. */ }
  }
}

/** The names of the index whose records are there, and those of `others`, which are sorted too. */
function merged(
  indexed: readonly string[],
  now: readonly number[],
  others: readonly Known[],
): { names: string[]; places: number[] } {
  const names: string[] = [];
  const places: number[] = [];
  let next = 0;
  const takeBefore = (name?: string) => {
    for (; next < others.length; next++) {
      const other = others[next]!.name;
      if (name !== undefined && other > name) return;
      names.push(other);
      places.push(-1 - next);
    }
  };
  indexed.forEach((name, place) => {
    if (!now[place]) return;
    takeBefore(name);
    names.push(name);
    places.push(place);
  });
  takeBefore();
  return { names, places };
}

/** Whether so many names are worth an index. */
export function needsIndex(count: number): boolean {
  return count > WITHOUT_INDEX;
}

async function inParts<T>(
  all: readonly T[],
  body: (each: T) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    await Promise.all(all.slice(from, from + AT_ONCE).map(body));
  }
}
