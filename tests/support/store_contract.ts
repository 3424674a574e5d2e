/** What every {@linkcode Store} guarantees. Each store's own test file runs it. */
import { expect } from "expect";
import { test } from "node:test";
import type { Store } from "../../lib/ports/store.ts";
import { settlesWithoutWaiting } from "./microtasks.ts";

/** Opens the same place once more, as another process would. */
type Again = () => Store;

/** How often a test looks whether news of another process's write has come, and how long it waits between, in ms. */
const LOOKS = 100;
const PAUSE_MS = 10;

/**
 * Registers the tests of the contract; `withStore` gives the store of an empty place and a way to open that place once
 * more. What was opened again is closed by `withStore`.
 */
export function testStoreContract(
  name: string,
  withStore: (
    body: (store: Store, again: Again) => Promise<void>,
  ) => Promise<void>,
): void {
  const check = (
    title: string,
    body: (store: Store, again: Again) => Promise<void>,
  ) => test(`${name} ${title}`, () => withStore(body));

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

  check("makes several changes in one step, or none", async (store, again) => {
    await store.put("a", "one", 0);
    await store.put("b", "one", 0);
    const changes = [
      { key: "a", expected: 1, value: "two" },
      { key: "b", expected: 1, value: null },
      { key: "c", expected: 0, value: "new" },
      { key: "d", expected: 0 },
    ];
    for (
      const [at, key] of [[0, "a"], [1, "b"], [2, "c"], [3, "d"]] as const
    ) {
      const stale = changes.toSpliced(at, 1, {
        ...changes[at]!,
        expected: key < "c" ? 0 : 1,
      });
      const version = await store.version();
      expect(await store.transact(stale)).toBe(undefined);
      expect(await store.keys("")).toEqual(["a", "b"]);
      expect(await store.get("a")).toEqual({ revision: 1, value: "one" });
      expect(await store.version()).toBe(version);
    }
    expect(await store.transact(changes)).toEqual([2, 0, 2, 0]);
    expect(await again().keys("")).toEqual(["a", "c"]);
    expect(await again().get("a")).toEqual({ revision: 2, value: "two" });
    expect(await store.transact([{ key: "a", expected: 2 }])).toEqual([2]);
    expect(await store.transact([{ key: "a", expected: 0, value: null }]))
      .toBe(undefined);
  });

  check(
    "gives a record another key, where none is, and leaves its revision",
    async (store, again) => {
      await store.put("a", "one", 0);
      await store.put("a", "two", 1);
      await store.put("b", "b", 0);
      expect(await store.transact([{ key: "a", expected: 2, to: "b" }]))
        .toBe(undefined);
      expect(await store.transact([{ key: "a", expected: 1, to: "c" }]))
        .toBe(undefined);
      expect(
        await store.transact([
          { key: "a", expected: 2, value: "sealed anew", to: "c" },
          { key: "b", expected: 1, to: "d" },
        ]),
      ).toEqual([2, 1]);
      expect(await again().get("a")).toBe(undefined);
      expect(await again().get("c")).toEqual({
        revision: 2,
        value: "sealed anew",
      });
      expect(await store.get("d")).toEqual({ revision: 1, value: "b" });
    },
  );

  check(
    "makes no change if another has written since the version",
    async (store, again) => {
      const stale = await store.version();
      await again().put("b", "x", 0);
      const change = { key: "a", expected: 0, value: "x" };
      expect(await store.transact([change], stale)).toBe(undefined);
      expect(await store.get("a")).toBe(undefined);
      expect(await store.transact([change], await store.version()))
        .toEqual([1]);
    },
  );

  check("never gives a revision of a key twice", async (store, again) => {
    const stores = [store, again()];
    let last = 0;
    for (let round = 0; round < 6; round++) {
      const [one, two] = round % 2 === 0 ? stores : stores.toReversed();
      for (let writes = 0; writes <= round; writes++) {
        const current = await one!.get("a");
        const revision = await one!.put("a", "x", current?.revision ?? 0);
        expect(revision).toBeGreaterThan(last);
        last = revision!;
      }
      // A record with fewer revisions that goes later must not lower the floor.
      const other = (await two!.put("b", "y", 0))!;
      expect(await two!.delete("a", last)).toBe(true);
      expect(await one!.delete("b", other)).toBe(true);
      expect(await two!.put("a", "late", last)).toBe(undefined);
    }
  });

  check("lists keys by literal prefix, in code point order", async (store) => {
    expect(await store.revisions()).toEqual({ keys: [], revisions: [] });
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
    expect(await store.revisions()).toEqual({
      keys: await store.keys(""),
      revisions: keys.map(() => 1),
    });
    await store.put("a/1", "y", 1);
    expect(await store.revisions()).toEqual({
      keys: ["A/1", "a/%", "a/1", "a/_", "a/\u{ffff}", "a/\u{10000}", "ab"],
      revisions: [1, 1, 2, 1, 1, 1, 1],
    });
  });

  check("keeps any text whole", async (store, again) => {
    const values = [
      "",
      "'; DROP TABLE record; --",
      "é\u{1f511}\n\x01\t",
      "x".repeat(1_000_000),
    ];
    for (const [at, value] of values.entries()) {
      await store.put(`${at}`, value, 0);
      expect((await store.get(`${at}`))?.value).toBe(value);
      expect((await again().get(`${at}`))?.value).toBe(value);
    }
  });

  check(
    "lets one of many win who write at once, and every other see it",
    async (store, again) => {
      const stores = [store, again(), again(), again()];
      const race = (write: (store: Store) => Promise<unknown>) =>
        Promise.all([...stores, ...stores].map(write));
      const created = await race((each) => each.put("a", "new", 0));
      expect(created.filter((revision) => revision !== undefined)).toEqual([1]);
      const replaced = await race((each) => each.put("a", "newer", 1));
      expect(replaced.filter((revision) => revision !== undefined))
        .toEqual([2]);
      for (const each of stores) {
        expect(await each.get("a")).toEqual({ revision: 2, value: "newer" });
        expect(await each.keys("")).toEqual(["a"]);
      }
      const deleted = await race((each) => each.delete("a", 2));
      expect(deleted.filter((done) => done)).toEqual([true]);
      for (const each of stores) expect(await each.get("a")).toBe(undefined);
    },
  );

  check(
    "loses nothing of what several write in turn",
    async (store, again) => {
      const add = async (each: Store) => {
        for (;;) {
          const found = await each.get("sum");
          const sum = Number(found?.value ?? 0) + 1;
          const done = await each.put("sum", `${sum}`, found?.revision ?? 0);
          if (done !== undefined) return;
        }
      };
      const writers = [store, again(), again()];
      await Promise.all(writers.map(async (each) => {
        for (let times = 0; times < 10; times++) await add(each);
      }));
      expect(await store.get("sum")).toEqual({ revision: 30, value: "30" });
    },
  );

  check(
    "has a version that differs after each write and only then",
    async (store) => {
      const seen = new Set([await store.version()]);
      await store.get("a");
      await store.keys("");
      expect(seen.has(await store.version())).toBe(true);
      await store.put("a", "one", 0);
      expect(seen.has(await store.version())).toBe(false);
      seen.add(await store.version());
      await store.delete("a", 1);
      expect(seen.has(await store.version())).toBe(false);
    },
  );

  check(
    "has no version of before once it has shown what another wrote",
    async (store, again) => {
      const other = again();
      const seen = new Set([await store.version()]);
      for (let revision = 0; revision < 5; revision++) {
        const written = await other.put("a", `${revision}`, revision);
        expect((await store.get("a"))?.revision).toBe(written);
        expect(seen.has(await store.version())).toBe(false);
        seen.add(await store.version());
      }
      await other.put("b", "", 0);
      expect(await store.keys("b")).toEqual(["b"]);
      expect(seen.has(await store.version())).toBe(false);
      seen.add(await store.version());
      await other.delete("a", 5);
      expect(await store.get("a")).toBe(undefined);
      expect(seen.has(await store.version())).toBe(false);
    },
  );

  check(
    "has another version soon after another has written, read or not",
    async (store, again) => {
      const other = again();
      for (let revision = 0; revision < 3; revision++) {
        const before = await store.version();
        await other.put("a", "x", revision);
        let looks = 0;
        while (await store.version() === before && looks++ < LOOKS) {
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        }
        expect(await store.version()).not.toBe(before);
      }
    },
  );

  check("tells its version without a wait", async (store, again) => {
    await store.put("a", "x", 0);
    expect(await settlesWithoutWaiting(() => store.version())).toBe(true);
    await again().put("b", "x", 0);
    await store.get("b");
    expect(await settlesWithoutWaiting(() => store.version())).toBe(true);
  });

  check(
    "keeps what was acknowledged for who opens it later",
    async (store, again) => {
      await store.put("a", "one", 0);
      await store.put("a", "two", 1);
      await store.put("b", "gone", 0);
      await store.delete("b", 1);
      const later = again();
      expect(await later.get("a")).toEqual({ revision: 2, value: "two" });
      expect(await later.put("b", "new", 0)).toBeGreaterThan(1);
      expect(await later.keys("")).toEqual(["a", "b"]);
    },
  );

  check("rejects once it is closed", async (store) => {
    await store.put("a", "x", 0);
    store.close();
    await expect(store.get("a")).rejects.toThrow();
    await expect(store.put("a", "y", 1)).rejects.toThrow();
    await expect(store.delete("a", 1)).rejects.toThrow();
    await expect(store.keys("")).rejects.toThrow();
    await expect(store.version()).rejects.toThrow();
  });
}
