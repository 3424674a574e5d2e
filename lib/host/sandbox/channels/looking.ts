/** What can be asked of a path, where nothing is an answer. @module */

/** Text of a file, or nothing. */
export function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Where a link leads, or nothing. */
export function link(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}

/** What is there, links not followed. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/** The path without links, if something is there. */
export function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Whether a sandboxed command can enter the folders above `path`, which is real. In its user namespace root has no more
 * rights over the folders of others than anybody has.
 */
export function canBeEntered(path: string): boolean {
  if (Deno.uid() !== 0) return true;
  for (
    let at = path.lastIndexOf("/");
    at > 0;
    at = path.lastIndexOf("/", at - 1)
  ) {
    const { mode, uid, gid } = lookAt(path.slice(0, at)) ?? {};
    const bit = uid === 0 ? 0o100 : gid === 0 ? 0o010 : 0o001;
    if (!((mode ?? 0) & bit)) return false;
  }
  return true;
}
