/**
 * Lists what a walk looks for in folders that have many others in them. One run of `find` looks through them beside the
 * runtime. It tells more than is needed: the walk decides as it does without it, and reads what `find` tells nothing of.
 *
 * @module
 */
import { PARTS } from "../../../sandbox/git_places.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import { STARTUP_NAMES } from "../../../sandbox/startup_places.ts";
import { runFind } from "../channels/special_files.ts";
import {
  entries,
  type Entry,
  LIMITS,
  type ListFolder,
  walk,
} from "./sandbox_walk.ts";

/** What was found. */
export interface Listing {
  /** What is in a folder, as far as a walk needs it. */
  list: ListFolder;
  /** The same as it is now: folders that may have changed since are read. */
  again(): ListFolder;
}

/** Where to look. */
export interface Listed {
  /** Real paths of folders. */
  roots: readonly string[];
  /** Folders that are passed over. */
  skipped: readonly string[];
}

/** Bytes that are made a text of, at most. */
const OUTPUT_LIMIT = 64 * 1024 * 1024;
/** So few folders are walked before a program could be started. */
const FEW = 30;
/** Bytes of a path and its end, for the system. `find` gets to longer ones, and nobody else does. */
const PATH_MAX = 4096;
/**
 * Milliseconds after which another change of a folder has another time, whatever the file system counts in. Many count in
 * seconds.
 */
const SETTLED_MS = 3_000;
/** File systems that note the time (ctime) of each change of a folder, by the clock of this machine. */
const TIMED: ReadonlySet<string> = new Set([
  ...["ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs"],
  ...["tmpfs", "overlay"],
]);

/**
 * Begins to list what is in `roots`.
 *
 * @returns `undefined` if that is not better than to read the folders, or not sure to be all: few folders, or too many, or
 * anything that `find` complains of.
 */
export async function listing(
  find: string | undefined,
  { roots, skipped }: Listed,
  { few = FEW, settled = SETTLED_MS } = {},
): Promise<Listing | undefined> {
  if (find === undefined) return undefined;
  const peek = walk(
    roots.map((path) => ({ path, isPackage: true })),
    new Set(skipped),
    { ...LIMITS, folders: few },
  );
  if (peek.complete) return undefined;
  const settledBefore = Date.now() - settled;
  const { bytes, success } = await runFind(
    [find, ...findArguments({ roots, skipped })],
    LIMITS.milliseconds,
  );
  const found = success && bytes.length <= OUTPUT_LIMIT
    ? parse(bytes)
    : undefined;
  if (!found || found.stamps.size + roots.length > LIMITS.folders) {
    return undefined;
  }
  const { tree, stamps } = found;
  const list = (changed: ReadonlySet<string>): ListFolder => (path, refused) =>
    stamps.has(path) && !changed.has(path)
      ? tree.entries(path)
      : entries(path, refused);
  return {
    list: list(new Set()),
    again() {
      const changed = new Set<string>();
      for (const [path, stamp] of stamps) {
        if (isUnchanged(path, stamp, settledBefore)) continue;
        changed.add(path);
        // So that the walk comes to it.
        tree.addFolder(path);
      }
      return list(changed);
    },
  };
}

/** Whether what is in the folder is as it was when `find` looked, for sure. */
function isUnchanged(path: string, stamp: string, before: number): boolean {
  const [ino, dev, time = "", type = ""] = stamp.split(" ");
  const seconds = Number.parseInt(time);
  if (!(seconds * 1000 + 999 < before) || !TIMED.has(type)) return false;
  try {
    const now = Deno.lstatSync(path);
    return String(now.ino) === ino && String(now.dev) === dev &&
      // Deno tells nothing finer.
      now.ctime !== null && Math.floor(now.ctime.getTime() / 1000) === seconds;
  } catch {
    return false;
  }
}

/**
 * What `find` is asked: for whatever counts a record with its kind and its path, and one with a stamp for each folder that
 * it goes into. Names are compared in the locale C, where a byte is a character.
 */
