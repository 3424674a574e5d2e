/**
 * Which runs are live: one file of mode 0600 for each, `<home>/runs/<id>.json`, which the run removes at its end. What a
 * killed one left is removed by the next one who looks.
 *
 * @module
 */
import { parseObject } from "../../object.ts";
import type { LiveRun, Runs } from "../../ports/runs.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";
import { fateOf, ownMark } from "./process_mark.ts";
import { ancestors, processFacts } from "./process_table.ts";
import { stopProcess } from "./stop_process.ts";

const NAME = /^([0-9a-f]{16})\.json$/;
/** Longest file in bytes. */
const MAX_BYTES = 65_536;
/** What another machine or container left is removed when it is this old: milliseconds. */
const FORGOTTEN_MS = 30 * 86_400_000;
/** A younger file may still be written: milliseconds. */
const WRITING_MS = 2000;

/** The live runs of the home at `home`. `warn` is told in a line what of that folder is not looked at. */
export function runFiles(
  home: string,
  warn: (message: string) => void,
): Runs {
  const folder = `${home}/runs`;

  async function list(): Promise<LiveRun[]> {
    const found = [...filesOf(folder, warn)];
    const facts = await processFacts(found.map(({ run }) => run.pid));
    const live: LiveRun[] = [];
    for (const { path, run, age } of found) {
      const fate = fateOf(run.pid, run.started, facts.get(run.pid));
      if (fate === "lives") live.push(run);
      else if (fate === "ended" || age > FORGOTTEN_MS) removeQuietly(path);
    }
    return live.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
  }

  return {
    add(given) {
      const path = `${folder}/${given.id}.json`;
      const run = { ...given, pid: Deno.pid, started: ownMark() };
      try {
        ensurePrivateFolder(folder);
        Deno.writeTextFileSync(path, textOf(run), {
          createNew: true,
          mode: 0o600,
        });
      } catch (error) {
        // The command matters more than who sees it.
        warn(
          `This run is not in "authsome runs list": ${
            error instanceof Error ? error.message : "its file was not written"
          }`,
        );
        return () => {};
      }
      return () => removeQuietly(path);
    },

    list,

    async stop(id) {
      const run = (await list()).find((each) => each.id === id);
      if (!run) return false;
      await stopProcess(run.pid, async () => {
        const facts = await processFacts([run.pid]);
        return fateOf(run.pid, run.started, facts.get(run.pid)) === "lives"
          ? facts.get(run.pid)
          : undefined;
      });
      return true;
    },

    async around() {
      const live = await list();
      if (live.length === 0) return undefined;
      const chain = await ancestors(Deno.pid);
      return live.find(({ pid }) => chain.includes(pid))?.id;
    },
  };
}

function* filesOf(
  folder: string,
  warn: (message: string) => void,
): Iterable<{ path: string; run: LiveRun; age: number }> {
  let entries: Deno.DirEntry[];
  try {
    if (!Deno.lstatSync(folder).isDirectory) {
      return warn(`"${folder}" is not a folder`);
    }
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    return warn(`Cannot read "${folder}"`);
  }
  for (const { name } of entries) {
    const path = `${folder}/${name}`;
    const id = NAME.exec(name)?.[1];
    if (id === undefined) {
      warn(`Ignored "${path}": it is not the file of a run`);
      continue;
    }
    try {
      const { isFile, uid, mode, size, mtime } = Deno.lstatSync(path);
      const age = Date.now() - (mtime?.getTime() ?? 0);
      if (
        !isFile || size > MAX_BYTES || uid !== null && uid !== Deno.uid() ||
        Deno.build.os !== "windows" && ((mode ?? 0) & 0o022) !== 0
      ) {
        warn(`Ignored "${path}": it is not a file that only you can write`);
        continue;
      }
      const run = readRun(Deno.readTextFileSync(path), id);
      if (run) yield { path, run, age };
      else if (age > WRITING_MS) {
        warn(`Ignored "${path}": it is half-written or of another version`);
      }
    } catch {
      // It has just been removed.
    }
  }
}

function textOf(run: LiveRun): string {
  const { readOnly, ...rest } = run;
  return JSON.stringify({ v: 1, ...rest, read_only: readOnly }) + "\n";
}

/** The run that `text` describes, or `undefined`. */
export function readRun(text: string, id: string): LiveRun | undefined {
  const file = parseObject(text);
  if (!file || file.v !== 1 || file.id !== id) return undefined;
  const { pid, started, program, folder, since, profile, providers } = file;
  const isWhole = Number.isSafeInteger(pid) && (pid as number) > 1 &&
    Number.isFinite(since) && Array.isArray(providers) &&
    [started, program, folder, profile, ...providers]
      .every((each) => typeof each === "string");
  return isWhole
    ? {
      ...{ id, pid, started, program, folder, since, profile, providers },
      sandbox: file.sandbox === true,
      readOnly: file.read_only === true,
    } as LiveRun
    : undefined;
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody else did.
  }
}
