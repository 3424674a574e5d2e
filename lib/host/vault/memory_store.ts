/** A {@linkcode Store} in memory: for tests, and for a library that must leave nothing behind. @module */
import type {
  Change,
  Revisions,
  Store,
  StoredRecord,
} from "../../ports/store.ts";

/** An empty store of this process. */
export function memoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #records = new Map<string, StoredRecord>();
  #deleted = 0;
  #writes = 0;
  #closed = false;

  get(key: string): Promise<StoredRecord | undefined> {
    return this.#attempt(() => {
      const record = this.#records.get(key);
      return record && { ...record };
    });
  }

  put(
    key: string,
    value: string,
    expected: number,
  ): Promise<number | undefined> {
    return this.transact([{ key, expected, value }]).then((done) => done?.[0]);
  }

  delete(key: string, expected: number): Promise<boolean> {
    if (expected === 0) return this.#attempt(() => false);
    return this.transact([{ key, expected, value: null }])
      .then((done) => done !== undefined);
  }

  transact(
    changes: readonly Change[],
    version?: number,
  ): Promise<number[] | undefined> {
    return this.#attempt(() => {
      if (version !== undefined && version !== this.#writes) return undefined;
      const isStale = ({ key, expected, to }: Change) =>
        (this.#records.get(key)?.revision ?? 0) !== expected ||
        to !== undefined && this.#records.has(to);
      if (changes.some(isStale)) return undefined;
      this.#writes++;
      return changes.map((change) => this.#change(change));
    });
  }

  #change({ key, expected, value, to }: Change): number {
    if (to !== undefined) {
      const text = value ?? this.#records.get(key)!.value;
      this.#records.delete(key);
      this.#records.set(to, { revision: expected, value: text });
      return expected;
    }
    if (value === undefined) return expected;
    if (value === null) {
      this.#records.delete(key);
      this.#deleted = Math.max(this.#deleted, expected);
      return 0;
    }
    const revision = (expected || this.#deleted) + 1;
    this.#records.set(key, { revision, value });
    return revision;
  }

  keys(prefix: string): Promise<string[]> {
    return this.#attempt(() =>
      [...this.#records.keys()].filter((key) => key.startsWith(prefix)).sort(
        byCodePoint,
      )
    );
  }

  revisions(): Promise<Revisions> {
    return this.#attempt(() => {
      const sorted = [...this.#records].sort(([a], [b]) => byCodePoint(a, b));
      return {
        keys: sorted.map(([key]) => key),
        revisions: sorted.map(([, { revision }]) => revision),
      };
    });
  }

  version(): Promise<number> {
    return this.#attempt(() => this.#writes);
  }

  close(): void {
    this.#closed = true;
  }

  #attempt<T>(body: () => T): Promise<T> {
    return this.#closed
      ? Promise.reject(new Error("the store is closed"))
      : Promise.resolve(body());
  }
}

/** UTF-16 order, which `sort` uses, differs beyond the basic plane; UTF-8 order is code point order. */
function byCodePoint(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0)!);
  const right = Array.from(b, (character) => character.codePointAt(0)!);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    if (left[at] !== right[at]) return left[at]! - right[at]!;
  }
  return left.length - right.length;
}
