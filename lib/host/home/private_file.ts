/** Files and folders that only their owner may read. @module */
import { AuthsomeError } from "../../errors.ts";
import { restrictToOwner } from "./windows_acl.ts";

/** What is said and done about a folder that is not as it should be. */
interface FolderCare {
  /** What to do about a link that leads to `target`. */
  linkHint?(target: string): string;
  /** Called before a folder that others may read is closed to them. What it throws leaves the folder as it is. */
  beforeClosing?(): void;
  /** Told in a line that it was closed. */
  closed?(message: string): void;
}

/**
 * Makes `path` a folder of mode 0700 if it is missing. One of ours that others may only read is closed to them; one that
 * others may write is refused, and so is a link.
 */
export function ensurePrivateFolder(path: string, care: FolderCare = {}): void {
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
  if (info.isSymlink) throw linked(path, care);
  if (!info.isDirectory) throw unusable(path, "it is not a folder");
  refuseForeign(path, info);
  if (info.mode === null || (info.mode & 0o077) === 0) return;
  refuseLoose(path, info, 0o022);
  care.beforeClosing?.();
  close(path, info.mode, 0o700);
  care.closed?.(
    `Others could read "${path}" (mode ${
      octal(info.mode)
    }); now only you can (mode 700)`,
  );
}

/** Takes from others the right to read a file of ours that they may not write, and that holds no secret. */
export function closeFile(path: string): void {
  const { isFile, uid, mode } = Deno.lstatSync(path);
  if (!isFile || uid !== Deno.uid() || mode === null) return;
  if ((mode & 0o022) === 0 && (mode & 0o055) !== 0) close(path, mode, 0o600);
}

/** Sets a mode, and makes sure that the file system keeps it. */
function close(path: string, before: number, mode: number): void {
  try {
    Deno.chmodSync(path, mode);
  } catch (cause) {
    throw loose(path, before, mode, cause);
  }
  const { mode: after } = Deno.lstatSync(path);
  if (after !== null && (after & 0o077) !== 0) throw loose(path, after, mode);
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
  refuseOthers(path, info);
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

function refuseOthers(path: string, info: Deno.FileInfo): void {
  refuseLoose(path, info, 0o077);
  refuseForeign(path, info);
}

function refuseLoose(
  path: string,
  { mode, isDirectory }: Deno.FileInfo,
  bits: number,
): void {
  if (mode === null || (mode & bits) === 0) return;
  throw loose(path, mode, isDirectory ? 0o700 : 0o600);
}

function loose(
  path: string,
  mode: number,
  right: number,
  cause?: unknown,
): AuthsomeError {
  return unusable(
    path,
    `its mode is ${octal(mode)}, so others may use it`,
    cause,
    `chmod ${octal(right)} '${path}'`,
  );
}

function refuseForeign(path: string, { uid }: Deno.FileInfo): void {
  if (uid !== null && uid !== Deno.uid()) {
    throw unusable(
      path,
      "it belongs to another user",
      undefined,
      `Run authsome as its owner (ls -ld '${path}'), or choose another home with AUTHSOME_HOME`,
    );
  }
}

function linked(path: string, { linkHint }: FolderCare): AuthsomeError {
  let hint: string | undefined;
  try {
    hint = linkHint?.(Deno.realPathSync(path));
  } catch { /* It leads nowhere. */ }
  return unusable(path, "it is a link, not a folder", undefined, hint);
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
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