function findArguments({ roots, skipped }: Listed): string[] {
  // Each test takes its time with each file, so there is only one.
  const names = [
    ...["\\.[gG][iI][tT]", STARTUP_NAMES],
    ...Array.from(PARTS, (name) => name.replaceAll(".", "\\.")),
    // What may not be UTF-8.
    "[^/]*[^ -~/][^/]*",
  ];
  return [
    // As the runtime does, it follows a link that is a root.
    ...["-H", ...outermost({ roots, skipped })],
    ...["-ignore_readdir_race", "-noleaf", "-mindepth", "1"],
    ...["-regextype", "posix-extended", "-regex", `.*/(${names.join("|")})`],
    ...["-printf", "%y%p\\0"],
    ...[",", "-type", "d", "("],
    ...["-path", `${"?".repeat(PATH_MAX)}*`, "-prune", "-printf", "=%p\\0"],
    ...["-o", "(", "-iname", ".git"],
    ...skipped.flatMap((path) => ["-o", "-path", escaped(path)]),
    ...[")", "-prune"],
    ...["-o", "-printf", "=%i %D %C@ %F %p\\0", ")"],
  ];
}

/** The roots without those that `find` comes to from another one; outer ones are first. */
function outermost({ roots, skipped }: Listed): string[] {
  const isReached = (root: string, from: string) =>
    root !== from && isWithin(root, from) &&
    !/\/\.git(\/|$)/i.test(root.slice(from === "/" ? 0 : from.length)) &&
    !skipped.some((path) =>
      path !== from && isWithin(path, from) && isWithin(root, path)
    );
  return roots.filter((root) =>
    !skipped.includes(root) && !roots.some((from) => isReached(root, from))
  ).sort();
}

/** A pattern that matches only `path`. */
function escaped(path: string): string {
  return path.replace(/[\\*?[\]]/g, "\\$&");
}

/** Folders with what is known to be in them. Each is known to the one that it lies in. */
class Tree {
  readonly #entries = new Map<string, Entry[]>();
  readonly #folders = new Set(["/"]);

  entries(path: string): readonly Entry[] {
    return this.#entries.get(path) ?? [];
  }

  add(path: string, kind: string): void {
    const at = path.lastIndexOf("/");
    const folder = path.slice(0, at) || "/";
    this.addFolder(folder);
    if (kind === "d") this.#folders.add(path);
    const entry = {
      name: path.slice(at + 1),
      isDirectory: kind === "d",
      isSymlink: kind === "l",
    };
    const known = this.#entries.get(folder);
    if (known) known.push(entry);
    else this.#entries.set(folder, [entry]);
  }

  addFolder(path: string): void {
    if (!this.#folders.has(path)) this.add(path, "d");
  }
}

/** What `find` told; `undefined` if it is not what it was asked. */
function parse(
  bytes: Uint8Array,
): { tree: Tree; stamps: Map<string, string> } | undefined {
  const records = new TextDecoder().decode(bytes).split("\0");
  if (records.pop() !== "") return undefined;
  const misread = records.some((record) => record.includes("\ufffd"))
    ? misreadRecords(bytes)
    : undefined;
  const tree = new Tree();
  const stamps = new Map<string, string>();
  for (const [at, record] of records.entries()) {
    const start = record.indexOf("/");
    const [kind, path] = [record[0] ?? "", record.slice(start)];
    if (start < 1 || !"=fdlpsbc".includes(kind)) return undefined;
    // Nobody gets to it by this path.
    if (misread?.has(at)) continue;
    if (kind === "=" && start > 1) stamps.set(path, record.slice(1, start));
    else if (kind === "=") tree.addFolder(path);
    else tree.add(path, kind);
  }
  return { tree, stamps };
}

/** The records with a path to a folder that is not UTF-8; the last part of another path may be what it likes. */
function misreadRecords(bytes: Uint8Array): Set<number> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const found = new Set<number>();
  for (let start = 0, end, at = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(0, start);
    const record = bytes.subarray(start, end);
    const isFolder = record[0] === "=".charCodeAt(0);
    try {
      decoder.decode(
        isFolder ? record : record.subarray(0, record.lastIndexOf(0x2f)),
      );
    } catch {
      found.add(at);
    }
    at++;
  }
  return found;
}
