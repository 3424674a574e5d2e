/** A {@linkcode Keyring} whose key is in `config.json`, sealed by a passphrase. @module */
import type { Argon2Cost } from "../../argon2_cost.ts";
import { hex, sha256 } from "../../bytes.ts";
import { readConfig, updateConfig } from "../../config.ts";
import type { PassphraseSeal } from "../../encryption.ts";
import { AuthsomeError } from "../../errors.ts";
import { parseKeyText } from "../../key_text.ts";
import { counted } from "../../text.ts";
import type { ConfigFile } from "../../ports/home_files.ts";
import type { PassphraseKeyring } from "../../ports/store.ts";
import {
  isOutdated,
  openByPassphrase,
  SEAL_COST,
  sealByPassphrase,
} from "../../vault/passphrase_seal.ts";
import type { Tell } from "../home/home_folder.ts";
import {
  currentPassphrase,
  givenPassphrase,
  newPassphrase,
  type PassphraseSource,
  SHORT,
} from "./passphrase_input.ts";
import { type SessionKey, sessionKey } from "./session_key.ts";

/** How often a wrong passphrase may be typed. */
const TRIES = 3;

type Key = Uint8Array<ArrayBuffer>;

/** What it works with. */
export interface PassphraseOptions extends PassphraseSource {
  /** Path of the home. */
  home: string;
  configFile: ConfigFile;
  /** Told in a line of a short passphrase. */
  warn: Tell;
  /** Default: that of this system. */
  session?: SessionKey;
  /** What a new seal costs. Default: {@linkcode SEAL_COST}. */
  cost?: Argon2Cost;
}

