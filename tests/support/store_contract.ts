/** What every {@linkcode Store} promises. Each store's own test file runs it. */
import { expect } from "expect";
import { test } from "node:test";
import type { Store } from "../../lib/ports/store.ts";

/** Registers the tests of the contract; `withStore` gives an empty store and a way to open it once more. */
export function testStoreContract(
  name: string,
  withStore: (body: (store: Store) => Promise<void>) => Promise<void>,
): void {
  const check = (title: string, body: (store: Store) => Promise<void>) =>
    test(`${name} ${title}`, () => withStore(body));

  check("keeps values and their revisions", async (store) => {
    expect(await store.get("a")).toBe(undefined);
    expect(await store.put("a", "one", 0)).toBe(1);
    expect(await store.get("a")).toEqual({ revision: 1, value: "one" });
    expect(await store.put("a", "two", 1)).toBe(2);
    expect(await store.get("a")).toEqual({ revision: 2, value: "two" });
  });

  check(
    "writes nothing if the record is not the one that was read",
    async (store) => {
      await store.put("a", "one", 0);
      expect(await store.put("a", "late", 0)).toBe(undefined);
      expect(await store.put("a", "early", 2)).toBe(undefined);
      expect(await store.put("b", "never read", 1)).toBe(undefined);
      expect(await store.delete("a", 2)).toBe(false);
      expect(await store.delete("b", 0)).toBe(false);
      expect(await store.get("a")).toEqual({ revision: 1, value: "one" });
      expect(await store.get("b")).toBe(undefined);
    },
  );

  check("never gives a revision of a key twice", async (store) => {
    let last = 0;
    for (let round = 0; round < 5; round++) {
      for (let writes = 0; writes <= round; writes++) {
        const current = await store.get("a");
        const revision = await store.put("a", "x", current?.revision ?? 0);
        expect(revision).toBeGreaterThan(last);
        last = revision!;
      }
      // A record with fewer revisions that goes later must not lower the floor.
      const other = (await store.put("b", "y", 0))!;
      expect(await store.delete("a", last)).toBe(true);
      expect(await store.delete("b", other)).toBe(true);
      expect(await store.put("a", "late", last)).toBe(undefined);
    }
  });

  check("lists keys by literal prefix, in code point order", async (store) => {
    const keys = [
      "a/1",
      "a/%",
      "a/_",
      "A/1",
      "ab",
      "a/\u{ffff}",
      "a/\u{10000}",
    ];
    for (const key of keys) await store.put(key, "x", 0);
    expect(await store.keys("a/")).toEqual([
      "a/%",
      "a/1",
      "a/_",
      "a/\u{ffff}",
      "a/\u{10000}",
    ]);
    expect(await store.keys("a/%")).toEqual(["a/%"]);
    expect(await store.keys("")).toHaveLength(keys.length);
    expect(await store.keys("c")).toEqual([]);
  });

  check("keeps any text whole", async (store) => {
    const values = [
      "",
      "'; DROP TABLE record; --",
      "é\u{1f511}\n\x01\t",
      "x".repeat(1_000_000),
    ];
    for (const [at, value] of values.entries()) {
      await store.put(`${at}`, value, 0);
      expect((await store.get(`${at}`))?.value).toBe(value);
    }
  });

  check(
    "has a version that differs after each write and only then",
    async (store) => {
      const seen = new Set([store.version()]);
      await store.get("a");
      expect(seen.has(store.version())).toBe(true);
      await store.put("a", "one", 0);
      expect(seen.has(store.version())).toBe(false);
      seen.add(store.version());
      await store.delete("a", 1);
      expect(seen.has(store.version())).toBe(false);
    },
  );

  check("throws once it is closed", async (store) => {
    store.close();
    await expect(store.get("a")).rejects.toThrow();
    await expect(store.put("a", "x", 0)).rejects.toThrow();
    await expect(store.keys("")).rejects.toThrow();
    expect(() => store.version()).toThrow();
  });
}
