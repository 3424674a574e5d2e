/**
 * Keeps a copy of a file that a sandboxed command writes, and the file itself, in step.
 *
 * The command owns the folder of the copy and may put anything in its place at any moment. So the copy is first linked
 * into a folder that the command does not see, which follows no link: what was linked stays what it is, and is only
 * read if it is a regular file.
 *
 * @module
 */
import { utimesSync } from "node:fs";
import { withMembersOf } from "../../../sandbox/agents/guarded_members.ts";
import { lock } from "../../home/lock.ts";
import { ensurePrivateFolder } from "../../home/private_file.ts";
import {
  COMPANIONS,
  isAtRest,
  isDatabase,
  lookAt,
  markOf,
  markOfOne,
} from "./file_marks.ts";
import {
  copyToNew,
  isSame,
  removeIfThere,
  replaceFile,
} from "./replace_file.ts";

/** Larger files are not copied. Bytes. */
export const LARGEST = 256 * 1024 * 1024;

/** A file, as it was when both sides were the same; kept in the folder of the run for the case that this one is killed. */
export interface KeptFile {
  /** As the person says it. */
  asked: string;
  /** Path of the copy, outside of the sandbox. */
  copy: string;
  target: string;
  /** See {@linkcode markOf}. */
  copyMark: string;
  targetMark: string;
  /** Members that stay as they are in `target`, see `AgentProfile.guards`; and the working folder of the run. */
  guard?: readonly string[];
  working?: string;
  /** A file in the folder of `target` while it is replaced. */
  temporary?: string;
}

/** Where all this is done. */
export interface KeepPlaces {
  /** The authsome home. */
  home: string;
  /** The folder of the run. */
  folder: string;
  /** Called when a {@linkcode KeptFile} has changed. */
  save(): void;
  /** Called when `target` was written outside as well, and what was there is now at `path`. */
  kept(target: string, path: string): void;
}

/** How long another run is waited for that writes. Milliseconds. */
const LIMIT_MS = 10_000;
/** Versions of one file that are kept. */
const MOST_VERSIONS = 50;

/** Why a copy is not written back. */
type Refusal = "not a regular file" | "too large" | "not an object in JSON";

/** One of the two sides was written while it was looked at: to be tried again. */
export class WrittenMeanwhile extends Error {
  override message = "it is being written";
}

/** Makes the copy. */
export async function copyIn(file: KeptFile): Promise<void> {
  file.targetMark = markOf(file.target);
  if (lookAt(file.target)) {
    await copyTo(file.target, file.copy);
    if (isDatabase(file.copy)) {
      for (const suffix of COMPANIONS) {
        if (lookAt(file.target + suffix)?.isFile) {
          await copyTo(file.target + suffix, file.copy + suffix);
        }
      }
    }
  }
  file.copyMark = markOf(file.copy);
}

/** Takes over what was written outside, unless the command has written too. Of a database each side has its own. */
export async function takeOver(
  file: KeptFile,
  { folder, save }: KeepPlaces,
): Promise<void> {
  const before = markOf(file.target);
  const info = lookAt(file.target);
  if (!info?.isFile || info.size > LARGEST || isDatabase(file.target)) return;
  const fresh = `${folder}/fresh`;
  removeIfThere(fresh);
  await copyTo(file.target, fresh);
  if (markOf(file.target) !== before || markOf(file.copy) !== file.copyMark) {
    return removeIfThere(fresh);
  }
  Deno.renameSync(fresh, file.copy);
  file.targetMark = before;
  file.copyMark = markOf(file.copy);
  save();
}

/**
 * Writes back what the command wrote.
 *
 * @param ended whether nothing is written any more: until then a database at work is left.
 * @returns why it is not written.
 */
export async function writeBack(
  file: KeptFile,
  places: KeepPlaces,
  ended: boolean,
): Promise<Refusal | undefined> {
  const { home, folder } = places;
  const held = await lock(`${home}/kept.lock`, LIMIT_MS);
  const grabbed = `${folder}/grabbed`;
  try {
    const mark = markOf(file.copy);
    const refusal = grab(file.copy, grabbed);
    if (refusal) return refusal;
    if (!keepMembers(file, grabbed)) return "not an object in JSON";
    const database = isDatabase(grabbed);
    if (database && !ended && mustWait(file)) return undefined;
    await keepOther(file, grabbed, places);
    const check = () => {
      if (!ended && markOf(file.copy) !== mark) throw new WrittenMeanwhile();
    };
    const write = (suffix: string) =>
      replace(file, suffix, `${folder}/grabbed${suffix}`, places, check);
    const others = database ? COMPANIONS : [];
    const [wal, journal] = others.map((suffix) =>
      grab(file.copy + suffix, grabbed + suffix) === undefined ? suffix : ""
    );
    // What undoes a transaction must be there before what it undoes, and what completes it after what it completes.
    if (journal) await write(journal);
    for (const suffix of others) {
      if (suffix !== journal && suffix !== wal) {
        removeIfThere(file.target + suffix);
      }
    }
    await write("");
    if (wal) await write(wal);
    file.targetMark = markOf(file.target);
    file.copyMark = mark;
    places.save();
  } finally {
    for (const suffix of ["", ...COMPANIONS]) removeIfThere(grabbed + suffix);
    held.release();
  }
}

