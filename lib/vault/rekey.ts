/**
 * Changes of the keys of a vault. Each is one step of the store, after which the vault opens; the key commands make them
 * in an order in which the key that the source gives always opens it.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Change, Store } from "../ports/store.ts";
import {
  type DataKey,
  importDataKey,
  importMasterKey,
  opaqueName,
} from "./derived_keys.ts";
import {
  decodeKeyRecord,
  encodeKeyRecord,
  KEY_RECORD,
  type KeyRecord,
  newDataKey,
  unwrapDataKey,
  wrapDataKey,
} from "./key_record.ts";
import { INDEX_KEY } from "./name_index.ts";
import { Resealer } from "./reseal.ts";
import { openName, openRecord, OtherDataKey } from "./sealed_record.ts";

type Key = Uint8Array<ArrayBuffer>;

const TRIES = 100;

/** The key record, as far as it can be read without a key. */
export interface KeyState {
  /** Names the data key. */
  dataKey: string;
  /** Names the master keys that open the vault: two while a key command is interrupted. */
  masterKeys: string[];
}

/** What the store's key record says; `undefined` if there is none. Throws as `decodeKeyRecord` does. */
export async function keyState(store: Store): Promise<KeyState | undefined> {
  const found = await store.get(KEY_RECORD);
  if (!found) return undefined;
  const { kid, wraps } = decodeKeyRecord(found.value);
  return { dataKey: kid, masterKeys: wraps.map(({ kid }) => kid) };
}

/** The data key, unwrapped by the master key `bytes`; `undefined` if it is not wrapped by it. */
export async function dataKeyBytes(
  store: Store,
  bytes: Key,
): Promise<Key | undefined> {
  const found = await store.get(KEY_RECORD);
  return found &&
    await unwrapDataKey(
      decodeKeyRecord(found.value),
      await importMasterKey(bytes),
    );
}

/**
 * Wraps the data key by `masters` and no other. `dataKey` must be that of the vault.
 *
 * @throws {AuthsomeError} `RecordConflict` if other processes keep changing it.
 */
export async function wrapBy(
  store: Store,
  dataKey: Key,
  masters: readonly Key[],
): Promise<void> {
  const { kid } = await importDataKey(dataKey);
  const wraps = await Promise.all(
    masters.map(async (bytes) =>
      await wrapDataKey(await importMasterKey(bytes), kid, dataKey)
    ),
  );
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await store.get(KEY_RECORD);
    const text = encodeKeyRecord(kid, wraps);
    if (
      await store.put(KEY_RECORD, text, found?.revision ?? 0) !== undefined
    ) return;
  }
  throw busy();
}

/**
 * Makes a new data key, wrapped by `master` alone, and seals every record anew, in one step. A process that runs meanwhile
 * keeps what it has written, and goes on.
 *
 * @returns how many records were sealed anew.
 * @throws {AuthsomeError} `MasterKeyUnavailable` if the vault is not wrapped by `master`, `RecordCorrupt` if a record does
 * not open, `RecordConflict` if other processes write without a pause. Nothing was written then.
 */
export async function replaceDataKey(
  store: Store,
  master: Key,
): Promise<number> {
  const wrapping = await importMasterKey(master);
  const { data, record } = await newDataKey(wrapping);
  const resealer = new Resealer(data);
  for (let tries = 0; tries < TRIES; tries++) {
    const version = await store.version();
    const bytes = await dataKeyBytes(store, master);
    const found = await store.get(KEY_RECORD);
    if (!bytes || !found) throw otherMaster(wrapping.kid);
    const old = await importDataKey(bytes);
    const index = await opaqueName(old, INDEX_KEY);
    const names = (await store.keys("")).filter((name) =>
      name !== KEY_RECORD && name !== index
    );
    const changes: Change[] = [
      { key: KEY_RECORD, expected: found.revision, value: record },
    ];
    const oldIndex = await store.get(index);
    if (oldIndex) {
      changes.push({ key: index, expected: oldIndex.revision, value: null });
    }
    changes.push(
      ...await resealer.changes(
        store,
        names,
        (name, { value }) => openOld(old, name, value),
      ),
    );
    if (await store.transact(changes, version)) return names.length;
  }
  throw busy();
}

/**
 * Opens every record, so that nothing has begun yet if one does not.
 *
 * @throws {AuthsomeError} `RecordCorrupt` if a record does not open.
 */
export async function checkRecords(store: Store, dataKey: Key): Promise<void> {
  const data = await importDataKey(dataKey);
  const index = await opaqueName(data, INDEX_KEY);
  for (const name of await store.keys("")) {
    const record = await store.get(name);
    if (!record || name === KEY_RECORD || name === index) continue;
    await openOld(data, name, record.value);
  }
}

async function openOld(old: DataKey, name: string, value: string) {
  try {
    const recordKey = await openName(old, name, value);
    const text = await openRecord(old, name, recordKey, value);
    return { recordKey, text };
  } catch (cause) {
    if (!(cause instanceof AuthsomeError || cause instanceof OtherDataKey)) {
      throw cause;
    }
    throw new AuthsomeError(
      "RecordCorrupt",
      `Cannot change the data key: record "${name}" does not open, and would be lost`,
      "authsome doctor",
      { cause },
    );
  }
}

/**
 * Whether `dataKey` is that of the vault: it opens a record, or is the one that the key record of an empty vault names.
 */
export async function opensVault(
  store: Store,
  dataKey: Key,
): Promise<boolean> {
  const data = await importDataKey(dataKey);
  const names = (await store.keys("")).filter((name) => name !== KEY_RECORD);
  for (const name of names) {
    const record = await store.get(name);
    try {
      if (record) await openName(data, name, record.value);
      return true;
    } catch { /* It is damaged, or the key is another. */ }
  }
  if (names.length > 0) return false;
  const found = await store.get(KEY_RECORD);
  let record: KeyRecord | undefined;
  try {
    record = found && decodeKeyRecord(found.value);
  } catch { /* It is damaged. */ }
  return record?.kid === data.kid;
}

function otherMaster(kid: string): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open vault: its data key is not sealed with master key ${kid}`,
    "authsome key status",
  );
}

function busy(): AuthsomeError {
  return new AuthsomeError(
    "RecordConflict",
    "Cannot change the keys of the vault: other processes keep writing to it",
    "Try again",
  );
}
