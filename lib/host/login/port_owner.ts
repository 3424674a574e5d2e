/** Which program has a port, as far as this user can see. @module */

/** Name and process id of the program that listens on TCP `port`, like `python3 (process 4711)`. Linux only. */
export async function portOwner(port: number): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const inode = await listenerInode(port);
    if (!inode) return undefined;
    for await (const entry of Deno.readDir("/proc")) {
      if (/^\d+$/.test(entry.name) && await holds(entry.name, inode)) {
        const name = (await Deno.readTextFile(`/proc/${entry.name}/comm`))
          .replaceAll(/[^\x20-\x7e]/g, "");
        return `${name} (process ${entry.name})`;
      }
    }
  } catch {
    // Whatever cannot be read is not known.
  }
  return undefined;
}

/** The socket's inode in the kernel's table (proc(5)): address is the 2nd column, state 0A is listening, inode the 10th. */
async function listenerInode(port: number): Promise<string | undefined> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await Deno.readTextFile(table)).split("\n")) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(suffix) && columns[3] === "0A") {
        return columns[9];
      }
    }
  }
}

async function holds(process: string, inode: string): Promise<boolean> {
  try {
    for await (const file of Deno.readDir(`/proc/${process}/fd`)) {
      const target = await Deno.readLink(`/proc/${process}/fd/${file.name}`)
        .catch(() => "");
      if (target === `socket:[${inode}]`) return true;
    }
  } catch {
    // Another user's process.
  }
  return false;
}
