/**
 * The index of a vault: the true name of each record, and what a listing says of its text. It is kept in columns, since a
 * command that lists ten thousand records and shows three has no time to make an object of each.
 *
 * @module
 */
import { type DataKey, opaqueName } from "./derived_keys.ts";
import { openRecord, sealRecord } from "./sealed_record.ts";

/** Keys of the vault's own records begin with this, and are in no listing. */
export const OWN_PREFIX = "vault/";

/** The key of the record that has the index. */
export const INDEX_KEY = `${OWN_PREFIX}index`;

/** An older one is made anew. */
const VERSION = 3;

/** What is known of a record. */
export interface Known {
  opaque: string;
  name: string;
  /** The one that `digest` is of. */
  revision: number;
  digest?: string;
}

/** What the index says; the same place in each column is the same record. */
export interface NameIndex {
  /** Ascending by code units. */
  names: readonly string[];
  opaque: readonly string[];
  /** The places, by opaque name. */
  order: readonly number[];
  /** The one that the digest is of; 0 if there is none. */
  revisions: readonly number[];
  digests: readonly string[];
}

/** The index of a vault that has none. */
export const NO_INDEX: NameIndex = {
  ...{ names: [], opaque: [], order: [], revisions: [], digests: [] },
};

/** The record of an index of these records. */
export async function sealIndex(
  data: DataKey,
  known: readonly Known[],
): Promise<{ opaque: string; value: string }> {
  const listed = known.filter(({ name }) => !name.startsWith(OWN_PREFIX))
    .sort((a, b) => byText(a.name, b.name));
  const opaque = listed.map(({ opaque }) => opaque);
  const index: NameIndex = {
    names: listed.map(({ name }) => name),
    opaque,
    order: [...opaque.keys()].sort((a, b) => byText(opaque[a]!, opaque[b]!)),
    revisions: listed.map(({ revision, digest }) =>
      digest === undefined ? 0 : revision
    ),
    digests: listed.map(({ digest = "" }) => digest),
  };
  return await sealRecord(
    data,
    INDEX_KEY,
    JSON.stringify({ v: VERSION, ...index }),
  );
}

/**
 * The index in the record `value`; `undefined` if it is of another version. Rejects if it is damaged.
 */
export async function openIndex(
  data: DataKey,
  value: string,
): Promise<NameIndex | undefined> {
  const opaque = await opaqueName(data, INDEX_KEY);
  const text = await openRecord(data, opaque, INDEX_KEY, value);
  const { v, ...columns } = JSON.parse(text);
  return v === VERSION && isIndex(columns) ? columns : undefined;
}

/** `order` and the revisions are not checked: an entry that they lead astray matches no record, which is then opened. */
function isIndex(
  { names, opaque, order, revisions, digests }: Record<string, unknown>,
): boolean {
  return areTexts(names) && isAscending(names) && areTexts(opaque) &&
    names.length === opaque.length && areTexts(digests) &&
    Array.isArray(order) && Array.isArray(revisions);
}

function areTexts(column: unknown): column is string[] {
  return Array.isArray(column) &&
    column.every((each) => typeof each === "string");
}

function isAscending(texts: readonly string[]): boolean {
  return texts.every((text, at) => at === 0 || texts[at - 1]! < text);
}

/**
 * Goes through an index and a store side by side.
 *
 * @param keys of the store, ascending.
 * @returns `now`: the revision of each record of the index in the store, or 0 if it is not there; `others`: the places in
 * `keys` of those that the index does not know.
 */
export function match(
  { opaque, order }: NameIndex,
  keys: readonly string[],
  revisions: readonly number[],
): { now: number[]; others: number[] } {
  const now = new Array<number>(opaque.length).fill(0);
  const others: number[] = [];
  let next = 0;
  keys.forEach((key, at) => {
    while (opaque[order[next]!]! < key) next++;
    const place = order[next]!;
    if (opaque[place] === key) {
      now[place] = revisions[at]!;
      next++;
    } else others.push(at);
  });
  return { now, others };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
