/** Files and folders that only their owner may read. @module */
import { AuthsomeError } from "../errors.ts";

/** Makes `path` a folder of mode 0700 if it is missing; refuses one that others may write to, or a link. */
export function ensurePrivateFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw refused(path, "it cannot be created", error);
    }
  }
  const info = Deno.lstatSync(path);
  if (!info.isDirectory) throw refused(path, "it is not a folder");
  refuseOthers(path, info, 0o077);
}

/** Creates `path` empty with mode 0600 unless it exists. The mode is set by the creation itself. */
export function createPrivateFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw refused(path, "it cannot be created", error);
    }
  }
}

/** Refuses a link, a device, a file with more than `names` hard links (default 1), or one that others may read or write. */
export function refuseUnsafeFile(path: string, names = 1): void {
  const info = Deno.lstatSync(path);
  if (!info.isFile) throw refused(path, "it is not a regular file");
  if ((info.nlink ?? 1) > names) {
    throw refused(path, `it has ${info.nlink} names (hard links)`);
  }
  refuseOthers(path, info, 0o077);
}

function refuseOthers(path: string, info: Deno.FileInfo, bits: number): void {
  if (info.mode !== null && (info.mode & bits) !== 0) {
    throw refused(
      path,
      `its mode is ${(info.mode & 0o777).toString(8)}, so others may use it`,
    );
  }
  if (info.uid !== null && info.uid !== Deno.uid()) {
    throw refused(path, "it belongs to another user");
  }
}

function refused(path: string, state: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${path}": ${state}`,
    `Look at it with: ls -ld ${path}`,
    { cause },
  );
}
