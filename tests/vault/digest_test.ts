import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { Keyring, Store } from "../../lib/ports/store.ts";
import { importDataKey, opaqueName } from "../../lib/vault/derived_keys.ts";
import { INDEX_KEY } from "../../lib/vault/name_index.ts";
import { dataKeyBytes, replaceDataKey } from "../../lib/vault/rekey.ts";
import { openRecord, sealRecord } from "../../lib/vault/sealed_record.ts";
import { Vault } from "../../lib/vault/vault.ts";

const MASTER = new Uint8Array(32).fill(7);
const KEYRING: Keyring = {
  read: () => Promise.resolve(MASTER.slice()),
  create: () => Promise.reject(new Error("there is one")),
};

/** Says the text itself, unless it is not understood. */
function digest(_key: string, text: string): string | undefined {
  return text === "?" ? undefined : text;
}

function opened(store: Store): Promise<Vault> {
  return Vault.open(store, KEYRING, { digest });
}

/** A vault of `count` records called `k/…`, whose text is their number. */
async function filled(count = 80): Promise<{ store: Store; vault: Vault }> {
  const store = memoryStore();
  const vault = await opened(store);
  await vault.putAll(
    Array.from({ length: count }, (_, at) => ({
      key: `k/${at}`,
      text: `${at}`,
      expected: 0,
    })),
  );
  return { store, vault };
}

/** What `vault` says of the records called `k/…`. */
async function pairs(vault: Vault): Promise<[string, string | undefined][]> {
  const { names, digests } = await vault.digests("k/");
  return names.map((name, at) => [name, digests[at]]);
}

/** What the records say, from another process; and how many were read for it. */
async function told(
  store: Store,
): Promise<{ digests: Record<string, string | undefined>; reads: number }> {
  let reads = 0;
  const counting = new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === "get") reads++;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const found = await pairs(await opened(counting));
  return { digests: Object.fromEntries(found), reads };
}

function numbers(count = 80): Record<string, string | undefined> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`k/${at}`, `${at}`]),
  );
}

/** The index as it is stored. */
async function indexOf(store: Store) {
  const data = await importDataKey((await dataKeyBytes(store, MASTER))!);
  const at = await opaqueName(data, INDEX_KEY);
  return { data, at, record: (await store.get(at))! };
}

async function set(store: Store, key: string, value: string | null) {
  const revision = (await store.get(key))?.revision ?? 0;
  await store.transact([{ key, expected: revision, value }]);
}

test("digests are read from the index, and no record is", async () => {
  const { store } = await filled();
  const { digests, reads } = await told(store);
  expect(digests).toEqual(numbers());
  expect(reads).toBeLessThan(5);
});

test("a record that was changed, made or deleted since the index is told as it is now", async () => {
  const { store, vault } = await filled();
  const other = await opened(store);
  await other.put("k/1", "changed", 1);
  await vault.put("k/new", "made", 0);
  await other.delete("k/2", 1);
  // Deleted and made again: a revision never comes back.
  await other.delete("k/3", 1);
  await other.put("k/3", "again", 0);
  const expected: Record<string, string | undefined> = {
    ...numbers(),
    "k/1": "changed",
    "k/new": "made",
    "k/3": "again",
  };
  delete expected["k/2"];
  const { digests, reads } = await told(store);
  expect(digests).toEqual(expected);
  expect(reads).toBeLessThan(12);
});

test("whoever had to open many records writes the index, and the next one opens few", async () => {
  const { store } = await filled();
  const plain = await Vault.open(store, KEYRING);
  for (let at = 0; at < 60; at++) await plain.put(`k/${at}`, `new ${at}`, 1);
  const expected: Record<string, string | undefined> = numbers();
  for (let at = 0; at < 60; at++) expected[`k/${at}`] = `new ${at}`;
  const first = await told(store);
  expect(first.digests).toEqual(expected);
  expect(first.reads).toBeGreaterThan(60);
  const second = await told(store);
  expect(second.digests).toEqual(expected);
  expect(second.reads).toBeLessThan(5);
});

