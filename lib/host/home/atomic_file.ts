/** Files that are replaced as a whole. @module */
import { draftOf, sweepDrafts } from "./drafts.ts";
import { unusable, writeNewFile } from "./private_file.ts";

/**
 * Writes the whole file under another name, with `mode` from its creation on, and renames it into place: a reader, and
 * a reader after a crash, finds the old text or the new one.
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  mode: number,
): void {
  const slash = Deno.build.os === "windows"
    ? Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))
    : path.lastIndexOf("/");
  const folder = path.slice(0, slash) || "/";
  sweepDrafts(folder, path.slice(slash + 1));
  const draft = draftOf(path);
  try {
    const bytes = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    writeNewFile(draft, bytes, mode);
    Deno.renameSync(draft, path);
    syncFolder(folder);
  } catch (error) {
    try {
      Deno.removeSync(draft);
    } catch { /* It was never made, or is in place already. */ }
    throw unusable(path, "it cannot be written", error);
  }
}

/** Makes a rename durable. Windows cannot open folders, and needs no such thing. */
export function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  const folder = Deno.openSync(path, { read: true });
  try {
    folder.syncSync();
  } finally {
    folder.close();
  }
}
