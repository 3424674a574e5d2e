/**
 * Which Unix sockets of other programs a sandboxed command could reach, and by which names. The kernel tells the name
 * that a socket was bound to, and that may be relative, a name of another mount namespace, or one that was renamed or
 * linked since. Most are where they say; the others are looked for by their inode.
 *
 * @module
 */
import { isWithin } from "../sandbox/profile.ts";
import {
  type BoundSocket,
  boundSockets,
  type FileNumber,
  type Mount,
  mountOf,
  mounts,
  seenThrough,
  socketFiles,
} from "../sandbox/unix_sockets.ts";
import { SYSTEM_PATH } from "./programs.ts";
import { findFiles, type SpecialFiles } from "./special_files.ts";

/** Milliseconds for the search through whole file systems. */
const LIMIT_MS = 2_000;

/** What of the machine is out of a command's reach, and with what to look. */
export interface Reach {
  /** Folders that the command does not see as they are. */
  covered: readonly string[];
  /** Folders in those that it sees all the same. */
  opened: readonly string[];
  find: string | undefined;
  ss: string | undefined;
  nsenter: string | undefined;
}

/** Sockets to cover, and those that could not be found. */
export interface ReachableSockets {
  places: string[];
  /** The names of sockets that a command may reach though nobody knows where. */
  lost: string[];
}

/** A socket that is not, or not only, where it says. */
interface Stray extends BoundSocket {
  /** Processes in whose network it is; the first one's table lists it. */
  pids: readonly string[];
  file?: FileNumber;
}

/** Looks for all of them. `patient`: whether whole file systems are searched for what is nowhere else. */
export async function reachableSockets(
  { networks, sockets }: SpecialFiles,
  reach: Reach,
  patient: boolean,
): Promise<ReachableSockets> {
  const places = new Set<string>();
  const strays: Stray[] = [];
  for (const pids of [["self"], ...networks.map(({ pids }) => pids)]) {
    const bound = boundSockets(read(`/proc/${pids[0]}/net/unix`));
    const names = new Map<string, number>();
    for (const { name } of bound) names.set(name, (names.get(name) ?? 0) + 1);
    for (const socket of bound) {
      const path = ownName(socket.name, pids);
      if (path && names.get(socket.name) === 1) places.add(path);
      else strays.push({ ...socket, pids });
    }
  }
  const lost: string[] = [];
  if (strays.length > 0) {
    const search = new Search(reach, sockets);
    for (const stray of strays) {
      const paths = await search.namesOf(stray, patient);
      if (paths === undefined) lost.push(stray.name);
      else paths.forEach((path) => places.add(path));
    }
  }
  return {
    places: [...places].filter((path) => isReachable(path, reach)),
    lost,
  };
}

/** The real path of a socket that is where it says, under that name alone. */
function ownName(name: string, pids: readonly string[]): string | undefined {
  if (!name.startsWith("/")) return undefined;
  const path = realPath(name);
  const here = path && lookAt(path);
  if (!here || !here.isSocket || here.nlink !== 1) return undefined;
  if (pids[0] === "self") return path;
  // In another network it is most likely in another mount namespace too.
  const there = pids.map((pid) => lookAt(`/proc/${pid}/root${name}`))
    .find(Boolean);
  return there?.ino === here.ino && there.dev === here.dev ? path : undefined;
}

/** Looks for strays; what it learns for one it keeps for the next. */
class Search {
  readonly #reach: Reach;
  readonly #known: readonly string[];
  readonly #mounts: Mount[];
  readonly #files = new Map<string, Map<string, FileNumber>>();

