/** Paths in which what differs from call to call is left open. @module */

/** Numbers, UUIDs, hashes and other words that are made by machines. */
const MADE =
  /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{7,64}|(?=[^.]*\d)[A-Za-z0-9_-]{16,}|[a-z]{2,6}_(?=\w*\d)[A-Za-z0-9]{8,}|\d{4}-\d\d-\d\d)$/i;
/** A word of hexadecimal digits that is one: it has a digit. */
const WORD = /^[a-f]+$/i;
/** From so many values at one place on they are taken for names of things. */
const MANY = 6;

/** `path` with `*` for each segment that looks like an id. */
export function withoutIds(path: string): string {
  return path.split("/").map((segment) => {
    const at = segment.indexOf(":");
    const name = at > 0 ? segment.slice(0, at) : segment;
    return MADE.test(name) && !WORD.test(name)
      ? `*${at > 0 ? segment.slice(at) : ""}`
      : segment;
  }).join("/");
}

/** The paths that cover `paths`: with `*` for ids, and where many differ in one segment alone. */
export function generalPaths(paths: Iterable<string>): string[] {
  let found = new Set([...paths].map(withoutIds));
  for (let again = true; again;) {
    again = false;
    const groups = new Map<string, string[]>();
    for (const path of found) {
      const segments = path.split("/");
      for (let at = 1; at < segments.length; at++) {
        if (segments[at] === "*") continue;
        const shape = [...segments.slice(0, at), "*", ...segments.slice(at + 1)]
          .join("/");
        groups.set(shape, [...groups.get(shape) ?? [], path]);
      }
    }
    const [widest] = [...groups].filter(([, all]) => all.length >= MANY)
      .sort(([, a], [, b]) => b.length - a.length);
    if (widest) {
      const [shape, all] = widest;
      found = new Set([...found].filter((path) => !all.includes(path)));
      found.add(shape);
      again = true;
    }
  }
  return [...found].sort();
}
