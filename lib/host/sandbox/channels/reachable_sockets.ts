/**
 * Which Unix sockets of other programs a sandboxed command could reach, and by which names. The kernel tells the name
 * that a socket was bound to, and that may be relative, a name of another mount namespace, or one that was renamed or
 * linked since. Most are where they say; the others are looked for by `unix_socket_search.ts`.
 *
 * @module
 */
import { isPrivate, isReachable, type Reach, type Stray } from "./reach.ts";
import { boundSockets } from "../../../sandbox/unix_sockets.ts";
import { lookAt, read, realPath } from "./looking.ts";
import type { SpecialFiles } from "./special_files.ts";

/** Sockets to cover, and those that could not be found. */
interface ReachableSockets {
  places: string[];
  /** The names of sockets that a command may reach at an unknown path. */
  lost: string[];
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
      // In a folder that this user cannot enter.
      if (pids[0] === "self" && isPrivate(socket.name)) continue;
      const path = ownName(socket.name, pids);
      if (path && names.get(socket.name) === 1) places.add(path);
      else strays.push({ ...socket, pids });
    }
  }
  let lost: string[] = [];
  if (strays.length > 0) {
    const { Search } = await import("./unix_socket_search.ts");
    const search = new Search(reach, sockets);
    const missing: Stray[] = [];
    for (const stray of strays) {
      const paths = await search.near(stray);
      if (paths === undefined) missing.push(stray);
      else paths.forEach((path) => places.add(path));
    }
    lost = missing.map(({ name }) => name);
    if (patient && missing.length > 0) {
      const paths = await search.everywhere(missing);
      if (paths) lost = [];
      paths?.forEach((path) => places.add(path));
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
