/** A {@linkcode Keyring} that keeps the master key in a file of mode 0600. @module */
import { counted } from "../../text.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Keyring } from "../../ports/store.ts";
import { sweepLeftovers } from "../home/home_folder.ts";
import { refuseUnsafeFile, writeNewFile } from "../home/private_file.ts";

const KEY_BYTES = 32;

/** The keyring at `path`: 32 raw bytes. */
export function fileKeyring(path: string): Keyring {
  return {
    async read() {
      // The drafts of the key above all: they are key material.
      await sweepLeftovers(path.slice(0, path.lastIndexOf("/")) || "/");
      try {
        Deno.lstatSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw unreadable(path, "it cannot be read", error);
      }
      // Two names: its maker has linked the draft and not yet removed it, or was killed in between.
      refuseUnsafeFile(path, 2);
      const bytes = Deno.readFileSync(path);
      if (bytes.length !== KEY_BYTES) {
        throw unreadable(
          path,
          `it has ${counted(bytes.length, "byte")}, expected ${KEY_BYTES}`,
        );
      }
      return bytes;
    },

    async create(key) {
      const { draftOf } = await import("../home/drafts.ts");
      // Written whole under another name and then linked: no process ever sees half a key, and link() never replaces.
      const draft = draftOf(path);
      try {
        writeNewFile(draft, key, 0o600);
        Deno.linkSync(draft, path);
      } catch (error) {
        // Another process made its key first; the caller reads that one.
        if (!(error instanceof Deno.errors.AlreadyExists)) {
          throw unreadable(path, "it cannot be created", error);
        }
      } finally {
        try {
          Deno.removeSync(draft);
        } catch { /* It was never made. */ }
      }
    },

    async replace(key) {
      const { writeFileAtomic } = await import("../home/atomic_file.ts");
      writeFileAtomic(path, key, 0o600);
    },

    // deno-lint-ignore require-await
    async remove() {
      try {
        Deno.removeSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        throw unreadable(path, "it cannot be removed", error);
      }
    },
  };
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
