/** Files and folders that only their owner may read. @module */
import { AuthsomeError } from "../../errors.ts";
import { restrictToOwner } from "./windows_acl.ts";

/** Makes `path` a folder of mode 0700 if it is missing; refuses one that others may read or write, or a link. */
export function ensurePrivateFolder(path: string): void {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    try {
      Deno.mkdirSync(path, { mode: 0o700, recursive: true });
      if (Deno.build.os === "windows") restrictToOwner(path);
      info = Deno.lstatSync(path);
    } catch (error) {
      if (error instanceof AuthsomeError) throw error;
      throw unusable(path, "it cannot be created", error);
    }
  }
  if (!info.isDirectory) throw unusable(path, "it is not a folder");
  refuseOthers(path, info, 0o077);
}

/** Creates `path` empty with mode 0600 unless it exists. The mode is set by the creation itself. */
export function createPrivateFile(path: string): void {
  if (exists(path)) return;
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw unusable(path, "it cannot be created", error);
    }
  }
}

/** Whether something is at `path`, as far as one can see. Most often it is, and a failure to make it costs more. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Refuses a link, a device, a file with more than `names` hard links (default 1), or one that others may read or write. */
export function refuseUnsafeFile(path: string, names = 1): void {
  const info = Deno.lstatSync(path);
  if (!info.isFile) throw unusable(path, "it is not a regular file");
  if ((info.nlink ?? 1) > names) {
    throw unusable(path, `it has ${info.nlink} names (hard links)`);
  }
  refuseOthers(path, info, 0o077);
}

/** Files that SQLite opens beside a database, whatever is there. */
const BESIDE_DATABASE = ["-wal", "-shm", "-journal"];

/** Refuses what {@linkcode refuseUnsafeFile} does in the place of an SQLite database and of the files beside it. */
export function refuseUnsafeDatabase(path: string): void {
  refuseUnsafeFile(path);
  for (const suffix of BESIDE_DATABASE) {
    if (!exists(path + suffix)) continue;
    try {
      refuseUnsafeFile(path + suffix);
    } catch (error) {
      // The last process that used it removed the file meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/**
 * Writes the whole file under another name, with `mode` from its creation on, and renames it into place: a reader, and
 * a reader after a crash, finds the old text or the new one.
 */
export function writeFileAtomic(
  path: string,
  text: string,
  mode: number,
): void {
  const draft = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    writeNewFile(draft, new TextEncoder().encode(text), mode);
    Deno.renameSync(draft, path);
    syncFolder(path.replace(/[\\/][^\\/]*$/, "") || "/");
  } catch (error) {
    try {
      Deno.removeSync(draft);
    } catch { /* It was never made, or is in place already. */ }
    throw unusable(path, "it cannot be written", error);
  }
}

/** Writes a file that must not be there yet, down to the disk. */
export function writeNewFile(
  path: string,
  bytes: Uint8Array,
  mode: number,
): void {
  const file = Deno.openSync(path, { write: true, createNew: true, mode });
  try {
    for (let written = 0; written < bytes.length;) {
      written += file.writeSync(bytes.subarray(written));
    }
    file.syncSync();
  } finally {
    file.close();
  }
}

/** Makes a rename durable. Windows cannot open folders, and needs no such thing. */
function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  const folder = Deno.openSync(path, { read: true });
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}

function refuseOthers(path: string, info: Deno.FileInfo, bits: number): void {
  if (info.mode !== null && (info.mode & bits) !== 0) {
    throw unusable(
      path,
      `its mode is ${(info.mode & 0o777).toString(8)}, so others may use it`,
      undefined,
      `chmod ${info.isDirectory ? 700 : 600} '${path}'`,
    );
  }
  if (info.uid !== null && info.uid !== Deno.uid()) {
    throw unusable(path, "it belongs to another user");
  }
}

/** A file or folder that cannot be used, or may not be. */
export function unusable(
  path: string,
  state: string,
  cause?: unknown,
  hint = `Inspect it with: ls -ld '${path}'`,
): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${path}": ${state}`,
    hint,
    { cause, subject: { file: path } },
  );
}
