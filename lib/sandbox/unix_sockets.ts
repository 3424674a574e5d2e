/** Reads the kernel's tables of Unix sockets and mounts. Pure. @module */
import { isWithin } from "./sandbox_profile.ts";

/** A socket that a process can connect or send to by its name in the file system. */
export interface BoundSocket {
  /** Of the socket, not of its name. */
  inode: string;
  /** As it was bound: relative to what was the working folder then, or absolute; it may be gone since. */
  name: string;
}

/**
 * The sockets of `/proc/net/unix` (proc_net(5): Num RefCount Protocol Flags Type St Inode Path) that have a name in the
 * file system and serve more than one peer: listening ones, and those of datagrams.
 */
export function boundSockets(table: string): BoundSocket[] {
  const ENTRY = /^[0-9a-f]+: \S+ \S+ (\S+) \S+ (\S+) +(\d+)(?: (.*))?$/;
  const [ACCEPTS, CONNECTED] = [0x1_0000, "03"];
  const found: BoundSocket[] = [];
  let last: BoundSocket | undefined;
  for (const line of table.split("\n")) {
    const [, flags, state, inode, name] = ENTRY.exec(line) ?? [];
    if (inode === undefined) {
      // A name may have line breaks in it.
      if (last && line !== "") last.name += `\n${line}`;
      continue;
    }
    last = undefined;
    if (!name || name.startsWith("@")) continue;
    if (state === CONNECTED && !(parseInt(flags!, 16) & ACCEPTS)) continue;
    found.push(last = { inode, name });
  }
  return found;
}

/** A file: its inode, and the numbers that its device may have. */
export interface FileNumber {
  inode: number;
  devices: readonly string[];
}

/** Where the sockets of `ss -xae` are in the file system, by the inode of the socket. */
export function socketFiles(text: string): Map<string, FileNumber> {
  const ENTRY = /\s(\d+)\s+\* 0\s[^\n]*?\bino:(\d+) dev:(\d+)\/(\d+)/g;
  const found = new Map<string, FileNumber>();
  for (const [, socket, inode, major, minor] of text.matchAll(ENTRY)) {
    const [high, low] = [Number(major), Number(minor)];
    // The kernel's own number of 12 and 20 bits, which ss reads as if it were the one of stat(2).
    const number = (low & 0xff) + (high & 0xfff) * 0x100 +
      Math.floor(low / 0x100) * 0x10_0000;
    found.set(socket!, {
      inode: Number(inode),
      devices: [
        `${Math.floor(number / 0x10_0000)}:${number % 0x10_0000}`,
        `${high}:${low}`,
      ],
    });
  }
  return found;
}

/** A mount as `/proc/<pid>/mountinfo` describes it (proc_pid_mountinfo(5)). */
export interface Mount {
  /** `major:minor` */
  device: string;
  /** What of the file system is mounted. */
  root: string;
  path: string;
}

/** The mounts of a table, in its order. */
export function mounts(table: string): Mount[] {
  const plain = (text: string) =>
    text.replace(
      /\\([0-7]{3})/g,
      (_, octal) => String.fromCharCode(parseInt(octal, 8)),
    );
  return table.split("\n").filter(Boolean).map((line) => {
    const [, , device, root, path] = line.split(" ");
    return { device: device!, root: plain(root!), path: plain(path!) };
  });
}

/** The mount that `path` lies in, and where in its file system. */
export function mountOf(
  path: string,
  all: readonly Mount[],
): { device: string; inner: string } | undefined {
  let found: Mount | undefined;
  for (const mount of all) {
    // A later one covers an earlier one.
    if (
      isWithin(path, mount.path) &&
      mount.path.length >= (found?.path.length ?? 0)
    ) found = mount;
  }
  return found && {
    device: found.device,
    inner: join(found.root, below(path, found.path)),
  };
}

/** Where a file at `inner` of a device is seen through `mount`. */
export function seenThrough(
  { root, path }: Mount,
  inner: string,
): string | undefined {
  return isWithin(inner, root) ? join(path, below(inner, root)) : undefined;
}

function below(path: string, folder: string): string {
  return path.slice(folder === "/" ? 0 : folder.length);
}

function join(folder: string, rest: string): string {
  return (folder === "/" ? "" : folder) + rest || "/";
}
