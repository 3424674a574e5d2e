/**
 * Files that are written under another name and then put in their place. What a killed writer left of them is swept: they
 * may hold secrets.
 *
 * @module
 */
import { machineProcesses } from "../process_names.ts";

/** A draft of a writer of which nothing is known is left behind at this age; no living one takes as long. Milliseconds. */
const DRAFT_MS = 60_000;
const UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
/** Behind the name of the file: the name of the writer's process, and random digits. */
const NAMED = new RegExp(
  `\\.(?<writer>${UUID}(?:\\.\\d+){5})\\.[0-9a-f]{8}\\.tmp$`,
);
/** A writer without a name, of this version or an older one. */
const UNNAMED = new RegExp(
  `\\.${UUID}\\.tmp$|^config\\.json\\..+\\.tmp$|^master\\.key\\.${UUID}$`,
);

const processes = machineProcesses();

/** A name for a draft of the file at `path`, in the same folder. */
export function draftOf(path: string): string {
  const random = crypto.randomUUID();
  const writer = processes.self();
  return writer === undefined
    ? `${path}.${random}.tmp`
    : `${path}.${writer}.${random.slice(0, 8)}.tmp`;
}

/**
 * Removes the drafts in `folder` whose writers are dead, or that are old where that cannot be known. Never fails.
 *
 * @param file the name of the file whose drafts are looked at. Default: all of them.
 */
export function sweepDrafts(folder: string, file = ""): void {
  try {
    for (const { name, isFile } of Deno.readDirSync(folder)) {
      if (isFile && name.startsWith(file && `${file}.`)) {
        sweepDraft(folder, name);
      }
    }
  } catch {
    /* There is no such folder, or it cannot be written: then nothing else works either. */
  }
}

/** Removes the file `name` of `folder` if it is a draft that was left behind. Never fails. */
export function sweepDraft(folder: string, name: string): void {
  const named = NAMED.exec(name)?.groups;
  if (!named && !UNNAMED.test(name)) return;
  try {
    const path = `${folder}/${name}`;
    const writer = processes.look(named?.writer ?? "");
    const { mtime } = Deno.lstatSync(path);
    const age = Date.now() - (mtime?.getTime() ?? Infinity);
    if (writer ? writer.hasEnded : age > DRAFT_MS) Deno.removeSync(path);
  } catch {
    /* Another process swept it. */
  }
}
