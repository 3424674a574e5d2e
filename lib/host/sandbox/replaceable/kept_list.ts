/**
 * The files that a run keeps in step, listed in its folder. A killed run leaves the list and the copies; the next run of
 * the same home writes back what was not yet.
 *
 * @module
 */
import { lock, tryLock } from "../../home/lock.ts";
import { removeStandIns } from "../protection/sandbox_stand_ins.ts";
import { COMPANIONS, lookAt, markOf } from "./file_marks.ts";
import { removeIfThere } from "./replace_file.ts";
import {
  grab,
  type KeepPlaces,
  keepVersion,
  type KeptFile,
  writeBack,
} from "./write_back.ts";

/** Name of the list in the folder of a run. */
export const LIST = "kept-files.json";

/** How long another run is waited for that does the same. Milliseconds. */
const LIMIT_MS = 10_000;

/** Writes the list. */
export function saveList(folder: string, files: readonly KeptFile[]): void {
  Deno.writeTextFileSync(`${folder}/${LIST}.new`, JSON.stringify(files), {
    mode: 0o600,
  });
  Deno.renameSync(`${folder}/${LIST}.new`, `${folder}/${LIST}`);
}

/** Writes back what killed runs of `home` left, and removes their folders. */
export async function recoverFiles(
  home: string,
  warn: (message: string) => void,
): Promise<void> {
  const runs = `${home}/run`;
  const left = [...Deno.readDirSync(runs)].map(({ name }) => `${runs}/${name}`)
    .filter((folder) => lookAt(`${folder}/${LIST}`)?.isFile);
  if (left.length === 0) return;
  const held = await lock(`${home}/recovery.lock`, LIMIT_MS);
  try {
    for (const folder of left) {
      // Another has done it, or its run still lives.
      if (!lookAt(`${folder}/${LIST}`)) continue;
      const own = tryLock(`${folder}/lock`);
      if (!own) continue;
      try {
        await recoverRun(home, folder, warn);
        if (removeStandIns(folder)) {
          Deno.removeSync(folder, { recursive: true });
        }
      } finally {
        own.release();
      }
    }
  } finally {
    held.release();
  }
}

async function recoverRun(
  home: string,
  folder: string,
  warn: (message: string) => void,
): Promise<void> {
  const files: KeptFile[] = JSON.parse(
    Deno.readTextFileSync(`${folder}/${LIST}`),
  );
  const places: KeepPlaces = {
    ...{ home, folder },
    save: () => saveList(folder, files),
    // What was changed outside is not written over here.
    kept: () => {},
  };
  for (const file of files) {
    const { copy, target, temporary } = file;
    if (temporary !== undefined) removeIfThere(temporary);
    delete file.temporary;
    if (!lookAt(copy)?.isFile || markOf(copy) === file.copyMark) continue;
    if (markOf(target) === file.targetMark) {
      await writeBack(file, places, true);
      continue;
    }
    // What is there now is newer.
    const name = target.slice(target.lastIndexOf("/") + 1);
    const grabbed = `${folder}/grabbed`;
    if (grab(copy, grabbed) !== undefined) continue;
    for (const suffix of COMPANIONS) grab(copy + suffix, grabbed + suffix);
    const kept = await keepVersion(home, name, grabbed);
    file.copyMark = markOf(copy);
    places.save();
    warn(
      `"${target}" was changed after a run was killed that had written it. What that run wrote is in ${kept}`,
    );
  }
}
