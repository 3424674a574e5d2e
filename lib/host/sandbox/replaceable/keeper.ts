/** Keeps files in step with their copies while a sandboxed command runs. @module */
import { COMPANIONS, lookAt, markOf } from "./file_marks.ts";
import { saveList } from "./kept_list.ts";
import {
  type KeepPlaces,
  type KeptFile,
  placeForVersion,
  removeTarget,
  takeOver,
  writeBack,
  WrittenMeanwhile,
} from "./write_back.ts";

/** How often both sides are looked at. Milliseconds. */
const PAUSE_MS = 500;
/** A file that is written all the time is written back after so many looks. */
const PATIENCE = 10;
/** How often it is tried at the end, where something outside is writing too. */
const TRIES = 20;

/** How something is said. */
interface Warning {
  warn(message: string): void;
}

/** What was seen of one file. */
interface Watched {
  file: KeptFile;
  /** The marks of the last look. */
  seen: string;
  unrest: number;
}

/** Runs `body` and keeps `files` in step until it has ended, and once more then. */
export async function whileKept(
  files: KeptFile[],
  { home, folder, warn }: Pick<KeepPlaces, "home" | "folder"> & Warning,
  body: () => Promise<number>,
): Promise<number> {
  const kept = new Map<string, string[]>();
  const places: KeepPlaces & Warning = {
    ...{ home, folder, warn },
    save: () => saveList(folder, files),
    kept: (target, path) => kept.set(target, [...kept.get(target) ?? [], path]),
  };
  places.save();
  const watched = files.map((file) => ({ file, seen: "", unrest: 0 }));
  let ended = false;
  let wake = () => {};
  const looking = (async () => {
    while (!ended) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PAUSE_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      for (const each of watched) {
        // What fails now is tried again, and told at the end.
        if (!ended) await look(each, places).catch(() => {});
      }
    }
  })();
  try {
    return await body();
  } finally {
    ended = true;
    wake();
    await looking;
    for (const { file } of watched) await finish(file, places);
    // Not before: the command may have the whole screen.
    for (const [target, paths] of kept) warn(keptLine(target, paths));
  }
}

function keptLine(target: string, paths: readonly string[]): string {
  const others = paths.length === 1
    ? "the other version is in"
    : `of ${paths.length} other versions the last is in`;
  return `"${target}" was changed outside while the command ran. What the command wrote is there now; ${others} ${
    paths.at(-1)
  }`;
}

/** Both sides must be the same at two looks before either is taken. */
async function look(watched: Watched, places: KeepPlaces): Promise<void> {
  const { file, seen } = watched;
  const [copy, target] = [markOf(file.copy), markOf(file.target)];
  watched.seen = `${copy} ${target}`;
  if (copy === file.copyMark && target === file.targetMark) {
    watched.unrest = 0;
    return;
  }
  watched.unrest++;
  if (seen !== watched.seen && watched.unrest < PATIENCE) return;
  watched.unrest = 0;
  if (copy === file.copyMark) return await takeOver(file, places);
  if (lookAt(file.copy)?.isFile) await writeBack(file, places, false);
}

async function finish(
  file: KeptFile,
  places: KeepPlaces & Warning,
): Promise<void> {
  try {
    if (markOf(file.copy) === file.copyMark) return;
    if (!lookAt(file.copy)) return removeTarget(file);
    for (let tries = 1;; tries++) {
      try {
        const refusal = await writeBack(file, places, true);
        if (refusal) tell(file, `what the command left there is ${refusal}`);
        return;
      } catch (error) {
        if (!(error instanceof WrittenMeanwhile) || tries === TRIES) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS / TRIES));
      }
    }
  } catch (error) {
    tell(file, error instanceof Error ? error.message : "unknown failure");
  }

  function tell({ asked, copy }: KeptFile, reason: string) {
    let where = "";
    try {
      if (lookAt(copy)?.isFile) where = rescue(copy, places.home);
    } catch { /* There is no place for it. */ }
    places.warn(
      `"${asked}" is not written back: ${reason}${
        where && `. What the command wrote is in ${where}`
      }`,
    );
  }
}

/** Moves a file that cannot be written back, and may be too large for a copy, into the home. */
function rescue(copy: string, home: string): string {
  const path = placeForVersion(home, copy.slice(copy.lastIndexOf("/") + 1));
  for (const suffix of ["", ...COMPANIONS]) {
    if (lookAt(copy + suffix)?.isFile) {
      Deno.renameSync(copy + suffix, path + suffix);
    }
  }
  return path;
}
