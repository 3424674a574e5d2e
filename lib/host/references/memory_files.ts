/**
 * Memory that the processes of this user share: files on a file system that is in memory, which is Linux only. Others
 * cannot reach them; what is found there all the same is not believed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import type { SharedMemory } from "../../ports/shared_memory.ts";
import type { Env } from "../../ports/system.ts";

/** Most that a text may take, in bytes. */
const MAX_BYTES = 1 << 20;
/** How long a file lies there at most before the next process removes it, in milliseconds. */
const KEPT_MS = 300_000;
/** statfs(2): the file systems that are in memory. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];
const STICKY = 0o1000;
/** proc(5): a tick in the table of processes, and the step of the time since the start; both are 1/100 s. */
const TICK_MS = 10;

/** What a test may change. */
interface Places {
  /** A folder of the system that is in memory. */
  shared?: string;
  proc?: string;
}

/** The {@linkcode SharedMemory} of the processes that use `home`; `undefined` where there is none. */
export function sharedMemory(
  home: string,
  env: Pick<Env, "get">,
  { shared = "/dev/shm", proc = "/proc" }: Places = {},
): SharedMemory | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const folder = () =>
      runtimeFolder(env.get("XDG_RUNTIME_DIR")) ?? sharedFolder(shared);
    const now = () => uptime(proc);
    const prefix = prefixOf(home, proc);
    const startedAt = startOf(proc);
    if (folder() === undefined) return undefined;
    const path = (name: string) => {
      const own = folder();
      return own && `${own}/${prefix}${name}`;
    };
    return {
      now,
      startedAt,
      read: (name) => quietly(() => readOwn(path(name))),
      write: (name, text) =>
        quietly(() => {
          const file = path(name);
          if (file === undefined || text.length > MAX_BYTES) return;
          sweep(folder()!);
          replace(file, text);
        }),
      clear: () =>
        quietly(() => {
          const own = folder();
          if (own === undefined) return;
          readdirSync(own).filter((name) => name.startsWith(prefix))
            .forEach((name) => rmSync(`${own}/${name}`, { force: true }));
        }),
    };
  } catch {
    return undefined;
  }
}

/** What fails here costs a call of a manager's program and nothing else. */
function quietly<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}

/** In the folder that the session has for this user alone (XDG Base Directory Specification). */
function runtimeFolder(path: string | undefined): string | undefined {
  if (!path?.startsWith("/")) return undefined;
  return quietly(() =>
    isPrivate(statSync(path)) ? ownFolder(`${path}/authsome`) : undefined
  );
}

/** In a folder of the system in which everybody can make one, and nobody can remove that of another. */
function sharedFolder(path: string): string | undefined {
  return quietly(() => {
    const { uid, mode } = lstatSync(path);
    const isSafe = uid === 0 && (mode & STICKY) !== 0;
    return isSafe ? ownFolder(`${path}/authsome-${Deno.uid()}`) : undefined;
  });
}

/** The folder, made if it is missing; `undefined` if it is another's, a link, or on a disk. */
function ownFolder(path: string): string | undefined {
  if (!isInMemory(path.slice(0, path.lastIndexOf("/")))) return undefined;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch { /* It is there, or is looked for in vain. */ }
  return isPrivate(lstatSync(path)) ? path : undefined;
}

function isPrivate(info: Stats): boolean {
  return info.isDirectory() && isOurs(info);
}

function isOurs({ uid, mode }: Stats): boolean {
  return uid === Deno.uid() && (mode & 0o077) === 0;
}

function isInMemory(path: string): boolean {
  return IN_MEMORY.includes(Number(statfsSync(path).type));
}

function readOwn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  // Of a FIFO nobody waits for the writer.
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const info = fstatSync(file);
    if (!info.isFile() || !isOurs(info) || info.size > MAX_BYTES) {
      return undefined;
    }
    const bytes = Buffer.alloc(info.size);
    return bytes.toString("utf8", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** No reader sees half of it. */
function replace(path: string, text: string): void {
  const next = `${path}.${crypto.randomUUID()}`;
  try {
    writeFileSync(next, text, { flag: "wx", mode: 0o600 });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/** Removes what is old, of whichever home: a process that was killed may have left it. */
function sweep(folder: string): void {
  const now = Date.now();
  for (const name of readdirSync(folder)) {
    quietly(() => {
      const path = `${folder}/${name}`;
      const age = now - lstatSync(path).mtimeMs;
      // A clock that was set back says nothing of how old it is.
      if (Math.abs(age) > KEPT_MS) rmSync(path, { force: true });
    });
  }
}

/** Tells homes apart, and containers whose machine was started at another time; shows neither. */
function prefixOf(home: string, proc: string): string {
  const place = quietly(() => realpathSync(home)) ?? home;
  const times = quietly(() => readlinkSync(`${proc}/self/ns/time`)) ?? "";
  return `${
    createHash("sha256").update(`${place}\0${times}`).digest("hex").slice(0, 16)
  }-`;
}

function uptime(proc: string): number {
  const seconds = Number(
    readFileSync(`${proc}/uptime`, "utf8").split(" ")[0],
  );
  if (!Number.isFinite(seconds)) throw new Error("no uptime");
  return Math.round(seconds * 1000);
}

/**
 * When the process was made, as the kernel says. A shell that ran other commands first and has become this program was
 * made before them: it has waited for them, and then only the start of this program is believed.
 */
function startOf(proc: string): number {
  const text = readFileSync(`${proc}/self/stat`, "utf8");
  // proc(5): behind the name, which may hold anything, field 11 is cminflt, the faults of children, and 22 the start.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const made = (Number(fields[19]) + 1) * TICK_MS;
  return Number(fields[8]) === 0 && Number.isFinite(made)
    ? made
    : uptime(proc) + TICK_MS - performance.now();
}
