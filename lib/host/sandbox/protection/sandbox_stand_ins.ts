/**
 * Files that are made for the time of a run. A file that is not there cannot be covered, so a command could make it:
 * `commondir` leads git to other settings. One that holds "." means the same as none, as an empty `hooks` folder does.
 *
 * They do not stay: other programs than git take a repository with a `commondir` for a linked worktree. A killed run
 * leaves them, and its folder with their list; the next run of the same home removes them.
 *
 * @module
 */
import type { StandIn } from "./sandbox_git.ts";
import { isThere } from "./sandbox_walk.ts";

/** Name of the list in the folder of a run. */
const LIST = "stand-ins.json";

/** Makes those that can be made. */
export function makeStandIns(
  standIns: readonly StandIn[],
  folder: string,
): { made: string[]; remove(): void } {
  const others = listed(folder);
  const own = standIns.filter(({ path, there }) => !there || others.has(path));
  if (own.length === 0) return { made: [], remove() {} };
  // First the list: another run that ends now must see that they are needed.
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
  return { made, remove: () => removeStandIns(folder) };
}

/** Removes what the run with this folder made, unless another run needs it or it is no longer as it was made. */
export function removeStandIns(folder: string): void {
  const own = read(folder);
  if (own.length === 0) return;
  Deno.removeSync(`${folder}/${LIST}`);
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