  constructor(reach: Reach, known: readonly string[]) {
    this.#reach = reach;
    this.#known = known;
    this.#mounts = mounts(read("/proc/self/mountinfo")).filter(({ path }) =>
      // Nobody gets through a folder that this user cannot enter.
      (isReachable(path, reach) ||
        reach.opened.some((folder) => isWithin(folder, path))) && lookAt(path)
    );
  }

  /** Every name of it that a command may reach; `undefined` if there may be more. */
  async namesOf(stray: Stray, patient: boolean): Promise<string[] | undefined> {
    const file = (await this.#filesOf(stray.pids)).get(stray.inode);
    const candidates = this.#candidates(stray);
    if (!file) {
      // It has ended since, or this user may not ask.
      const { pids: [pid], inode } = stray;
      const still = boundSockets(read(`/proc/${pid}/net/unix`))
        .some((socket) => socket.inode === inode);
      if (!still) return [];
      const seen = candidates.filter((path) => lookAt(path)?.isSocket);
      return seen.length > 0 ? seen : this.#isElsewhere(stray) ? [] : undefined;
    }
    const where = this.#mounts.filter(({ device }) =>
      file.devices.includes(device)
    );
    if (where.length === 0) return [];
    const isIt = (path: string) => {
      const found = lookAt(path);
      return found?.isSocket && found.ino === file.inode;
    };
    const near = distinct([
      ...candidates,
      ...candidates.flatMap((path) => siblings(path)),
      ...this.#known,
    ]).filter(isIt);
    if (near.length > 0 && near.length === lookAt(near[0]!)?.nlink) return near;
    if (!patient || !this.#reach.find) return undefined;
    const { text, complete } = await findFiles(this.#reach.find, [
      ...distinct(
        where.flatMap(({ path }) =>
          isReachable(path, this.#reach)
            ? path
            : this.#reach.opened.filter((folder) => isWithin(folder, path))
        ),
      ),
      "-xdev",
      ...this.#reach.covered.flatMap((folder) =>
        this.#reach.opened.some((open) => isWithin(open, folder))
          ? []
          : ["-path", folder, "-prune", "-o"]
      ),
      ...["-type", "s", "-inum", String(file.inode), "-print0"],
    ], LIMIT_MS);
    const all = distinct([...near, ...text.split("\0").slice(0, -1)])
      .filter(isIt);
    return complete || all.length === lookAt(all[0] ?? "")?.nlink
      ? all
      : undefined;
  }

  /** Where it is, if it is where it says. */
  #candidates({ name, pids, inode }: Stray): string[] {
    if (!name.startsWith("/")) {
      return ownersFolders(inode).map((folder) => `${folder}/${name}`);
    }
    return distinct([
      name,
      ...pids.flatMap((pid) => {
        const at = mountOf(name, mounts(read(`/proc/${pid}/mountinfo`)));
        return at
          ? this.#mounts.filter(({ device }) => device === at.device)
            .flatMap((mount) => seenThrough(mount, at.inner) ?? [])
          : [];
      }),
    ]).flatMap((path) => realPath(path) ?? path);
  }

  /** Whether it lies in a file system that a command does not see at all. */
  #isElsewhere({ name, pids }: Stray): boolean {
    return name.startsWith("/") && pids[0] !== "self" && pids.every((pid) => {
      const at = mountOf(name, mounts(read(`/proc/${pid}/mountinfo`)));
      return at &&
        !this.#mounts.some(({ device }) => device === at.device);
    });
  }

  /** What `ss` says in the network of `pids`. */
  async #filesOf(pids: readonly string[]): Promise<Map<string, FileNumber>> {
    const pid = pids[0]!;
    let files = this.#files.get(pid);
    if (!files) {
      const { ss, nsenter } = this.#reach;
      const text = ss === undefined
        ? ""
        : pid === "self"
        ? await output([ss, "-xae"])
        : nsenter
        ? await output([
          ...[nsenter, "--preserve-credentials", `--net=/proc/${pid}/ns/net`],
          ...isSameUserNamespace(pid) ? [] : [`--user=/proc/${pid}/ns/user`],
          ...[ss, "-xae"],
        ])
        : "";
      this.#files.set(pid, files = socketFiles(text));
    }
    return files;
  }
}

function isReachable(path: string, { covered, opened }: Reach): boolean {
  return !covered.some((folder) => isWithin(path, folder)) ||
    opened.some((folder) => isWithin(path, folder));
}

/** Working folders of the processes that have a socket open. */
function ownersFolders(inode: string): string[] {
  const found: string[] = [];
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
        if (link(`/proc/${pid}/fd/${name}`) !== `socket:[${inode}]`) continue;
        found.push(link(`/proc/${pid}/cwd`));
        break;
      }
    } catch { /* Another user's, or it has just ended. */ }
  }
  return distinct(found.filter(Boolean));
}

/** What lies in the folder of `path`. */
function siblings(path: string): string[] {
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  try {
    return Array.from(Deno.readDirSync(folder))
      .filter(({ isFile, isDirectory, isSymlink }) =>
        !isFile && !isDirectory && !isSymlink
      ).map(({ name }) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

function isSameUserNamespace(pid: string): boolean {
  return link(`/proc/${pid}/ns/user`) === link("/proc/self/ns/user");
}

async function output([program, ...args]: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program!, {
      args,
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, LC_ALL: "C" },
      stdin: "null",
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    return "";
  }
}

function distinct(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return "";
  }
}

function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
