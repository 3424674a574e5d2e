/** The way that a path leads, link by link. @module */

/** A symbolic link on the way. */
export interface Link {
  /** Where it is: the real path of its folder, and its name. */
  path: string;
  target: string;
}

/** Where a path leads. */
export interface Trail {
  /** The real path, or `undefined` if nothing is there. */
  real: string | undefined;
  links: Link[];
}

/** As many links as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** Follows the absolute `path` as the system does: `..` after a link is the folder that the link leads into. */
export function followPath(path: string): Trail {
  const links: Link[] = [];
  const rest = path.split("/").reverse();
  let current = "";
  while (rest.length > 0) {
    const part = rest.pop()!;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      current = current.slice(0, Math.max(0, current.lastIndexOf("/")));
      continue;
    }
    const next = `${current}/${part}`;
    let target: string | undefined;
    try {
      if (Deno.lstatSync(next).isSymlink) target = Deno.readLinkSync(next);
    } catch {
      return { real: undefined, links };
    }
    if (target === undefined) {
      current = next;
      continue;
    }
    links.push({ path: next, target });
    if (links.length > MAX_LINKS) return { real: undefined, links };
    if (target.startsWith("/")) current = "";
    rest.push(...target.split("/").reverse());
  }
  return { real: current || "/", links };
}
