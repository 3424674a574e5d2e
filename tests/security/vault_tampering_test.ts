// Who can write to the vault's file but has no key: what is changed, moved or brought back does not open, and is said.
import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { Keyring, Store } from "../../lib/ports/store.ts";
import { KEY_RECORD } from "../../lib/vault/key_record.ts";
import { dataKeyBytes, replaceDataKey, wrapBy } from "../../lib/vault/rekey.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { storeName } from "../support/vault/store_names.ts";

type Key = Uint8Array<ArrayBuffer>;

const MASTER: Key = new Uint8Array(32).fill(7);
const OTHER: Key = new Uint8Array(32).fill(8);
const NAMES = ["profile/default/connection/a/x", "profile/default/client/b"];

function keyring(key: Key): Keyring {
  return {
    read: () => Promise.resolve(key),
    create: () => Promise.reject(new Error("a key was made")),
  };
}

const opened = (store: Store, key = MASTER) => Vault.open(store, keyring(key));

async function made(): Promise<Store> {
  const store = memoryStore();
  const vault = await opened(store);
  for (const name of NAMES) await vault.put(name, `secret of ${name}`, 0);
  return store;
}

/** Writes past the vault. */
async function set(store: Store, name: string, value: string): Promise<void> {
  await store.put(name, value, (await store.get(name))?.revision ?? 0);
}

const REFUSED = { exitCode: 9 };
const CORRUPT = { code: "RecordCorrupt", exitCode: 9 };
const NO_KEY = { code: "MasterKeyUnavailable", exitCode: 9 };

/** Each text that differs from `text` in one character, or ends too soon. */
function* damaged(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) +
      text.slice(at + 1);
    yield text.slice(0, at);
  }
}

test("names in the store tell nothing, and are others in another vault", async () => {
  const stores = [await made(), await made()];
  const [one, two] = await Promise.all(stores.map((each) => each.keys("")));
  expect(one).toHaveLength(NAMES.length + 1);
  for (const name of one!.filter((name) => name !== KEY_RECORD)) {
    expect(name).toMatch(/^[\w-]{22}$/);
    expect(two).not.toContain(name);
  }
});

test("each byte and each end of a record matters", async () => {
  const store = await made();
  const name = await storeName(store, MASTER, NAMES[0]!);
  const { value } = (await store.get(name))!;
  let hidden = 0;
  for (const bad of damaged(value)) {
    await set(store, name, bad);
    const vault = await opened(store);
    const text = await vault.get(NAMES[0]!).catch((error) => error);
    const keys = await vault.keys("").catch((error) => error);
    // A part of it is the sealed name, which a read of the record does not need: then listings end.
    if (text instanceof Error) expect(text).toMatchObject(CORRUPT);
    else {
      expect(keys).toMatchObject(CORRUPT);
      hidden++;
    }
    if (!(keys instanceof Error)) expect(keys).toEqual(NAMES.toSorted());
    expect((await vault.get(NAMES[1]!))?.text).toBe(`secret of ${NAMES[1]}`);
  }
  expect(hidden).toBeGreaterThan(0);
});

test("each byte and each end of the key record matters, and no new key takes its place", async () => {
  const store = await made();
  const { value } = (await store.get(KEY_RECORD))!;
  for (const bad of damaged(value)) {
    await set(store, KEY_RECORD, bad);
    await expect(opened(store)).rejects.toMatchObject(REFUSED);
    expect((await store.get(KEY_RECORD))?.value).toBe(bad);
  }
  await set(store, KEY_RECORD, value);
  expect((await (await opened(store)).keys("")).length).toBe(NAMES.length);
});

test("a key record that was deleted is not made anew", async () => {
  const store = await made();
  const { revision } = (await store.get(KEY_RECORD))!;
  const vault = await opened(store);
  await store.delete(KEY_RECORD, revision);
  const names = await store.keys("");
  await expect(opened(store)).rejects.toMatchObject(REFUSED);
  await expect(vault.put(NAMES[0]!, "x", 1)).rejects.toMatchObject(REFUSED);
  expect(await store.keys("")).toEqual(names);
});

test("a record, its name or its text, copied onto another, does not open", async () => {
  for (const part of ["all", "name", "text"]) {
    const store = await made();
    const [from, to] = await Promise.all(
      NAMES.map((name) => storeName(store, MASTER, name)),
    );
    const source = JSON.parse((await store.get(from!))!.value);
    const target = JSON.parse((await store.get(to!))!.value);
    const { name, ...text } = source;
    const moved = part === "all"
      ? source
      : part === "name"
      ? { ...target, name }
      : { ...text, name: target.name };
    await set(store, to!, JSON.stringify(moved));
    const vault = await opened(store);
    if (part !== "name") {
      await expect(vault.get(NAMES[1]!)).rejects.toMatchObject(CORRUPT);
    }
    if (part !== "text") {
      await expect(vault.keys("")).rejects.toMatchObject(CORRUPT);
      expect((await vault.contents()).nameless).toEqual([to]);
    } else expect(await vault.keys("")).toHaveLength(2);
  }
});

