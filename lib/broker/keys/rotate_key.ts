/** `key rotate`: new keys for everything. @module */
import { AuthsomeError } from "../../errors.ts";
import { dataKeyBytes, replaceDataKey, wrapBy } from "../../vault/rekey.ts";
import type { Broker } from "../broker.ts";
import { withKeys } from "./key_steps.ts";

/**
 * Seals every record anew with a new data key, and then wraps that by a new master key, where the source can keep one.
 *
 * @returns how many records were sealed anew, and whether the master key is new.
 * @throws {AuthsomeError} `RecordCorrupt` if a record does not open (nothing was changed then); what `withKeys` throws.
 */
export async function rotateKey(
  broker: Broker,
): Promise<{ records: number; masterKey: boolean }> {
  return await withKeys(broker, "rotate", async ({ store, source, master }) => {
    const records = await replaceDataKey(store, master);
    if (!source.replace) return { records, masterKey: false };
    const dataKey = (await dataKeyBytes(store, master))!;
    const next = crypto.getRandomValues(new Uint8Array(32));
    // Both open the vault until the source is seen to give the new one.
    await wrapBy(store, dataKey, [master, next]);
    await source.replace(next);
    const kept = await source.read();
    if (!kept || !await dataKeyBytes(store, kept)) {
      throw new AuthsomeError(
        "MasterKeyUnavailable",
        "Cannot rotate the master key: what its place gives back does not open the vault",
        "authsome key status",
      );
    }
    await wrapBy(store, dataKey, [kept]);
    return { records, masterKey: true };
  });
}
