/** `key rotate`: new keys for everything. @module */
import { AuthsomeError } from "../../errors.ts";
import {
  checkRecords,
  dataKeyBytes,
  replaceDataKey,
  wrapBy,
} from "../../vault/rekey.ts";
import type { Keyring } from "../../ports/store.ts";
import type { Broker } from "../broker.ts";
import { type KeyWork, withKeys } from "./key_steps.ts";

/**
 * Puts a new master key in the place of the old one, where the source can keep one, and then seals every record anew with a
 * new data key. In this order the old master key never opens the new data key, not even to who reads in the middle.
 *
 * @returns how many records were sealed anew, and whether the master key is new.
 * @throws {AuthsomeError} `RecordCorrupt` if a record does not open (nothing was changed then); what `withKeys` throws.
 */
export async function rotateKey(
  broker: Broker,
): Promise<{ records: number; masterKey: boolean }> {
  return await withKeys(broker, "rotate", async (keys) => {
    const { store, source } = keys;
    const master = source.replace
      ? await replaceMasterKey(keys, source.replace.bind(source))
      : keys.master;
    const records = await replaceDataKey(store, master);
    return { records, masterKey: master !== keys.master };
  });
}

/** Leaves the data key wrapped by the new master key alone; gives that as its source does. */
async function replaceMasterKey(
  { store, source, master, dataKey }: KeyWork,
  replace: NonNullable<Keyring["replace"]>,
): Promise<KeyWork["master"]> {
  await checkRecords(store, dataKey);
  const next = crypto.getRandomValues(new Uint8Array(32));
  // Both open the vault until the source is seen to give the new one.
  await wrapBy(store, dataKey, [master, next]);
  await replace(next);
  const kept = await source.read();
  if (!kept || !await dataKeyBytes(store, kept)) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      "Cannot rotate the master key: what its place gives back does not open the vault",
      "authsome key status",
    );
  }
  await wrapBy(store, dataKey, [kept]);
  return kept;
}
