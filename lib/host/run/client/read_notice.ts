/** Whether somebody has read a file, by the time that the system keeps of it. @module */

const PAST = new Date("2000-01-01T00:00:00Z");

/**
 * Takes note of `path` as it is.
 *
 * @returns whether it was read since; `undefined` where its file system keeps no such time.
 */
export function noticeRead(path: string): () => boolean | undefined {
  const probe = `${path}.probe`;
  try {
    // The file is newer than its last reading, so that even relatime, mount(8), notes the next one.
    const forget = (path: string) =>
      Deno.utimeSync(path, PAST, Deno.statSync(path).mtime ?? new Date());
    const isRead = (path: string) => Deno.statSync(path).atime! > PAST;
    Deno.writeTextFileSync(probe, "probe");
    forget(probe);
    Deno.readTextFileSync(probe);
    if (!isRead(probe)) return () => undefined;
    forget(path);
    return () => isRead(path);
  } catch {
    return () => undefined;
  } finally {
    try {
      Deno.removeSync(probe);
    } catch { /* It could not be written. */ }
  }
}
