/** Folders that were bound to a profile. @module */

/** The folder of `folders` that `path` is or lies below, the nearest one; `undefined` if there is none. */
export function boundFolder(
  folders: Readonly<Record<string, unknown>>,
  path: string,
): string | undefined {
  for (let folder = trimEnd(path);; folder = parentOf(folder)) {
    if (Object.hasOwn(folders, folder)) return folder;
    if (parentOf(folder) === folder) return undefined;
  }
}

function parentOf(path: string): string {
  const parent = path.replace(/[\\/][^\\/]*$/, "");
  return parent === "" ? "/" : parent;
}

function trimEnd(path: string): string {
  return path.length > 1 ? path.replace(/[\\/]+$/, "") || "/" : path;
}
