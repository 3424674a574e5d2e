/** The end of the audit log, read from behind. @module */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { refuseUnsafeFile } from "../home/private_file.ts";

const BLOCK = 65_536;
/** Most of the end that is read into memory, in bytes. */
const MOST = 4 * 1024 * 1024;

/**
 * The last lines of the file at `path`, oldest first, from the one on that `isFirst` accepts, which is asked from the end.
 * `undefined` if that line is not among the last 4 MiB, or there is no file.
 */
export function logTail(
  path: string,
  isFirst: (line: string) => boolean,
): string[] | undefined {
  let file: number;
  try {
    refuseUnsafeFile(path);
    file = openSync(path, "r");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    let start = fstatSync(file).size;
    /** What was read in front of the last line that is in `lines`. */
    let rest: Uint8Array = new Uint8Array(0);
    let isWhole = false;
    const lines: string[] = [];
    const text = new TextDecoder();
    const end = start;
    while (start > 0 && end - start < MOST) {
      const length = Math.min(BLOCK, start);
      start -= length;
      const bytes: Uint8Array = new Uint8Array(length + rest.length);
      readSync(file, bytes, 0, length, start);
      bytes.set(rest, length);
      rest = bytes;
      for (let at = rest.lastIndexOf(10); at >= 0; at = rest.lastIndexOf(10)) {
        // What is behind the last newline is being written, or never was whole.
        if (isWhole) lines.push(text.decode(rest.subarray(at + 1)));
        isWhole = true;
        rest = rest.subarray(0, at);
        if (lines.length > 0 && isFirst(lines.at(-1)!)) return lines.reverse();
      }
    }
    if (start === 0 && isWhole) {
      lines.push(text.decode(rest));
      if (isFirst(lines.at(-1)!)) return lines.reverse();
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    (error as { code?: unknown }).code === "ENOENT";
}
