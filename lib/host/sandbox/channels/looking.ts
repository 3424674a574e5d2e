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
 * rights over the folders of others than its groups give it.
 */
export function canBeEntered(path: string): boolean {
  if (Deno.uid() !== 0) return true;
  groups ??= ownGroups();
  for (
    let at = path.lastIndexOf("/");
    at > 0;
    at = path.lastIndexOf("/", at - 1)
  ) {
    const { mode, uid, gid } = lookAt(path.slice(0, at)) ?? {};
    const bit = uid === 0 ? 0o100 : groups.has(gid ?? -1) ? 0o010 : 0o001;
    if (!((mode ?? 0) & bit)) return false;
  }
  return true;
}

/** Of root, whose command keeps them. */
let groups: Set<number> | undefined;

function ownGroups(): Set<number> {
  const [, listed = ""] = /^Groups:(.*)$/m.exec(read("/proc/self/status")) ??
    [];
  return new Set([0, ...listed.split(/\s+/).filter(Boolean).map(Number)]);
}
