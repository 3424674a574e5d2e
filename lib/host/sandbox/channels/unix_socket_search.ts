/** Looks for Unix sockets that are not where they say, by the inode of their file. @module */
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import {
  boundSockets,
  type FileNumber,
  type Mount,
  mountOf,
  mounts,
  seenThrough,
  socketFiles,
} from "../../../sandbox/unix_sockets.ts";
import { link, lookAt, read, realPath } from "./looking.ts";
import { SYSTEM_PATH } from "../../run/programs.ts";
import { findFiles } from "./special_files.ts";
import { isPrivate, isReachable, type Reach, type Stray } from "./reach.ts";

const LIMIT_MS = 5_000;

/** Looks for strays; what it learns for one it keeps for the next. */
export class Search {
  readonly #reach: Reach;
  readonly #limit: number;
  readonly #known: readonly string[];
  readonly #mounts: Mount[];
  /** Of each stray that the kernel reported. */
  readonly #fileOf = new Map<Stray, FileNumber>();
  readonly #files = new Map<string, Map<string, FileNumber>>();

  /** `limit`: milliseconds for the search through whole file systems. */
  constructor(reach: Reach, known: readonly string[], limit = LIMIT_MS) {
    this.#limit = limit;
    this.#reach = reach;
    this.#known = known;
    this.#mounts = mounts(read("/proc/self/mountinfo")).filter(({ path }) =>
      // Nobody gets through a folder that this user cannot enter.
      (isReachable(path, reach) ||
        reach.opened.some((folder) => isWithin(folder, path))) && lookAt(path)
    );
  }

  /** Every name of it that a command may reach, if they are where one would look first. */
  async near(stray: Stray): Promise<string[] | undefined> {
    const file = (await this.#filesOf(stray.pids)).get(stray.inode);
    if (file) this.#fileOf.set(stray, file);
    const candidates = this.#candidates(stray);
    if (!file) {
      // It has ended since, or this user may not ask.
      const { pids: [pid], inode } = stray;
      const still = boundSockets(read(`/proc/${pid}/net/unix`))
        .some((socket) => socket.inode === inode);
      if (!still || this.#isElsewhere(stray)) return [];
      if (pid === "self") return undefined;
      if (candidates.length > 0 && candidates.every(isPrivate)) return [];
      const seen = candidates.filter((path) =>
        isSocket(path) && lookAt(path)?.nlink === 1
      );
      return seen.length > 0 ? seen : undefined;
    }
    if (this.#mountsOf(stray).length === 0) return [];
    const found = distinct([
      ...candidates,
      ...candidates.flatMap((path) => siblings(path)),
      ...this.#known,
    ]).filter((path) => isFile(path, file));
    const names = new Set(found.map(entryOf));
    return names.size > 0 && names.size === lookAt(found[0]!)?.nlink
      ? found
      : undefined;
  }

  /** Every name of all of them in their whole file systems; `undefined` if that is unknown. */
  async everywhere(strays: readonly Stray[]): Promise<string[] | undefined> {
    const { find, covered, opened } = this.#reach;
    const files = strays.flatMap((stray) => this.#fileOf.get(stray) ?? []);
    if (!find || files.length < strays.length) return undefined;
    const { text, complete } = await findFiles([
      find,
      ...distinct(
        strays.flatMap((stray) => this.#mountsOf(stray)).flatMap(({ path }) =>
          isReachable(path, this.#reach)
            ? path
            : opened.filter((folder) => isWithin(folder, path))
        ),
      ),
      "-xdev",
      ...covered.flatMap((folder) =>
        opened.some((open) => isWithin(open, folder))
          ? []
          : ["-path", folder, "-prune", "-o"]
      ),
      ...["-type", "s", "("],
      ...files.flatMap(({ inode }, at) => [
        ...at === 0 ? [] : ["-o"],
        ...["-inum", String(inode)],
      ]),
      ...[")", "-print0"],
    ], this.#limit);
    if (!complete) return undefined;
    return text.split("\0").slice(0, -1)
      .filter((path) => files.some((file) => isFile(path, file)));
  }

  #mountsOf(stray: Stray): Mount[] {
    const file = this.#fileOf.get(stray);
    return this.#mounts.filter(({ device }) => file?.devices.includes(device));
  }

  /** Where it is, if it is where it says. */
  #candidates({ name, pids, inode }: Stray): string[] {
    if (!name.startsWith("/")) {
      return owners(inode).flatMap((pid) =>
        realPath(`/proc/${pid}/cwd/${name}`) ?? []
      );
    }
    const [, own] = /^\/proc\/(?:thread-)?self\/(.*)$/s.exec(name) ?? [];
    if (own !== undefined) {
      return owners(inode).flatMap((pid) =>
        realPath(`/proc/${pid}/${own}`) ?? []
      );
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

/** The processes that have a socket open, as far as this user can see. */
function owners(inode: string): string[] {
  const found: string[] = [];
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
        if (link(`/proc/${pid}/fd/${name}`) !== `socket:[${inode}]`) continue;
        found.push(pid);
        break;
      }
    } catch { /* Another user's, or it has just ended. */ }
  }
  return found;
}

function isSocket(path: string): boolean {
  return lookAt(path)?.isSocket ?? false;
}

function isFile(path: string, { inode }: FileNumber): boolean {
  const found = lookAt(path);
  return found?.isSocket === true && found.ino === inode;
}

/** What tells one name of a file from another, however often its folder is mounted. */
function entryOf(path: string): string {
  const at = path.lastIndexOf("/");
  const folder = lookAt(path.slice(0, at) || "/");
  return `${folder?.dev}:${folder?.ino}/${path.slice(at + 1)}`;
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
      cwd: "/",
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
