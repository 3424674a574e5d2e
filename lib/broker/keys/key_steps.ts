/** What the key commands share: one at a time, the source of now, and the end of what was interrupted. @module */
import { readConfig } from "../../config.ts";
import { effectiveEncryption, type Encryption } from "../../encryption.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring, Store } from "../../ports/store.ts";
import { dataKeyBytes, keyState, wrapBy } from "../../vault/rekey.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Broker } from "../broker.ts";

/** The record of a move that has begun and not ended: the settings before and after. */
const MOVE_KEY = "vault/move";

/** What a key command works with, while no other one does. */
export interface KeyWork {
  broker: Broker;
  vault: Vault;
  store: Store;
  encryption: Encryption;
  source: Keyring;
  /** What `source` gives; it opens the vault. */
  master: Uint8Array<ArrayBuffer>;
  /** The data key. */
  dataKey: Uint8Array<ArrayBuffer>;
}

/**
 * Does `work` while no other key command runs, after an interrupted one was ended.
 *
 * @param what the command, for messages, such as `move`.
 * @throws {AuthsomeError} `MasterKeyUnavailable` if the vault does not open; `OperationNotAllowed` if a variable gives the
 * key.
 */
export async function withKeys<T>(
  broker: Broker,
  what: string,
  work: (keys: KeyWork) => Promise<T>,
): Promise<T> {
  refuseVariable(broker, what);
  return await underKeyLock(broker, async () => {
    const vault = await broker.vault();
    const store = await broker.store();
    const encryption = await settle(broker, vault, store);
    const opened = await open(broker, store, encryption);
    return await work({ broker, vault, store, encryption, ...opened });
  });
}

/** Does `work` while no other key command runs. */
export async function underKeyLock<T>(
  broker: Broker,
  work: () => Promise<T>,
): Promise<T> {
  const held = await broker.runtime.keyLock?.();
  try {
    return await work();
  } finally {
    held?.release();
  }
}

/** Refuses where a variable gives the key: the home's own source is not in use then. */
export function refuseVariable(broker: Broker, what: string): void {
  if (broker.config.encryption.mode === broker.encryption.mode) return;
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot ${what} the master key: AUTHSOME_MASTER_KEY or AUTHSOME_MASTER_KEY_FILE gives it, whatever config.json says`,
    "unset AUTHSOME_MASTER_KEY AUTHSOME_MASTER_KEY_FILE",
  );
}

/** Notes a move before its first step. */
export async function noteMove(
  vault: Vault,
  from: Encryption,
  to: Encryption,
): Promise<void> {
  const text = JSON.stringify({ v: 1, from, to });
  if (await vault.put(MOVE_KEY, text, 0) === undefined) {
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot move the master key: another process moves it",
      "Try again",
    );
  }
}

/** Whether a move or a rotation has begun and not ended. */
export async function isInterrupted(
  vault: Vault,
  store: Store,
): Promise<boolean> {
  return await vault.revision(MOVE_KEY) !== undefined ||
    ((await keyState(store))?.masterKeys.length ?? 0) > 1;
}

/**
 * Ends what was interrupted: a move whose settings are written is completed, another one undone. In both cases the key of
 * the place that the settings name stays, and the other goes.
 *
 * @returns the settings.
 */
export async function settle(
  broker: Broker,
  vault: Vault,
  store: Store,
): Promise<Encryption> {
  const { encryption: written } = await readConfig(broker.runtime.configFile);
  const encryption = effectiveEncryption(written, broker.env);
  const note = await vault.get(MOVE_KEY);
  const state = await keyState(store);
  if (!note && state?.masterKeys.length === 1) return encryption;
  const { master, dataKey } = await open(broker, store, encryption);
  const others: Encryption[] = note
    ? [JSON.parse(note.text).from, JSON.parse(note.text).to]
    : [];
  for (const other of others) {
    if (other.mode === encryption.mode) continue;
    await (await broker.runtime.keyring(other)).remove?.();
  }
  await wrapBy(store, dataKey, [master]);
  if (note) await vault.delete(MOVE_KEY, note.revision);
  return encryption;
}

async function open(
  broker: Broker,
  store: Store,
  encryption: Encryption,
): Promise<Pick<KeyWork, "source" | "master" | "dataKey">> {
  const source = await broker.runtime.keyring(encryption);
  const master = await source.read();
  const dataKey = master && await dataKeyBytes(store, master);
  if (!master || !dataKey) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      "Cannot open vault: the master key of this home does not open it",
      "authsome key restore <file>",
    );
  }
  return { source, master, dataKey };
}
