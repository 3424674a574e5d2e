/** The mounts of a machine: one folder may be seen at several paths. Pure; from proc_pid_mountinfo(5). @module */
import { isWithin } from "./sandbox_profile.ts";

/** A mount. */
export interface Mount {
  /** Which file system. */
  device: string;
  /** What of it is mounted. */
  root: string;
  /** Where. */
  point: string;
  /** Whether what is mounted in it elsewhere appears here too. */
  shared: boolean;
}

/** The mounts of a text in the format of `/proc/self/mountinfo`, later ones over earlier ones. */
export function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, device, root, point, optional] =
      /^\d+ \d+ (\S+) (\S+) (\S+) \S+ (.*?)- /.exec(line) ?? [];
    return point === undefined ? [] : [{
      device: device!,
      root: unescape(root!),
      point: unescape(point),
      shared: /(^| )(shared|master):/.test(optional!),
    }];
  });
}

/** Where else `path`, which is real, would be seen. Whether it is, or another mount covers it, is not asked. */
export function otherPaths(path: string, mounts: readonly Mount[]): string[] {
  let own: Mount | undefined;
  for (const mount of mounts) {
    if (
      isWithin(path, mount.point) &&
      (!own || mount.point.length >= own.point.length)
    ) own = mount;
  }
  if (!own) return [];
  const inFileSystem = join(own.root, rest(path, own.point));
  const found = mounts.filter(({ device, root }) =>
    device === own.device && isWithin(inFileSystem, root)
  ).map(({ root, point }) => join(point, rest(inFileSystem, root)));
  return [...new Set(found)].filter((other) => other !== path);
}

function rest(path: string, folder: string): string {
  return folder === "/" ? path : path.slice(folder.length);
}

function join(folder: string, rest: string): string {
  return rest === "" || rest === "/"
    ? folder
    : folder === "/"
    ? rest
    : folder + rest;
}

/** Blanks, tabs, line feeds, backslashes and "#" are written in octal. */
function unescape(text: string): string {
  return text.replace(
    /\\([0-7]{3})/g,
    (_, digits) => String.fromCharCode(parseInt(digits, 8)),
  );
}