/**
 * Whether a database is not written back before the end: it is at work, or another run has written its own. That is not
 * taken over, so the two would put each other's aside by turns.
 */
function mustWait({ copy, target, targetMark }: KeptFile): boolean {
  return !isAtRest(copy) || markOf(target) !== targetMark;
}

/**
 * Puts the members of `target` in the place of the command's, in the file at `grabbed`.
 *
 * @returns false if that cannot be.
 */
function keepMembers(
  { guard, working = "", target }: KeptFile,
  grabbed: string,
): boolean {
  if (!guard) return true;
  const text = Deno.readTextFileSync(grabbed);
  const before = lookAt(target)?.isFile
    ? Deno.readTextFileSync(target)
    : undefined;
  let kept: string;
  try {
    kept = withMembersOf(text, before, guard, working);
  } catch {
    return false;
  }
  if (kept === text) return true;
  // The command has the other name of this file: a new one takes its place.
  removeIfThere(grabbed);
  Deno.writeTextFileSync(grabbed, kept, { createNew: true, mode: 0o600 });
  return true;
}

/** Removes the file that the command removed, unless it was changed outside. */
export function removeTarget(file: KeptFile): void {
  if (markOf(file.target) !== file.targetMark) return;
  for (const suffix of ["", ...COMPANIONS]) {
    if (lookAt(file.target + suffix)?.isFile) {
      Deno.removeSync(file.target + suffix);
    }
  }
}

/** Keeps a version of a file in the home, a database with its {@linkcode COMPANIONS}; its path. */
export async function keepVersion(
  home: string,
  name: string,
  from: string,
): Promise<string> {
  const path = placeForVersion(home, name);
  await copyToNew(from, path);
  if (!isDatabase(path)) return path;
  for (const suffix of COMPANIONS) {
    if (lookAt(from + suffix)?.isFile) {
      await copyToNew(from + suffix, path + suffix);
    }
  }
  return path;
}

/** A path in the home for one more version of the file `name`. The oldest makes room for it. */
export function placeForVersion(home: string, name: string): string {
  const folder = `${home}/kept`;
  ensurePrivateFolder(folder);
  const versions = [...Deno.readDirSync(folder)]
    .map((entry) => entry.name)
    .filter((each) => each.startsWith(`${name}.`)).sort();
  for (const old of versions.slice(0, 1 - MOST_VERSIONS)) {
    removeIfThere(`${folder}/${old}`);
  }
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-");
  return `${folder}/${name}.${time}.${crypto.randomUUID().slice(0, 8)}`;
}

/** Where something else was written outside meanwhile, that is kept. */
async function keepOther(
  { target, targetMark }: KeptFile,
  grabbed: string,
  { home, kept }: KeepPlaces,
): Promise<void> {
  if (markOf(target) === targetMark || !lookAt(target)?.isFile) return;
  if (await isSame(target, grabbed)) return;
  kept(target, await keepVersion(home, nameOf(target), target));
}

async function replace(
  file: KeptFile,
  suffix: string,
  from: string,
  places: KeepPlaces,
  check: () => void,
): Promise<void> {
  const target = file.target + suffix;
  const folder = target.slice(0, target.lastIndexOf("/"));
  if (Deno.realPathSync(folder) !== folder) {
    throw new Error(`"${folder}" leads elsewhere now`);
  }
  file.temporary = `${folder}/.${nameOf(target)}.authsome-${
    crypto.randomUUID().slice(0, 8)
  }`;
  places.save();
  const before = markOfOne(target);
  await replaceFile(from, target, file.temporary, () => {
    if (markOfOne(target) !== before) throw new WrittenMeanwhile();
    check();
  });
  delete file.temporary;
}

/** Links the file at `path` to `to`, out of reach of the command. */
export function grab(path: string, to: string): Refusal | undefined {
  removeIfThere(to);
  try {
    Deno.linkSync(path, to);
  } catch {
    return "not a regular file";
  }
  const info = Deno.lstatSync(to);
  if (info.isFile && info.size <= LARGEST) return undefined;
  removeIfThere(to);
  return info.isFile ? "too large" : "not a regular file";
}

/** The same content, mode and time. */
async function copyTo(from: string, to: string): Promise<void> {
  await copyToNew(from, to);
  const { mode, mtime } = Deno.lstatSync(from);
  Deno.chmodSync(to, (mode ?? 0o600) & 0o777);
  if (mtime) utimesSync(to, mtime, mtime);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