/** The keyring of `home`. A passphrase is asked for once in a process. */
export async function passphraseKeyring(
  { home, configFile, warn, session, cost = SEAL_COST, ...source }:
    PassphraseOptions,
): Promise<PassphraseKeyring> {
  const unlocked = session ?? sessionKey((await sha256(home)).slice(0, 32));
  /** What this process has opened: the seal, its key, and the passphrase unless the session keyring had the key. */
  let known: { id: string; key: Key; passphrase?: string } | undefined;
  /** The seal and the passphrase that did not open it: to try costs as much memory and time as to guess. */
  let refused: { id: string; passphrase: string } | undefined;

  const stored = async () =>
    (await readConfig(configFile)).encryption.passphrase;

  /** Writes what takes the place of `before`; says whether that was still there. */
  const write = async (
    before: PassphraseSeal | undefined,
    passphrase: PassphraseSeal | undefined,
  ): Promise<boolean> => {
    let written = false;
    await updateConfig(configFile, ({ encryption }) => {
      written = encryption.passphrase?.ciphertext === before?.ciphertext;
      return written ? { encryption: { ...encryption, passphrase } } : {};
    });
    return written;
  };

  /** The sealed key, or `undefined` if it is not its passphrase. */
  const attempt = async (
    passphrase: string,
    seal: PassphraseSeal,
    id: string,
  ): Promise<Key | undefined> => {
    if (refused?.id === id && refused.passphrase === passphrase) return;
    const key = await openByPassphrase(passphrase, seal);
    if (!key) refused = { id, passphrase };
    return key;
  };

  const unlock = async (
    seal: PassphraseSeal,
    id: string,
    running: boolean,
  ): Promise<{ key: Key; passphrase: string }> => {
    if (running) {
      const given = givenPassphrase(source.env);
      const key = given && await attempt(given.text, seal, id);
      if (!key) throw outrun();
      return { key, passphrase: given.text };
    }
    let message = "Passphrase of this vault";
    for (let left = TRIES; left > 0; left--) {
      const { text, from } = await currentPassphrase(source, message);
      const key = await attempt(text, seal, id);
      if (key) return { key, passphrase: text };
      if (from) throw wrong(`${from} is not its passphrase`);
      message = `That is not it. Passphrase of this vault (${
        counted(left - 1, "try", "tries")
      } left)`;
    }
    throw wrong(`${TRIES} wrong passphrases were typed`);
  };

  /** Seals `key` in the place of `before`; says whether that was still there. */
  const set = async (
    before: PassphraseSeal | undefined,
    key: Key,
    passphrase: string,
  ): Promise<boolean> => {
    const seal = await sealByPassphrase(passphrase, key, cost);
    if (!await write(before, seal)) return false;
    known = { id: await idOf(seal), key, passphrase };
    return true;
  };

  const choose = async (name?: string): Promise<string> => {
    const { text } = await newPassphrase(source, name);
    if ([...text].length < SHORT) {
      warn(
        `The passphrase has fewer than ${SHORT} characters: whoever has a copy of this home can try them all`,
      );
    }
    return text;
  };

  /** The key and its passphrase, which has to be typed also while the vault is unlocked. */
  const withPassphrase = async (
    seal: PassphraseSeal,
    running = false,
  ): Promise<{ key: Key; passphrase: string }> => {
    const id = await idOf(seal);
    const { passphrase } = known ?? {};
    if (passphrase !== undefined) {
      // Another process may have changed the key, or the passphrase.
      const key = known!.id === id
        ? known!.key
        : await attempt(passphrase, seal, id);
      if (key) return { key, passphrase };
    }
    const opened = await unlock(seal, id, running);
    known = { id, ...opened };
    return opened;
  };

  return {
    async read({ running = false } = {}) {
      const seal = await stored();
      if (!seal) return undefined;
      const id = await idOf(seal);
      if (known?.id === id) return known.key.slice();
      const kept = await keptKey(unlocked, seal);
      if (kept) {
        known = { id, key: kept };
        return kept.slice();
      }
      const { key, passphrase } = await withPassphrase(seal, running);
      known = { id, key, passphrase };
      if (isOutdated(seal, cost)) {
        // It opens all the same where the home cannot be written to.
        await set(seal, key, passphrase).catch(() => {});
      }
      return key.slice();
    },

    async create(key) {
      if (await stored()) return;
      await set(undefined, key.slice(), await choose());
    },

    async replace(key) {
      const before = await stored();
      const passphrase = before
        ? (await withPassphrase(before)).passphrase
        : await choose();
      const wasUnlocked = before && await keptKey(unlocked, before);
      if (!await set(before, key.slice(), passphrase)) throw changed();
      // Programs that the unlock has opened go on.
      if (wasUnlocked && known) {
        await unlocked.replace(`${known.id} ${hex(key)}`);
      } else await unlocked.forget();
    },

    async remove() {
      const before = await stored();
      if (before && !await write(before, undefined)) throw changed();
      known = undefined;
      await unlocked.forget();
    },

    async change() {
      const before = await stored();
      if (!before) throw wrong("it has no passphrase yet");
      const { key } = await withPassphrase(before);
      const passphrase = await choose("AUTHSOME_NEW_PASSPHRASE");
      if (!await set(before, key, passphrase)) throw changed();
      await unlocked.forget();
    },

    async unlock(seconds) {
      const seal = await stored();
      if (!seal) throw wrong("it has no passphrase yet");
      const { key } = await withPassphrase(seal);
      // Opening it may have sealed it anew.
      const now = await stored() ?? seal;
      await unlocked.keep(`${await idOf(now)} ${hex(key)}`, seconds);
    },

    async lock() {
      return await unlocked.forget();
    },
  };
}

/** The key that an unlock has left, if it is the one that is sealed now. */
async function keptKey(
  session: SessionKey,
  seal: PassphraseSeal,
): Promise<Key | undefined> {
  const [id, text] = (await session.read())?.split(" ") ?? [];
  return text !== undefined && id === await idOf(seal)
    ? parseKeyText(text)
    : undefined;
}

async function idOf(
  { salt, ciphertext, tag }: PassphraseSeal,
): Promise<string> {
  return (await sha256(`${salt} ${ciphertext} ${tag}`)).slice(0, 16);
}

function wrong(state: string): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot open the vault: ${state}`,
    "Try again: authsome key status. Without its passphrase nobody can open a vault",
  );
}

/** The error of a program that opened the vault with what opens it no more. */
function outrun(): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    "Cannot open the vault: its keys were changed while this program runs, which does not have the passphrase of now",
    "authsome key unlock, in the same login session; or end this program and start it again",
  );
}

function changed(): AuthsomeError {
  return new AuthsomeError(
    "RecordConflict",
    "Cannot change the passphrase: another process changed it at the same time",
    "authsome key status",
  );
}
