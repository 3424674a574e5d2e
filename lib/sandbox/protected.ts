/** How files and folders stay as they are in a writable folder. Pure. @module */
import { isWithin } from "./profile.ts";
import type { ViewStep } from "./view.ts";

/**
 * The steps that keep `paths` as they are, outer ones first: the innermost rule counts.
 *
 * The folders between a writable one and a path are mounted on themselves, since a mount cannot be renamed: else the
 * folder of a read-only file could be moved away and made anew.
 *
 * @param copies files that are read in the place of one of the paths.
 */
export function protectionSteps(
  paths: readonly string[],
  writable: readonly string[],
  copies: ReadonlyMap<string, string> = new Map(),
): ViewStep[] {
  const readOnly = new Set(
    paths.filter((path) => writable.some((root) => isWithin(path, root))),
  );
  const roots = new Set(writable);
  const open = new Set<string>();
  for (const path of readOnly) {
    const parents: string[] = [];
    let at = path;
    for (;;) {
      at = at.slice(0, at.lastIndexOf("/"));
      if (at === "" || readOnly.has(at)) {
        // It is read-only with a folder around it.
        if (at !== "") readOnly.delete(path);
        break;
      }
      if (roots.has(at)) {
        parents.forEach((parent) => open.add(parent));
        break;
      }
      parents.push(at);
    }
    if (at === "" && roots.has("/")) {
      parents.forEach((parent) => open.add(parent));
    }
  }
  for (const root of roots) {
    if ([...readOnly].some((path) => path !== root && isWithin(root, path))) {
      open.add(root);
    }
  }
  return [
    ...[...readOnly].map((path): ViewStep => {
      const source = copies.get(path);
      return source === undefined
        ? { kind: "read-only", path }
        : { kind: "other-file", source, path };
    }),
    ...[...open].map((path): ViewStep => ({ kind: "writable", path })),
  ].sort((a, b) => a.path < b.path ? -1 : 1);
}