test("an index that is missing, damaged, of before, or of another version hides and invents nothing", async () => {
  const { store, vault } = await filled();
  const { data, at, record: before } = await indexOf(store);
  await vault.put("k/1", "changed", 1);
  const expected: Record<string, string | undefined> = {
    ...numbers(),
    "k/1": "changed",
  };
  const { ciphertext, ...rest } = JSON.parse(before.value);
  const names = await Promise.all(
    Object.keys(numbers()).map(async (name) => [
      await opaqueName(data, name),
      name,
    ]),
  );
  const good = JSON.parse(
    await openRecord(data, at, INDEX_KEY, before.value),
  );
  const sealed = async (text: string) =>
    (await sealRecord(data, INDEX_KEY, text)).value;
  for (
    const value of [
      null,
      before.value,
      JSON.stringify({ ...rest, ciphertext: `AAAA${ciphertext.slice(4)}` }),
      await sealed(JSON.stringify({ v: 1, names: names.flat() })),
      await sealed(JSON.stringify({ v: 2, records: [names[0]![0], 7, {}] })),
      await sealed(JSON.stringify({ ...good, v: 2, digests: good.names })),
      await sealed(JSON.stringify({ ...good, v: 4, digests: good.names })),
      await sealed(JSON.stringify({ v: 3, records: [[1]] })),
      await sealed(JSON.stringify({ ...good, order: [] })),
      await sealed(JSON.stringify({ ...good, order: ["?", -1, 1e9, 0, 0] })),
      await sealed(JSON.stringify({ ...good, order: good.order.toReversed() })),
      await sealed(JSON.stringify({ ...good, names: good.names.slice(1) })),
      await sealed(JSON.stringify({ ...good, opaque: good.opaque.slice(1) })),
      await sealed(JSON.stringify({ ...good, names: good.names.map(() => 7) })),
      await sealed(JSON.stringify({ ...good, revisions: [null, "1"] })),
      await sealed(JSON.stringify({ ...good, revisions: null })),
      await sealed(JSON.stringify({ ...good, digests: [] })),
      await sealed(JSON.stringify({
        ...good,
        names: good.names.toReversed(),
        opaque: good.opaque.toReversed(),
      })),
      await sealed(JSON.stringify({ ...good, digests: [7] })),
      await sealed("[]"),
    ]
  ) {
    await set(store, at, value);
    expect((await told(store)).digests).toEqual(expected);
    expect(await (await opened(store)).keys("")).toEqual(
      Object.keys(expected).sort(),
    );
  }
});

test("the index of an earlier version is made anew by whoever lists, once", async () => {
  const { store } = await filled();
  const { data, at } = await indexOf(store);
  const names = await Promise.all(
    Object.keys(numbers()).map(async (name) => [
      await opaqueName(data, name),
      ...[name, 1, "of before"],
    ]),
  );
  const text = JSON.stringify({ v: 2, records: names.flat() });
  await set(store, at, (await sealRecord(data, INDEX_KEY, text)).value);
  const first = await told(store);
  expect(first.digests).toEqual(numbers());
  expect(first.reads).toBeGreaterThan(80);
  const second = await told(store);
  expect(second.digests).toEqual(numbers());
  expect(second.reads).toBeLessThan(5);
});

test("a vault that was open before follows what others write, beside an index of its own", async () => {
  const { store, vault } = await filled();
  await vault.keys("");
  const early = await opened(store);
  await early.digests("k/");
  const other = await opened(store);
  for (let at = 100; at < 200; at++) await other.put(`k/${at}`, `${at}`, 0);
  await other.put("k/5", "five", 1);
  for (let at = 10; at < 20; at++) await other.delete(`k/${at}`, 1);
  await early.put("k/6", "six", 1);
  await other.put("a", "", 0);
  await other.put("z", "", 0);
  const expected: Record<string, string | undefined> = {
    ...numbers(200),
    ...{ "k/5": "five", "k/6": "six" },
  };
  for (let at = 80; at < 100; at++) delete expected[`k/${at}`];
  for (let at = 10; at < 20; at++) delete expected[`k/${at}`];
  const sorted = Object.entries(expected).sort(([a], [b]) => a < b ? -1 : 1);
  for (const each of [early, vault, other, await opened(store)]) {
    expect(await pairs(each)).toEqual(sorted);
    expect(await each.keys("")).toEqual([
      "a",
      ...sorted.map(([name]) => name),
      "z",
    ]);
  }
});

test("a record that does not open, or is not understood, has no digest and is listed", async () => {
  const { store, vault } = await filled();
  const { data } = await indexOf(store);
  await vault.put("k/1", "?", 1);
  const name = await opaqueName(data, "k/2");
  const { ciphertext: _, ...rest } = JSON.parse((await store.get(name))!.value);
  await set(store, name, JSON.stringify({ ...rest, ciphertext: "AAAA" }));
  const { digests } = await told(store);
  expect(digests).toEqual({
    ...numbers(),
    "k/1": undefined,
    "k/2": undefined,
  });
});

test("few records are not opened for their digests", async () => {
  const { store } = await filled(10);
  const { digests } = await told(store);
  expect(Object.keys(digests).sort()).toEqual(Object.keys(numbers(10)).sort());
  expect(Object.values(digests).filter(Boolean)).toEqual([]);
});

test("digests survive a change of the data key, and a process that runs meanwhile", async () => {
  const { store, vault } = await filled();
  await vault.digests("k/");
  await replaceDataKey(store, MASTER);
  expect((await told(store)).digests).toEqual(numbers());
  expect((await told(store)).reads).toBeLessThan(5);
  expect(await pairs(vault)).toEqual(
    Object.entries(numbers()).sort(([a], [b]) => a < b ? -1 : 1),
  );
});

test("a store that refuses the index is listed all the same", async () => {
  const { store } = await filled();
  const { at } = await indexOf(store);
  await set(store, at, null);
  const refusing: Store = Object.assign(Object.create(store), {
    get: store.get.bind(store),
    version: store.version.bind(store),
    revisions: store.revisions.bind(store),
    transact: () => Promise.reject(new Error("the disk is full")),
  });
  const found = await pairs(await opened(refusing));
  expect(Object.fromEntries(found)).toEqual(numbers());
});
