/** Open files that this process was started with. @module */

/** close_range(2): does not close now, but in every program that is started. */
const CLOSE_RANGE_CLOEXEC = 4;

/** Closes them, in words of bash: other shells close only the first ten. */
export const CLOSE_INHERITED = `
for file in /dev/fd/*; do
  number=\${file##*/}
  [ "$number" -gt 2 ] 2>/dev/null && eval "exec $number>&-"
done`;

/**
 * Keeps every open file but input, output and error from programs that this process starts. The runtime does so for
 * its own files, not for what a shell or an editor left open.
 *
 * @returns whether that worked; there may be nothing to keep from them all the same.
 */
export function keepInheritedFiles(): boolean {
  try {
    const library = Deno.dlopen("libc.so.6", {
      close_range: { parameters: ["u32", "u32", "i32"], result: "i32" },
    });
    try {
      return library.symbols.close_range(
        3,
        0x7fff_ffff,
        CLOSE_RANGE_CLOEXEC,
      ) ===
        0;
    } finally {
      library.close();
    }
  } catch {
    return false;
  }
}

/** Whether a program that this process starts would get open files besides input, output and error. */
export function hasInheritedFiles(): boolean {
  for (const { name } of Deno.readDirSync("/proc/self/fdinfo")) {
    if (Number(name) < 3) continue;
    try {
      const [, flags = "0"] = /^flags:\s+([0-7]+)/m.exec(
        Deno.readTextFileSync(`/proc/self/fdinfo/${name}`),
      ) ?? [];
      // O_CLOEXEC
      if (!(parseInt(flags, 8) & 0o2000000)) return true;
    } catch { /* It was the folder being read. */ }
  }
  return false;
}
