/** The mounts that this process sees. @module */
import {
  type Mount,
  otherPaths,
  parseMounts,
} from "../../../sandbox/mounts.ts";

/** They are, or none where the system does not tell. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(Deno.readTextFileSync("/proc/self/mountinfo"));
  } catch {
    return [];
  }
}

/** The other paths that the file or folder at `path`, which is real, is seen at. */
export function aliases(path: string, mounts: readonly Mount[]): string[] {
  const others = otherPaths(path, mounts);
  if (others.length === 0) return [];
  return others.filter((other) => {
    try {
      const [{ dev, ino }, info] = [Deno.statSync(path), Deno.statSync(other)];
      return info.dev === dev && info.ino === ino;
    } catch {
      return false;
    }
  });
}
