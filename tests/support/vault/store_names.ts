/** The name under which a store has a record, for tests that reach past the vault. */
import type { Store } from "../../../lib/ports/store.ts";
import {
  importDataKey,
  importMasterKey,
  opaqueName,
} from "../../../lib/vault/derived_keys.ts";
import {
  decodeKeyRecord,
  KEY_RECORD,
  unwrapDataKey,
} from "../../../lib/vault/key_record.ts";

/** The opaque name of `recordKey` in a vault that the master key `bytes` opens. */
export async function storeName(
  store: Store,
  bytes: Uint8Array<ArrayBuffer>,
  recordKey: string,
): Promise<string> {
  const record = decodeKeyRecord((await store.get(KEY_RECORD))!.value);
  const key = await unwrapDataKey(record, await importMasterKey(bytes));
  return await opaqueName(await importDataKey(key!), recordKey);
}
