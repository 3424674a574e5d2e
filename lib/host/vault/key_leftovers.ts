/** Key material in or for a home besides the source of its mode. Nothing is changed, and nobody is asked. @module */
import { keyBackup } from "../../vault/key_backup.ts";
import { quoteWord } from "../../connection/hint.ts";
import type { Encryption } from "../../encryption.ts";
import type { KeyLeftover } from "../../ports/store.ts";
import { keychainEntry, KEYCHAINS } from "./keyring_os.ts";

/** Longer files are no keys. Bytes. */
const LIMIT = 4096;
const KEY_BYTES = 32;

/** What there is besides the source that `encryption`, the settings of the home, describes. */
export async function keyLeftovers(
  home: string,
  { mode, passphrase }: Encryption,
  os: typeof Deno.build.os = Deno.build.os,
  keychains = KEYCHAINS,
): Promise<KeyLeftover[]> {
  // Whoever has the home has its key as well: what else is in it opens no more than that.
  const found = mode === "local_key" ? [] : inFiles(home);
  if (passphrase && mode !== "passphrase") {
    found.push({
      where: `encryption.passphrase in ${home}/config.json`,
      remove: `Delete the member "passphrase" of "encryption" in ${
        quoteWord(`${home}/config.json`)
      }`,
    });
  }
  if (mode !== "keyring") {
    const entry = await keychainEntry(home, os, keychains);
    if (entry) found.push(entry);
  }
  return found;
}

/** Files in the home that hold a key: `master.key`, a copy beside it, what `key backup` wrote. */
function inFiles(home: string): KeyLeftover[] {
  const found: KeyLeftover[] = [];
  for (const name of names(home)) {
    const path = `${home}/${name}`;
    const bytes = smallFile(path);
    if (!bytes) continue;
    const dataKey = keyBackup(new TextDecoder().decode(bytes));
    const isKey = /^master[._-]?key/i.test(name) && bytes.length === KEY_BYTES;
    if (!dataKey && !isKey) continue;
    found.push({
      where: path,
      remove: `rm ${quoteWord(path)}`,
      ...dataKey ? { dataKey } : { masterKey: bytes },
    });
  }
  return found;
}

function names(home: string): string[] {
  try {
    return [...Deno.readDirSync(home)].filter(({ isFile }) => isFile)
      .map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

function smallFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Deno.lstatSync(path).size <= LIMIT
      ? Deno.readFileSync(path)
      : undefined;
  } catch {
    return undefined;
  }
}
