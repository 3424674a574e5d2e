/** `key move`: the master key from one place to another. @module */
import { updateConfig } from "../../config.ts";
import type { Encryption } from "../../encryption.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring } from "../../ports/store.ts";
import { dataKeyBytes, wrapBy } from "../../vault/rekey.ts";
import type { Broker } from "../broker.ts";
import { type KeyWork, noteMove, settle, withKeys } from "./key_steps.ts";

/**
 * Moves the master key to the source that `to` describes. It is a new key where the source can keep one. Until the
 * settings name the new place the key of the old one opens the vault, and from then on that of the new one, wherever this
 * is interrupted.
 *
 * @returns whether it was elsewhere before.
 * @throws {AuthsomeError} `OperationNotAllowed` if another key is there already; `MasterKeyUnavailable` if the vault, or
 * either place, cannot be used. The key is where it was then.
 */
export async function moveKey(
  broker: Broker,
  to: Encryption,
): Promise<{ moved: boolean; from: Encryption }> {
  return await withKeys(broker, "move", async (keys) => {
    const { encryption: from, vault, store } = keys;
    if (isSame(from, to)) return { moved: false, from };
    const target = await broker.runtime.keyring(to);
    const given = await target.read();
    if (given && target.replace) throw occupied(to);
    const key = given ?? crypto.getRandomValues(new Uint8Array(32));
    await noteMove(vault, from, to);
    try {
      await wrapBy(store, keys.dataKey, [keys.master, key]);
      await keep(keys, target, key);
      await updateConfig(broker.runtime.configFile, ({ encryption }) => ({
        encryption: { ...encryption, command: undefined, ...to },
      }));
    } catch (error) {
      // As it was; if not even that can be written, the next key command does it.
      await settle(broker, vault, store).catch(() => {});
      throw error;
    }
    await settle(broker, vault, store);
    return { moved: true, from };
  });
}

/** Keeps `key` at the target, unless the key there follows from something else, and proves that it opens the vault. */
async function keep(
  { store }: KeyWork,
  target: Keyring,
  key: Uint8Array<ArrayBuffer>,
): Promise<void> {
  if (target.replace) await target.create(key);
  const kept = await target.read();
  if (!kept || !await dataKeyBytes(store, kept)) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      "Cannot move the master key: what the new place gives back does not open the vault",
      "authsome key status",
    );
  }
}

function isSame(from: Encryption, to: Encryption): boolean {
  return from.mode === to.mode &&
    JSON.stringify(from.command) === JSON.stringify(to.command);
}

function occupied({ mode }: Encryption): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot move the master key: mode ${mode} has a key already, which does not open this vault`,
    mode === "local_key"
      ? "Move master.key of the home away, and try again"
      : "Remove it there, and try again",
  );
}
