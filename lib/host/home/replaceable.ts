/** Whether others may lead a path elsewhere. @module */

/**
 * Whether a user other than this one and root owns a folder above `path`, or may write one that has no sticky bit: then
 * they may put another folder in the place of the one that was looked at.
 *
 * @param path real and absolute.
 */
export function othersMayReplace(path: string): boolean {
  if (Deno.build.os === "windows") return false;
  // In a container the system's own folders may belong to a user that has no number there.
  const owners = [0, Deno.uid(), Deno.statSync("/").uid];
  const parts = path.split("/");
  return parts.some((_, at) => {
    if (at === 0) return false;
    const { uid, mode } = Deno.statSync(parts.slice(0, at).join("/") || "/");
    return !owners.includes(uid) || ((mode ?? 0) & 0o1002) === 0o002;
  });
}
