/** Reads a settings file of the person's. @module */

/** Longer ones are no settings. Bytes. */
const LIMIT = 1 << 20;

/** The text of the regular file at `path`, `undefined` where there is none or it cannot be read. */
export function personFile(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= LIMIT ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}
