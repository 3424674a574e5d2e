/** What is in a folder that is laid out anew. @module */
import type { FolderEntry } from "../../../sandbox/shown/shown_files.ts";
import { realPath } from "./sandbox_facts.ts";

/** Each is a mount, and bubblewrap's work grows with their square. */
const MOST_ENTRIES = 600;

/** What is in `folder`, or `undefined` if it cannot be told or is too much. */
export function entries(folder: string): FolderEntry[] | undefined {
  try {
    const found: FolderEntry[] = [];
    for (const { name, isSymlink } of Deno.readDirSync(folder)) {
      if (found.length === MOST_ENTRIES) return undefined;
      const path = `${folder}/${name}`;
      if (isSymlink) found.push({ path, target: Deno.readLinkSync(path) });
      // What cannot be looked at cannot be mounted.
      else if (realPath(path) !== undefined) found.push({ path });
    }
    return found;
  } catch {
    return undefined;
  }
}
