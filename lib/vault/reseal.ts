/** Sealing every record anew with another data key, in one step. @module */
import type { Change, Store, StoredRecord } from "../ports/store.ts";
import type { DataKey } from "./derived_keys.ts";
import { type Known, sealIndex } from "./name_index.ts";
import { needsIndex } from "./record_names.ts";
import type { Sealed } from "./sealing.ts";
import { sealRecord, sealRemains } from "./sealed_record.ts";

/** How many records are sealed at once. */
const AT_ONCE = 64;

/** A record as it was before: its text, or what is left of it. */
export type Opened =
  & { recordKey: string }
  & ({ text: string } | { remains: Sealed });

/** Seals records; one that is asked for again and has not changed is not sealed again. */
export class Resealer {
  readonly #data: DataKey;
  readonly #done = new Map<
    string,
    { revision: number; recordKey: string; opaque: string; value: string }
  >();

  constructor(data: DataKey) {
    this.#data = data;
  }

  /**
   * The changes that seal every record of `names` anew under its new name, at the revision that it has, and the index of
   * them.
   *
   * @param open what a record was; `undefined` leaves it out.
   */
  async changes(
    store: Store,
    names: readonly string[],
    open: (
      name: string,
      record: StoredRecord,
    ) => Promise<Opened | undefined>,
  ): Promise<Change[]> {
    const changes: Change[] = [];
    const known: Known[] = [];
    for (let from = 0; from < names.length; from += AT_ONCE) {
      await Promise.all(
        names.slice(from, from + AT_ONCE).map(async (key) => {
          const record = await store.get(key);
          const sealed = record && await this.#seal(key, record, open);
          if (!sealed) return;
          const { opaque, recordKey: name } = sealed;
          known.push({ opaque, name, revision: 0 });
          changes.push({
            key,
            expected: record.revision,
            value: sealed.value,
            to: sealed.opaque,
          });
        }),
      );
    }
    if (needsIndex(known.length)) {
      const { opaque, value } = await sealIndex(this.#data, known);
      changes.push({ key: opaque, expected: 0, value });
    }
    return changes;
  }

  async #seal(
    key: string,
    record: StoredRecord,
    open: (name: string, record: StoredRecord) => Promise<Opened | undefined>,
  ) {
    const done = this.#done.get(key);
    if (done?.revision === record.revision) return done;
    const opened = await open(key, record);
    if (!opened) return undefined;
    const { recordKey } = opened;
    const sealed = "text" in opened
      ? await sealRecord(this.#data, recordKey, opened.text)
      : await sealRemains(this.#data, recordKey, opened.remains);
    const result = { revision: record.revision, recordKey, ...sealed };
    this.#done.set(key, result);
    return result;
  }
}
