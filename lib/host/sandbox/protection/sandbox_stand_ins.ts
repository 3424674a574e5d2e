/**
 * Files that are made for the time of a run. A file that is not there cannot be covered, so a command could make it:
 * `commondir` leads git to other settings. One that holds "." means the same as none, as an empty `hooks` folder does.
 *
 * They do not stay: other programs than git take a repository with a `commondir` for a linked worktree. A killed run
 * leaves them, and its folder with their list; the next run of the same home removes them.
 *
 * @module
 */
import { type Lock, lock, tryLock } from "../../home/lock.ts";
import type { StandIn } from "./sandbox_git.ts";
import { isThere } from "./sandbox_walk.ts";

/** Name of the list in the folder of a run. */
const LIST = "stand-ins.json";

/** How long another run is waited for that makes or removes some. Milliseconds. */
const LIMIT_MS = 2_000;

/** Makes those that can be made. */
export async function makeStandIns(
  standIns: readonly StandIn[],
  folder: string,
): Promise<{ made: string[]; remove(): Promise<void> }> {
  const nothing = { made: [], remove: () => Promise.resolve() };
  if (standIns.length === 0) return nothing;
  // Without it, as a last resort, two runs at the same moment could take them from each other.
  const held = await lock(lockOf(folder), LIMIT_MS).catch(() => undefined);
  try {
    const others = listed(folder);
    // What was there when it was looked for may have been another run's, and is gone with it.
    const own = standIns
      .filter(({ path }) => others.has(path) || !isThere(path));
    if (own.length === 0) return nothing;
    return {
      made: make(own, folder),
      async remove() {
        const held = await lock(lockOf(folder), LIMIT_MS)
          .catch(() => undefined);
        removeListed(folder, held);
      },
    };
  } finally {
    held?.release();
  }
}

function make(own: readonly StandIn[], folder: string): string[] {
  Deno.writeTextFileSync(`${folder}/${LIST}`, JSON.stringify(own));
  const made: string[] = [];
  for (const { path, text } of own) {
    try {
      if (text === undefined) Deno.mkdirSync(path, { mode: 0o755 });
      else Deno.writeTextFileSync(path, text, { createNew: true });
      made.push(path);
    } catch {
      // Another run has made it, or neither this user nor the command can.
      if (isThere(path)) made.push(path);
    }
  }
  return made;
}

/**
 * Removes what a killed run with this folder made.
 *
 * @returns false if another run makes or removes some just now.
 */
export function removeStandIns(folder: string): boolean {
  if (read(folder).length === 0) return true;
  const held = tryLock(lockOf(folder));
  if (held) removeListed(folder, held);
  return held !== undefined;
}

/** Removes what the run with this folder made, unless another run needs it or it is no longer as it was made. */
function removeListed(folder: string, held: Lock | undefined): void {
  try {
    const own = read(folder);
    if (own.length === 0) return;
    Deno.removeSync(`${folder}/${LIST}`);
    removeUnneeded(own, folder);
  } finally {
    held?.release();
  }
}

function removeUnneeded(own: readonly StandIn[], folder: string): void {
  const needed = listed(folder);
  for (const { path, text } of own) {
    if (needed.has(path)) continue;
    try {
      const info = Deno.lstatSync(path);
      if (text === undefined) {
        // Not if there is something in it.
        if (info.isDirectory) Deno.removeSync(path);
      } else if (info.isFile && Deno.readTextFileSync(path) === text) {
        Deno.removeSync(path);
      }
    } catch { /* It is gone, or no longer empty. */ }
  }
}

/** Whether a run of `home` that has not ended made what is at `path`, and it is still as it was made. */
export function isStandIn(home: string, path: string): boolean {
  const made = [...Deno.readDirSync(`${home}/run`)]
    .flatMap(({ name }) => read(`${home}/run/${name}`))
    .find((standIn) => standIn.path === path);
  if (!made) return false;
  try {
    return made.text === undefined
      ? [...Deno.readDirSync(path)].length === 0
      : Deno.readTextFileSync(path) === made.text;
  } catch {
    return false;
  }
}

/** In the home, for all of its runs. */
function lockOf(folder: string): string {
  const runs = folder.slice(0, folder.lastIndexOf("/"));
  return `${runs.slice(0, runs.lastIndexOf("/"))}/stand-ins.lock`;
}

/** What the other runs beside `folder` made. */
function listed(folder: string): Set<string> {
  const runs = folder.slice(0, folder.lastIndexOf("/"));
  return new Set(
    Array.from(Deno.readDirSync(runs), ({ name }) => `${runs}/${name}`)
      .filter((run) => run !== folder).flatMap(read).map(({ path }) => path),
  );
}

function read(folder: string): StandIn[] {
  try {
    return JSON.parse(Deno.readTextFileSync(`${folder}/${LIST}`));
  } catch {
    return [];
  }
}
