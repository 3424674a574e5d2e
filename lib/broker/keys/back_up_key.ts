/**
 * `key backup` and `key restore`. A backup holds the data key, so it opens the vault whatever became of the master key and
 * its place, until `key rotate` makes another data key.
 *
 * @module
 */
import { base64 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring, Store } from "../../ports/store.ts";
import { importDataKey } from "../../vault/derived_keys.ts";
import { keyBackup } from "../../vault/key_backup.ts";
import { dataKeyBytes, opensVault, wrapBy } from "../../vault/rekey.ts";
import type { Broker } from "../broker.ts";
import { underKeyLock } from "./key_steps.ts";

type Key = Uint8Array<ArrayBuffer>;

/**
 * Writes the data key to a new file at `path`, mode 0600.
 *
 * @returns the name of the data key.
 * @throws {AuthsomeError} `OperationNotAllowed` if there is something at `path`; `MasterKeyUnavailable` if the vault does
 * not open.
 */
export async function backUpKey(broker: Broker, path: string): Promise<string> {
  const { runtime, encryption } = broker;
  await broker.vault();
  const store = await broker.store();
  const master = await (await runtime.keyring(encryption)).read();
  const dataKey = master && await dataKeyBytes(store, master);
  if (!dataKey) throw noBackup("the vault does not open");
  const { kid } = await importDataKey(dataKey);
  const text = JSON.stringify(
    {
      v: 1,
      what:
        "Data key of an authsome vault. Whoever has this file and a copy of vault.db can read every credential in it. Restore it with: authsome key restore <file>",
      created_at: new Date(broker.clock.now()).toISOString(),
      kid,
      data_key: base64(dataKey),
    },
    null,
    2,
  );
  dataKey.fill(0);
  if (!runtime.savePrivateFile) throw noBackup("no file can be written here");
  await runtime.savePrivateFile(path, `${text}\n`);
  return kid;
}

/**
 * Makes the vault open again with the data key in the file at `path`. The place that the settings name keeps its key if it
 * gives one, and gets a new one if not.
 *
 * @returns the name of the data key, and whether the master key is new.
 * @throws {AuthsomeError} `Usage` if the file is no backup; `MasterKeyUnavailable` if its key does not open this vault.
 * Nothing was written then.
 */
export async function restoreKey(
  broker: Broker,
  path: string,
): Promise<{ kid: string; masterKey: boolean }> {
  const { runtime, encryption } = broker;
  const dataKey = decode(path, runtime.personFile?.(path));
  const { kid } = await importDataKey(dataKey);
  if (runtime.hasStore && !runtime.hasStore()) throw noVault(broker.home);
  return await underKeyLock(broker, async () => {
    const store = await runtime.openStore();
    try {
      if (!await opensVault(store, dataKey)) throw otherVault(path, kid);
      const source = await runtime.keyring(encryption);
      return { kid, masterKey: await adopt(store, source, dataKey) };
    } finally {
      store.close();
    }
  });
}

/** Wraps the data key by what the source gives, or by a new key there; says whether it is new. */
async function adopt(
  store: Store,
  source: Keyring,
  dataKey: Key,
): Promise<boolean> {
  let given: Key | undefined;
  let failure: unknown;
  try {
    given = await source.read();
  } catch (error) {
    failure = error;
  }
  if (given) {
    await wrapBy(store, dataKey, [given]);
    return false;
  }
  if (!source.remove) throw failure;
  const key = crypto.getRandomValues(new Uint8Array(32));
  // The wrap comes first, as with a new vault: a key without one would open nothing.
  await wrapBy(store, dataKey, [key]);
  if (failure) await source.remove();
  await source.create(key);
  const kept = await source.read();
  if (!kept || !await dataKeyBytes(store, kept)) {
    throw noBackup("what its place gives back does not open the vault");
  }
  return true;
}

function decode(path: string, text: string | undefined): Key {
  const key = text === undefined ? undefined : keyBackup(text);
  if (key) return key;
  throw new AuthsomeError(
    "Usage",
    text === undefined
      ? `Cannot restore the key: there is no readable file "${path}"`
      : `Cannot restore the key: "${path}" is no backup of one`,
    "authsome key backup <file> makes one",
    { subject: { file: path } },
  );
}

function otherVault(path: string, kid: string): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot restore the key: data key ${kid} of "${path}" does not open this vault`,
    "It is of another vault, or of before a key rotate: use a later backup",
    { subject: { file: path } },
  );
}

function noVault(home: string): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot restore the key: "${home}" has no vault`,
    "Copy vault.db there first",
  );
}

function noBackup(state: string): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot use the master key: ${state}`,
    "authsome key status",
  );
}
