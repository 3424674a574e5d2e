/**
 * Files that are allowed alone, laid over the view so that a program can save them by a temporary file and a rename.
 * Pure: an adapter says what is there.
 *
 * Nothing can be renamed over a mount. So the folder of such a file is laid out anew: a folder of the run, writable, with
 * a copy of the file in it, and each of the other things there mounted as it is in the view, read-only. What the command
 * makes beside the file (temporary files, locks, journals) ends with the run; the file itself is written back.
 *
 * @module
 */
import type { FolderEntry } from "../shown/shown_files.ts";
import { nearest, type View } from "../view.ts";

/** A file that is allowed alone, or a place where one may be made. */
export interface AllowedFile {
  /** As the person says it. */
  asked: string;
  /** Where the command finds it: the real path of its folder, and its name, which may be a link's. */
  path: string;
  /** Where it is outside: the same, or where the link leads. */
  target: string;
  there: boolean;
  /** Members of it that stay as they are outside, see `AgentProfile.guards`. */
  guard?: readonly string[];
}

/** A folder that is laid out anew. */
export interface PrivateFolder {
  /** Where the command sees it. */
  path: string;
  /** The folder of the run that it is. */
  source: string;
  files: AllowedFile[];
}

/** What the layout depends on besides the view. */
export interface PrivateFolderFacts {
  /** The authsome home. */
  home: string;
  /** Path of the folder of the run that is `path` in the sandbox. */
  sourceOf(path: string): string;
  /** Why the folder of a file cannot be laid out anew, if so. */
  problem(file: AllowedFile): string | undefined;
  /** What is in a folder, or `undefined` if it cannot be told or is too much. */
  entries(folder: string): readonly FolderEntry[] | undefined;
}

/** The view with the folders, and the files that can only be written in place. */
export interface LaidOut {
  view: View;
  folders: PrivateFolder[];
  inPlace: { file: AllowedFile; reason: string }[];
}

/**
 * Lays the folders of `files` over `view`, a result of `fileView`.
 *
 * @param scratch folders in which the command may make other files too, which end with the run.
 * @param temporary folders that begin empty and end with the run.
 * @param logins files that are hidden; in a folder that is laid out, the command may write another in their place.
 */
export function layOutFolders(
  view: View,
  files: readonly AllowedFile[],
  { scratch, temporary, logins }: Record<
    "scratch" | "temporary" | "logins",
    readonly string[]
  >,
  facts: PrivateFolderFacts,
): LaidOut {
  const { home } = facts;
  // The authsome home and the files of the run come last, and cover what is below.
  const end = view.steps.findIndex(({ path }) => path === home);
  const [inner, last] = end < 0
    ? [view.steps, []]
    : [view.steps.slice(0, end), view.steps.slice(end)];
  const before = new Map(inner.map((step) => [step.path, step]));
  const steps = new Map(before);
  const folders = new Map<string, PrivateFolder>();
  const inPlace: LaidOut["inPlace"] = [];

  /** @returns why it cannot be. */
  function open(path: string): string | undefined {
    if (folders.has(path)) return undefined;
    // In a folder that begins empty there is nothing else.
    const isEmpty = nearest(path, before)?.kind === "empty-folder";
    const found = isEmpty ? [] : facts.entries(path);
    if (!found) return `"${path}" cannot be listed, or has too much in it`;
    const source = facts.sourceOf(path);
    folders.set(path, { path, source, files: [] });
    steps.set(path, { kind: "own-folder", path, source });
    for (const { path, target } of found) {
      if (steps.has(path) || path === home) continue;
      steps.set(
        path,
        target === undefined
          ? { kind: "read-only", path }
          : { kind: "link", path, target },
      );
    }
  }

  for (const file of files) {
    const folder = parent(file.path);
    // In a folder that is writable it can be replaced as it is.
    if (
      file.path === file.target && nearest(folder, before)?.kind === "writable"
    ) continue;
    const reason = facts.problem(file) ?? open(folder);
    if (reason === undefined) folders.get(folder)!.files.push(file);
    else inPlace.push({ file, reason });
  }
  scratch.forEach(open);
  for (const { files } of folders.values()) {
    for (const { path, target } of files) {
      steps.delete(path);
      // What another path leads to is read-only; the copy is at the path that was named.
      if (path !== target && before.get(target)?.kind === "writable") {
        steps.set(target, { kind: "read-only", path: target });
      }
    }
  }
  for (const path of logins) {
    if (folders.has(parent(path))) steps.delete(path);
  }
  for (const path of temporary) {
    if (nearest(parent(path), steps)?.kind !== "writable") continue;
    steps.set(path, { kind: "empty-folder", path, writable: true });
  }
  for (const { file } of inPlace) if (!file.there) steps.delete(file.target);
  const sorted = [...steps.values()].sort((a, b) => a.path < b.path ? -1 : 1);
  return {
    view: { ...view, steps: [...sorted, ...last] },
    folders: [...folders.values()],
    inPlace,
  };
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
