/** Whether a file has changed since it was looked at. @module */

/** What SQLite keeps beside a database that is not at rest: what was written and is not in it, or what undoes it. */
export const COMPANIONS = ["-wal", "-journal"];

/** The state of a file with its {@linkcode COMPANIONS}; equal if nothing was written since. */
export function markOf(path: string): string {
  return ["", ...COMPANIONS].map((suffix) => markOfOne(path + suffix))
    .join(" ");
}

/** The state of what is at `path` alone; of a link its own. */
export function markOfOne(path: string): string {
  const info = lookAt(path);
  if (!info) return "-";
  return [
    info.isFile ? "file" : "other",
    ...[info.dev, info.ino, info.size, info.mtime?.getTime()],
  ].join(":");
}

/** What is at `path`; no link is followed. */
export function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether the command has a transaction open there, or has not moved all into the database yet. */
export function isAtRest(path: string): boolean {
  return COMPANIONS.every((suffix) => {
    const info = lookAt(path + suffix);
    return !info?.isFile || info.size === 0;
  });
}

const SQLITE = "SQLite format 3\0";

/** Whether the regular file at `path` is a database of SQLite, or may become one: it is empty. */
export function isDatabase(path: string): boolean {
  using file = Deno.openSync(path, { read: true });
  const bytes = new Uint8Array(SQLITE.length);
  const count = file.readSync(bytes) ?? 0;
  return count === 0 ||
    new TextDecoder("latin1").decode(bytes.subarray(0, count)) === SQLITE;
}
