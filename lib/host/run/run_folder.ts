/**
 * The folder of one run: `<home>/run/<id>`. It is held by a lock that dies with its process, so that the next run can
 * tell a leftover of a killed one and remove it.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { tryLock } from "../home/lock.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";
import { removeStandIns } from "../sandbox/protection/sandbox_stand_ins.ts";

/** A folder of mode 0700. */
export interface RunFolder {
  readonly path: string;
  /** Removes it with everything in it. May be called twice. */
  remove(): void;
}

/**
 * Makes a folder for one run and sweeps what killed runs left behind.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the disk does not take it.
 */
export function openRunFolder(home: string): RunFolder {
  const folder = `${home}/run`;
  const path = `${folder}/${crypto.randomUUID()}`;
  try {
    ensurePrivateFolder(folder);
    if (sweep(folder)) void recover(home);
    Deno.mkdirSync(path, { mode: 0o700 });
    // Nobody else waits for it: a sweeper only tries, once the folder is older.
    const lock = tryLock(`${path}/lock`);
    let done = false;
    return {
      path,
      remove() {
        if (done) return;
        done = true;
        try {
          Deno.removeSync(path, { recursive: true });
        } catch { /* The next run sweeps it. */ }
        lock?.release();
      },
    };
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** What to throw when a file of a run cannot be written to `folder`. */
export function unwritable(folder: string, cause: unknown): AuthsomeError {
  if (cause instanceof AuthsomeError) return cause;
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot write the certificates of this run to "${folder}": ${
      cause instanceof Error ? cause.message : "unknown failure"
    }`,
    "Check that the disk is not full and that you can write there, or choose another folder with AUTHSOME_HOME",
    { cause },
  );
}

/** A younger folder may belong to a run that has not locked it yet. Milliseconds. */
const SETUP_MS = 10_000;

/** @returns whether killed runs left files that are to be written back. */
function sweep(folder: string): boolean {
  let left = false;
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    try {
      if (!isAbandoned(path)) continue;
      if (!removeStandIns(path)) continue;
      if (hasKeptFiles(path)) left = true;
      else Deno.removeSync(path, { recursive: true });
    } catch { /* Another run sweeps too, or it is not ours to remove. */ }
  }
  return left;
}

function hasKeptFiles(path: string): boolean {
  try {
    return Deno.lstatSync(`${path}/kept-files.json`).isFile;
  } catch {
    return false;
  }
}

/** Beside the run, which does not wait for it; one that needs these files waits by itself. */
async function recover(home: string): Promise<void> {
  try {
    const { recoverFiles } = await import(
      "../sandbox/replaceable/kept_list.ts"
    );
    await recoverFiles(home, (message) => console.error(`Warning: ${message}`));
  } catch { /* The next run tries again. */ }
}

/** Whether the folder at `path` was left behind by a process that was killed. */
export function isAbandoned(path: string): boolean {
  const info = Deno.lstatSync(path);
  if (Date.now() - (info.mtime?.getTime() ?? 0) < SETUP_MS) return false;
  if (!info.isDirectory) return true;
  try {
    Deno.lstatSync(`${path}/lock`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
  const lock = tryLock(`${path}/lock`);
  lock?.release();
  return lock !== undefined;
}
