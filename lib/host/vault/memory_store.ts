/** A {@linkcode Store} in memory: for tests, and for a library that must leave nothing behind. @module */
import type { Store, StoredRecord } from "../../ports/store.ts";

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
    return this.#attempt(() => {
      if ((this.#records.get(key)?.revision ?? 0) !== expected) {
        return undefined;
      }
      const revision = (expected || this.#deleted) + 1;
      this.#records.set(key, { revision, value });
      this.#writes++;
      return revision;
    });
  }

  delete(key: string, expected: number): Promise<boolean> {
    return this.#attempt(() => {
      const record = this.#records.get(key);
      if (record?.revision !== expected) return false;
      this.#records.delete(key);
      this.#deleted = Math.max(this.#deleted, expected);
      this.#writes++;
      return true;
    });
  }

  keys(prefix: string): Promise<string[]> {
    return this.#attempt(() =>
      [...this.#records.keys()].filter((key) => key.startsWith(prefix)).sort(
        byCodePoint,
      )
    );
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
