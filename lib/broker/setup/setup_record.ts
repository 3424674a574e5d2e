/** What `setup <tool>` did, kept in the home, so that an undo gives back each file byte for byte. @module */
import { sha256 } from "../../bytes.ts";
import { isObject, parseObject } from "../../object.ts";
import type { AgentFiles } from "../../ports/agent_files.ts";
import type { FileEdit } from "./tool.ts";

/** What is known of a file. */
interface RecordedFile {
  /** Where its copy from before is; `null` if there was no file. */
  backup: string | null;
  /** SHA-256 of what was written; empty if the person changed it in between, so that the copy is older than that. */
  after: string;
}

/** By path. */
export type SetupRecord = Readonly<Record<string, RecordedFile>>;

/** Where the record of a tool is. */
export function recordPath(home: string, tool: string): string {
  return `${home}/setup/${tool}.json`;
}

/** The record of a tool; empty if there is none that can be read. */
export function readRecord(
  files: AgentFiles,
  home: string,
  tool: string,
): SetupRecord {
  const { files: found } = parseObject(
    files.read(recordPath(home, tool)) ?? "",
  ) ?? {};
  return isObject(found)
    ? Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, RecordedFile] => {
        const [, value] = entry;
        return isObject(value) && typeof value.after === "string" &&
          (value.backup === null || typeof value.backup === "string");
      }),
    )
    : {};
}

/** Replaces the record; an empty one is removed. */
export function writeRecord(
  files: AgentFiles,
  home: string,
  tool: string,
  record: SetupRecord,
): void {
  const path = recordPath(home, tool);
  files.remove(path);
  if (Object.keys(record).length === 0) return;
  const text = JSON.stringify({ v: 1, files: record }, null, 2);
  files.replace(path, undefined, `${text}\n`);
}

/** The entry of a file that is written now, over what an earlier setup has written. */
export async function recorded(
  earlier: RecordedFile | undefined,
  { before, after, backup }: {
    before: string | undefined;
    after: string;
    backup: string | undefined;
  },
): Promise<RecordedFile> {
  if (!earlier) return { backup: backup ?? null, after: await sha256(after) };
  const isOurs = before !== undefined &&
    await sha256(before) === earlier.after;
  return {
    backup: earlier.backup,
    after: isOurs ? await sha256(after) : "",
  };
}

/** What an undo makes of a file: what it was, if nothing else has changed it; else what `edit` leaves of it. */
export async function undone(
  files: AgentFiles,
  record: SetupRecord,
  edit: FileEdit,
): Promise<{ before: string | undefined; after: string | undefined }> {
  const before = files.read(edit.path);
  if (before === undefined) return { before, after: undefined };
  const known = Object.hasOwn(record, edit.path)
    ? record[edit.path]
    : undefined;
  const original = known?.backup ? files.read(known.backup) : undefined;
  const isUntouched = known && await sha256(before) === known.after &&
    (known.backup === null || original !== undefined);
  return {
    before,
    after: isUntouched ? original : edit.after(before, original),
  };
}
