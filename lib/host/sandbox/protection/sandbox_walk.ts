/** Looks through the folders that a sandboxed command may write. @module */
import { repositoryParts } from "../../../sandbox/git_places.ts";
import {
  isPackageFolder,
  isReportedWhenNew,
  isStartupPlace,
  startupPlacesWithin,
} from "../../../sandbox/startup_places.ts";

/** What was found. All paths are absolute; no link was followed. */
export interface Walked {
  /** Every `.git`. */
  git: string[];
  /** By folder, what in it makes a repository, or a part of one; `.git` folders are among them. */
  parts: Map<string, string[]>;
  /** Files, folders and links that programs obey; see `startup_places.ts`. */
  startup: string[];
  /** Folders that are only reported where there was none. */
  newFolders: string[];
  /**
   * Folders that cannot be listed, though what is in them may be reached by name, and how many have this path: a name
   * that is not UTF-8 is not known exactly.
   */
  unreadable: Map<string, number>;
  /** Whether there were not too many folders. */
  complete: boolean;
}

/** At most so many folders, in so many milliseconds. */
export const LIMITS = { folders: 100_000, milliseconds: 5_000 };

/** Something in a folder. */
export type Entry = Pick<Deno.DirEntry, "name" | "isDirectory" | "isSymlink">;

/** What is in a folder; nothing if it is none or cannot be read, which `refused` is told. */
export type ListFolder = (
  folder: string,
  refused: () => void,
) => Iterable<Entry>;

interface Folder {
  path: string;
  name: string;
  /** Whether it is a package or lies in one. */
  isPackage: boolean;
}

/**
 * Looks through `roots` and what is below them, upper folders first.
 *
 * @param skipped folders that the command does not see.
 * @param list says what is in a folder.
 */
export function walk(
  roots: readonly { path: string; isPackage: boolean }[],
  skipped: ReadonlySet<string>,
  limits = LIMITS,
  list: ListFolder = entries,
): Walked {
  const found: Walked = {
    git: [],
    parts: new Map(),
    startup: [],
    newFolders: [],
    unreadable: new Map(),
    complete: true,
  };
  const seen = new Set<string>();
  const queue: Folder[] = roots.map((root) => ({ ...root, name: "" }));
  const end = Date.now() + limits.milliseconds;
  for (let at = 0; at < queue.length; at++) {
    if (at >= limits.folders || Date.now() > end) {
      found.complete = false;
      break;
    }
    const folder = queue[at]!;
    // A root may lie in another one.
    if (seen.has(folder.path) || skipped.has(folder.path)) continue;
    seen.add(folder.path);
    lookAt(folder, { found, queue, list });
  }
  return found;
}

function lookAt(
  { path: folder, name, isPackage }: Folder,
  { found, queue, list }: {
    found: Walked;
    queue: Folder[];
    list: ListFolder;
  },
): void {
  const base = folder === "/" ? "" : folder;
  const names = new Set<string>();
  const refused = () => void found.unreadable.set(folder, 1);
  for (const entry of list(folder, refused)) {
    const path = `${base}/${entry.name}`;
    names.add(entry.name);
    // Some file systems of macOS do not tell the cases apart, and neither does git there.
    if (entry.name.toLowerCase() === ".git") {
      found.git.push(path);
      if (entry.isDirectory) {
        const inside = repositoryParts(
          Array.from(entries(path), (part) => part.name),
        );
        found.parts.set(path, inside);
      }
      continue;
    }
    if (!isPackage) {
      if (isStartupPlace(entry.name)) {
        found.startup.push(path);
        // Repositories are looked for in it all the same.
        if (entry.isDirectory) queue.push({ path, name: "", isPackage: true });
        continue;
      }
      if (entry.isDirectory || entry.isSymlink) {
        found.startup.push(
          ...startupPlacesWithin(entry.name).map((rest) => `${path}/${rest}`)
            .filter(isThere),
        );
        if (isReportedWhenNew(entry.name)) found.newFolders.push(path);
      }
    }
    if (entry.isDirectory && isMisread(entry.name) && !isThere(path)) {
      found.unreadable.set(path, (found.unreadable.get(path) ?? 0) + 1);
    } else if (entry.isDirectory) {
      queue.push({
        path,
        name: entry.name,
        isPackage: isPackage || isPackageFolder(entry.name, name),
      });
    }
  }
  const parts = repositoryParts(names);
  if (parts.length > 0) found.parts.set(folder, parts);
}

/** Whether a name may be another one: what is not UTF-8 is read as this character. */
export function isMisread(name: string): boolean {
  return name.includes("\ufffd");
}

/** What is in a folder; nothing if it is none or cannot be read, which `refused` is called for. */
export function entries(
  folder: string,
  refused?: () => void,
): Iterable<Deno.DirEntry> {
  try {
    return Deno.readDirSync(folder);
  } catch (error) {
    // One that has gone in the meantime hides nothing; one with a path that is too long may.
    if (!(error instanceof Deno.errors.NotFound)) refused?.();
    return [];
  }
}

/** Whether something is at `path`, if only a link that leads nowhere. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
