/** A {@linkcode Keyring} that keeps the master key in a file of mode 0600. @module */
import { counted } from "../../text.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring } from "../../ports/store.ts";
import { refuseUnsafeFile, writeNewFile } from "../home/private_file.ts";

const KEY_BYTES = 32;
/** A draft this old was left behind by a process that was killed; no living one takes as long. */
const DRAFT_MS = 60_000;

/** The keyring at `path`: 32 raw bytes. */
export function fileKeyring(path: string): Keyring {
  return {
    read() {
      sweepDrafts(path);
      try {
        Deno.lstatSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) {
          return Promise.resolve(undefined);
        }
        return Promise.reject(unreadable(path, "it cannot be read", error));
      }
      try {
        // Two names: its maker has linked the draft and not yet removed it, or was killed in between.
        refuseUnsafeFile(path, 2);
        const bytes = Deno.readFileSync(path);
        if (bytes.length !== KEY_BYTES) {
          throw unreadable(
            path,
            `it has ${counted(bytes.length, "byte")}, expected ${KEY_BYTES}`,
          );
        }
        return Promise.resolve(bytes);
      } catch (error) {
        return Promise.reject(error);
      }
    },

    create(key) {
      // Written whole under another name and then linked: no process ever sees half a key, and link() never replaces.
      const draft = `${path}.${crypto.randomUUID()}`;
      try {
        writeNewFile(draft, key, 0o600);
        Deno.linkSync(draft, path);
      } catch (error) {
        // Another process made its key first; the caller reads that one.
        if (!(error instanceof Deno.errors.AlreadyExists)) {
          return Promise.reject(
            unreadable(path, "it cannot be created", error),
          );
        }
      } finally {
        try {
          Deno.removeSync(draft);
        } catch { /* It was never made. */ }
      }
      return Promise.resolve();
    },
  };
}

/** Removes the drafts of keys whose makers were killed. They are key material, so they must not be left there. */
function sweepDrafts(path: string): void {
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, slash) || "/";
  const prefix = `${path.slice(slash + 1)}.`;
  try {
    for (const { name, isFile } of Deno.readDirSync(folder)) {
      if (!isFile || !name.startsWith(prefix)) continue;
      if (!/^[0-9a-f-]{36}$/.test(name.slice(prefix.length))) continue;
      const { mtime } = Deno.lstatSync(`${folder}/${name}`);
      if (mtime && Date.now() - mtime.getTime() > DRAFT_MS) {
        Deno.removeSync(`${folder}/${name}`);
      }
    }
  } catch {
    /* Another process swept them, or the folder cannot be written: then nothing else works either. */
  }
}

function unreadable(
  path: string,
  state: string,
  cause?: unknown,
): AuthsomeError {
  return new AuthsomeError(
    "MasterKeyUnavailable",
    `Cannot use master key "${path}": ${state}`,
    "Restore master.key from a backup",
    { cause },
  );
}
