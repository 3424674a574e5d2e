/** Which program has locked a database, as far as this user can see. @module */
import { AuthsomeError } from "../../errors.ts";
import { counted } from "../../text.ts";

/** Files whose locks stand for the database's: in WAL mode writers lock the second. */
const FILES = ["", "-shm"];

/**
 * The error for the database at `path`, called `what`, that another program has locked for too long.
 *
 * @param what such as `vault "/home/me/.authsome/vault.db"`.
 */
export function lockedError(
  what: string,
  path: string,
  cause?: unknown,
): AuthsomeError {
  const holder = lockHolder(path);
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use ${what}: ${holder?.text ?? "another program"} has locked it`,
    holder
      ? `Wait until it is done, or end it, and try again: ps -p ${holder.pid}`
      : Deno.build.os === "windows"
      ? "Close what has it open (another authsome, a backup, a database browser), and try again"
      : `Close what has it open, and try again: lsof '${path}'`,
    { cause, subject: { file: path } },
  );
}

/** For a person who waits up to `milliseconds` for the vault at `path`. */
export function waitsForLock(path: string, milliseconds: number): string {
  const holder = lockHolder(path)?.text ?? "another program";
  return `Waiting for ${holder}, which has locked the vault, for ${
    counted(Math.round(milliseconds / 1000), "second")
  } at most`;
}

/**
 * The program that has locked the database at `path`, like `sqlite3 (process 4711)`: one that holds a write lock, else one
 * that holds any, else one that has the file open. Linux only.
 */
export function lockHolder(
  path: string,
): { pid: number; text: string } | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const pid = lockOwner(path) ?? opener(path);
    if (pid === undefined) return undefined;
    const name = Deno.readTextFileSync(`/proc/${pid}/comm`)
      .replaceAll(/[^\x20-\x7e]/g, "");
    return { pid, text: `${name} (process ${pid})` };
  } catch {
    // Whatever cannot be read is not known.
    return undefined;
  }
}

/**
 * The owner in the kernel's table of locks (proc(5)): kind, mode, process and device with inode are the 2nd, 4th, 5th and
 * 6th column. Devices are not compared: on some file systems the table has another than stat(2).
 */
function lockOwner(path: string): number | undefined {
  const inodes = FILES.flatMap((suffix) => {
    try {
      return String(Deno.statSync(path + suffix).ino);
    } catch {
      return [];
    }
  });
  const locks = Deno.readTextFileSync("/proc/locks").split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, kind, , , pid, file]) =>
      kind === "POSIX" && Number(pid) > 0 && Number(pid) !== Deno.pid &&
      inodes.includes(file?.split(":")[2] ?? "") && hasOpen(Number(pid), path)
    );
  const lock = locks.find(([, , , mode]) => mode === "WRITE") ?? locks[0];
  return lock && Number(lock[4]);
}

function opener(path: string): number | undefined {
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === Deno.pid) continue;
    if (hasOpen(Number(name), path)) return Number(name);
  }
}

/** Whether the process has the database or a file beside it open. */
function hasOpen(pid: number, path: string): boolean {
  try {
    const real = Deno.realPathSync(path);
    for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
      try {
        const target = Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
        if (FILES.some((suffix) => target === real + suffix)) return true;
      } catch { /* It was closed meanwhile. */ }
    }
  } catch {
    // Another user's process, or it has ended.
  }
  return false;
}