test("a text put where the name is, and a name where the text is, do not open", async () => {
  const store = await made();
  const at = await storeName(store, MASTER, NAMES[0]!);
  const { name, enc, alg, kid, ...text } = JSON.parse(
    (await store.get(at))!.value,
  );
  await set(store, at, JSON.stringify({ enc, alg, kid, name: text, ...name }));
  const vault = await opened(store);
  await expect(vault.get(NAMES[0]!)).rejects.toMatchObject(CORRUPT);
  await expect(vault.keys("")).rejects.toMatchObject(CORRUPT);
});

test("a record of another vault, or of before a rotation, does not open and is named", async () => {
  for (const which of ["another vault", "before"]) {
    const store = await made();
    const source = which === "before" ? store : await made();
    const old = await source.get(await storeName(source, MASTER, NAMES[0]!));
    if (which === "before") await replaceDataKey(store, MASTER);
    const name = await storeName(store, MASTER, NAMES[0]!);
    await set(store, name, old!.value);
    const vault = await opened(store);
    await expect(vault.get(NAMES[0]!)).rejects.toMatchObject(CORRUPT);
    await expect(vault.keys("")).rejects.toMatchObject(CORRUPT);
    expect((await vault.contents()).nameless).toEqual([name]);
  }
});

test("the key record of before a rotation opens nothing, whichever master key there is", async () => {
  for (const next of [MASTER, OTHER]) {
    const store = await made();
    const old = (await store.get(KEY_RECORD))!.value;
    await replaceDataKey(store, MASTER);
    const dataKey = (await dataKeyBytes(store, MASTER))!;
    await wrapBy(store, dataKey, [next]);
    const names = await store.keys("");
    await set(store, KEY_RECORD, old);
    if (next === OTHER) {
      await expect(opened(store, next)).rejects.toMatchObject(NO_KEY);
    } else {
      const vault = await opened(store, next);
      // It must not look like an empty vault.
      await expect(vault.keys("")).rejects.toMatchObject(CORRUPT);
    }
    expect(await store.keys("")).toEqual(names);
  }
});

test("a process that runs on does not take a key record of before for a new one", async () => {
  const store = await made();
  const old = (await store.get(KEY_RECORD))!.value;
  const vault = await opened(store);
  await replaceDataKey(store, MASTER);
  expect((await vault.get(NAMES[0]!))?.text).toBe(`secret of ${NAMES[0]}`);
  await set(store, KEY_RECORD, old);
  // Its own key still opens what is there; it writes nothing that no other process would find.
  expect((await vault.get(NAMES[0]!))?.text).toBe(`secret of ${NAMES[0]}`);
  const names = await store.keys("");
  await expect(vault.put("new", "x", 0)).rejects.toMatchObject(REFUSED);
  expect(await store.keys("")).toEqual(names);
});

test("a wrong key id, in the key record or in its wrap, opens nothing", async () => {
  const store = await made();
  const record = JSON.parse((await store.get(KEY_RECORD))!.value);
  const kid = "0123456789abcdef";
  for (
    const bad of [
      { ...record, kid },
      { ...record, wraps: [{ ...record.wraps[0], kid }] },
      { ...record, wraps: [] },
    ]
  ) {
    await set(store, KEY_RECORD, JSON.stringify(bad));
    await expect(opened(store)).rejects.toMatchObject(NO_KEY);
  }
  await set(store, KEY_RECORD, JSON.stringify({ ...record, enc: 3 }));
  await expect(opened(store)).rejects.toMatchObject({
    code: "StoreUnavailable",
    message: "Cannot open vault: it has format 3, this authsome knows format 2",
  });
});

test("a wrap of another vault with the same master key does not open this one", async () => {
  const [store, other] = [await made(), await made()];
  const mine = JSON.parse((await store.get(KEY_RECORD))!.value);
  const theirs = JSON.parse((await other.get(KEY_RECORD))!.value);
  await set(
    store,
    KEY_RECORD,
    JSON.stringify({ ...mine, wraps: theirs.wraps }),
  );
  await expect(opened(store)).rejects.toMatchObject(NO_KEY);
});

test("an index that was changed, or brought back, hides and invents nothing", async () => {
  const store = memoryStore();
  const vault = await opened(store);
  const names = Array.from({ length: 80 }, (_, at) => `k/${at}`);
  for (const name of names) await vault.put(name, "x", 0);
  const at = await storeName(store, MASTER, "vault/index");
  const index = (await store.get(at))!;
  await vault.put("k/new", "x", 0);
  await vault.delete("k/1", 1);
  const expected = [...names.filter((name) => name !== "k/1"), "k/new"].sort();
  const { ciphertext, ...rest } = JSON.parse(index.value);
  for (
    const value of [
      index.value,
      JSON.stringify({ ...rest, ciphertext: `AAAA${ciphertext.slice(4)}` }),
    ]
  ) {
    await set(store, at, value);
    expect(await (await opened(store)).keys("")).toEqual(expected);
  }
});
