/** From format 1 to format 2, in one step and without one for a person. @module */
import { base64 } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import type { Change, Store, StoredRecord } from "../ports/store.ts";
import { importMasterKey } from "./derived_keys.ts";
import { importSealingKey, open, type SealingKey } from "./envelope.ts";
import { KEY_RECORD, newDataKey } from "./key_record.ts";
import { type Opened, Resealer } from "./reseal.ts";

/** The record that proved the master key. */
const CHECK_KEY = "vault/check";

const TRIES = 100;

/**
 * Seals every record of a vault of format 1 anew, with a data key that the same master key wraps.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if it is not the key of this vault; `StoreUnavailable` if others keep
 * writing. Nothing was written then.
 */
export async function upgrade(
  store: Store,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const old = await importSealingKey(bytes);
  const { data, record } = await newDataKey(await importMasterKey(bytes));
  const resealer = new Resealer(data);
  for (let tries = 0; tries < TRIES; tries++) {
    const version = await store.version();
    if (await store.get(KEY_RECORD)) return;
    const changes: Change[] = [
      { key: KEY_RECORD, expected: 0, value: record },
    ];
    const check = await store.get(CHECK_KEY);
    if (check) {
      await open(old, CHECK_KEY, check.value);
      changes.push({
        key: CHECK_KEY,
        expected: check.revision,
        value: null,
      });
    }
    const names = (await store.keys("")).filter((name) => name !== CHECK_KEY);
    let opened = 0;
    changes.push(
      ...await resealer.changes(store, names, async (name, { value }) => {
        const record = await openOld(old, name, value);
        if ("text" in record) opened++;
        return record;
      }),
    );
    // Without its check record, a vault of which nothing opens may be that of another key.
    if (!check && opened === 0) throw otherKey();
    if (await store.transact(changes, version)) return;
  }
  throw new AuthsomeError(
    "StoreUnavailable",
    "Cannot bring vault to format 2: other processes keep writing to it",
    "Try again",
  );
}

/** A damaged record is kept as it is: it did not open before, and does not now. */
async function openOld(
  old: SealingKey,
  name: string,
  value: StoredRecord["value"],
): Promise<Opened> {
  try {
    return { recordKey: name, text: await open(old, name, value) };
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return {
      recordKey: name,
      remains: {
        nonce: base64(new Uint8Array(12)),
        ciphertext: base64(new TextEncoder().encode(value)),
        tag: base64(new Uint8Array(16)),
      },
    };
  }
}

function otherKey(): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open vault: no record of it was sealed with this master key",
    "Restore the master key that belongs to this vault",
  );
}
