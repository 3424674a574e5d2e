/** Other names of protected files: who writes through one of them changes the file. @module */
import { AuthsomeError } from "../../../errors.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import { entries } from "./sandbox_walk.ts";

/** Files and folders that are looked at, at most. */
const LIMIT = 200_000;

/**
 * Checks that no file of `paths`, and none in one of them, has another name that the command may write.
 *
 * @throws {AuthsomeError} `Usage`
 */
export function refuseOtherNames(
  paths: readonly string[],
  roots: readonly string[],
  skipped: ReadonlySet<string>,
): void {
  const several = new Map<string, { path: string; names: number }>();
  for (const file of files(paths, new Set())) {
    const { nlink, dev, ino } = file.info;
    if ((nlink ?? 1) > 1) {
      const known = several.get(`${dev}:${ino}`);
      several.set(`${dev}:${ino}`, {
        path: file.path,
        names: (known?.names ?? nlink!) - 1,
      });
    }
  }
  // Where all names are protected none is left to write through.
  if (![...several.values()].some(({ names }) => names > 0)) return;
  for (const { path, info } of files(roots, skipped)) {
    const protectedFile = several.get(`${info.dev}:${info.ino}`);
    if (!protectedFile || paths.some((place) => isWithin(path, place))) {
      continue;
    }
    throw new AuthsomeError(
      "Usage",
      `Cannot run a sandbox with "${path}" in a writable folder: it is a hard link to "${protectedFile.path}", which ` +
        "the command must not change",
      `Make it a separate file: cp ${path} ${path}.copy && mv ${path}.copy ${path}`,
      { subject: { file: path } },
    );
  }
}

/** The regular files in `places`, links not followed. */
function* files(
  places: readonly string[],
  skipped: ReadonlySet<string>,
): Generator<{ path: string; info: Deno.FileInfo }> {
  const queue = [...places];
  for (let at = 0; at < Math.min(queue.length, LIMIT); at++) {
    const path = queue[at]!;
    if (skipped.has(path)) continue;
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(path);
    } catch {
      continue;
    }
    if (info.isFile) yield { path, info };
    else if (info.isDirectory) {
      for (const { name } of entries(path)) queue.push(`${path}/${name}`);
    }
  }
}
