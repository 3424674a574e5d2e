/** Whether links lead anywhere. @module */
import type { Page } from "./page.ts";

/**
 * What is wrong with the links of `pages`: files and anchors that are not there, addresses without TLS.
 *
 * @param exists whether the project has a file at a path from its root.
 */
export function brokenLinks(
  pages: readonly Page[],
  exists: (path: string) => boolean,
): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap(({ path, links, anchors }) =>
    links.flatMap(({ line, target }) => {
      const problem = problemOf(path, target, anchors, byPath, exists);
      return problem ? [`${path}:${line}: ${target}: ${problem}`] : [];
    })
  );
}

function problemOf(
  path: string,
  target: string,
  own: ReadonlySet<string>,
  pages: ReadonlyMap<string, Page>,
  exists: (path: string) => boolean,
): string | undefined {
  if (/^https:|^mailto:/.test(target)) return;
  if (/^[a-z]+:/.test(target)) return "not https";
  const [file = "", anchor] = target.split("#");
  if (file === "") {
    return own.has(anchor!) ? undefined : "there is no such heading";
  }
  const there = resolve(path, file);
  if (!exists(there)) return "there is no such file";
  if (anchor === undefined) return;
  const page = pages.get(there);
  if (!page) return "not a page that could have this heading";
  return page.anchors.has(anchor) ? undefined : "there is no such heading";
}

/** Pages that no chain of links from `start` reaches. */
export function orphans(pages: readonly Page[], start: string): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const reached = new Set([start]);
  // The set grows while it is read; it holds each page once.
  for (const path of reached) {
    for (const { target } of byPath.get(path)?.links ?? []) {
      const there = resolve(path, target.split("#")[0]!);
      if (byPath.has(there)) reached.add(there);
    }
  }
  return [...byPath.keys()].filter((path) => !reached.has(path));
}

/** The path from the root of what `target` names on the page at `path`. */
function resolve(path: string, target: string): string {
  const { pathname } = new URL(target || path, `file:///${path}`);
  return decodeURIComponent(pathname.slice(1));
}
