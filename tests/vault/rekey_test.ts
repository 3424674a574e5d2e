import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { Change, Store } from "../../lib/ports/store.ts";
import { replaceDataKey } from "../../lib/vault/rekey.ts";
import { Vault } from "../../lib/vault/vault.ts";

const MASTER = new Uint8Array(32).fill(7);
const KEYRING = {
  read: () => Promise.resolve(MASTER),
  create: () => Promise.resolve(),
};

/** The store, with what another process does right before the first transaction of a rotation. */
function disturbed(store: Store, disturb: () => Promise<void>): Store {
  let done = false;
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "transact") return value.bind(target);
      return async (changes: readonly Change[], version?: number) => {
        if (!done) {
          done = true;
          await disturb();
        }
        return await target.transact(changes, version);
      };
    },
  });
}

const DISTURBANCES: readonly [
  string,
  (vault: Vault) => Promise<unknown>,
  string[],
][] = [
  ["makes", (vault) => vault.put("made", "new", 0), ["kept", "made"]],
  ["replaces", (vault) => vault.put("kept", "new", 1), ["kept"]],
  ["deletes", (vault) => vault.delete("kept", 1), []],
];

for (const [what, disturb, names] of DISTURBANCES) {
  test(`what another process ${what} while the records are sealed anew stays so`, async () => {
    const store = memoryStore();
    const other = await Vault.open(store, KEYRING);
    await other.put("kept", "old", 0);
    await replaceDataKey(
      disturbed(store, async () => void await disturb(other)),
      MASTER,
    );
    for (const vault of [other, await Vault.open(store, KEYRING)]) {
      expect(await vault.keys("")).toEqual(names);
      const last = names.at(-1);
      if (last === undefined) continue;
      expect(await vault.get(last)).toMatchObject({ text: "new" });
    }
    // Nothing is left under a name of before.
    expect(await store.keys("")).toHaveLength(names.length + 1);
  });
}

test("a record that a process makes before it has noticed a rotation is found by every other one", async () => {
  const store = memoryStore();
  const vault = await Vault.open(store, KEYRING);
  await replaceDataKey(store, MASTER);
  expect(await vault.put("made", "new", 0)).toBe(1);
  const other = await Vault.open(store, KEYRING);
  expect(await other.get("made")).toEqual({ revision: 1, text: "new" });
});

test("a rotation beside another one loses nothing: one of them is the last", async () => {
  const store = memoryStore();
  const vault = await Vault.open(store, KEYRING);
  await vault.put("k", "text", 0);
  await replaceDataKey(
    disturbed(store, async () => void await replaceDataKey(store, MASTER)),
    MASTER,
  );
  expect((await vault.get("k"))?.text).toBe("text");
  expect((await (await Vault.open(store, KEYRING)).get("k"))?.text).toBe(
    "text",
  );
});

test("a vault that is rotated with many records keeps a listing that is fast: its index is sealed anew too", async () => {
  const store = memoryStore();
  const vault = await Vault.open(store, KEYRING);
  const names = Array.from({ length: 60 }, (_, at) => `k/${at}`).sort();
  for (const name of names) await vault.put(name, "x", 0);
  await replaceDataKey(store, MASTER);
  let reads = 0;
  const counting = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "get") reads++;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  expect(await (await Vault.open(counting, KEYRING)).keys("")).toEqual(names);
  expect(reads).toBeLessThan(5);
  expect(await vault.keys("")).toEqual(names);
});
