/** Files of the kernel that a sandboxed command does not write, whatever user it runs as. @module */

/** Folders in which nothing was ever writable, and files that never were: to ask for each takes a while. */
const READ_ONLY: ReadonlySet<string> = new Set([
  ...["sysvipc", "tty"],
  ...["buddyinfo", "cmdline", "consoles", "cpuinfo", "crypto", "devices"],
  ...["diskstats", "execdomains", "filesystems", "interrupts", "iomem"],
  ...["ioports", "kallsyms", "key-users", "keys", "loadavg", "locks"],
  ...["meminfo", "misc", "modules", "partitions", "softirqs", "stat"],
  ...["swaps", "uptime", "version", "vmstat", "zoneinfo"],
]);

/**
 * Whatever is in `/proc` besides processes and may be written, and `/sys`. Root inside a sandbox is root of the machine
 * to them, with no capability asked: `kernel.core_pattern` alone runs a program of its choice outside. bubblewrap passes
 * over `/proc/sys`, since the folder itself has no write bit.
 */
export function kernelFiles(): string[] {
  let names: Deno.DirEntry[];
  try {
    names = [...Deno.readDirSync("/proc")];
  } catch {
    return [];
  }
  const found = names
    .filter(({ name }) => !/^\d+$/.test(name) && !READ_ONLY.has(name))
    .filter(({ name, isDirectory, isFile }) =>
      isDirectory || isFile && isEverWritable(`/proc/${name}`)
    )
    .map(({ name }) => `/proc/${name}`);
  return [...found, "/sys"];
}

function isEverWritable(path: string): boolean {
  try {
    return ((Deno.lstatSync(path).mode ?? 0) & 0o222) !== 0;
  } catch {
    return false;
  }
}
