/** What of the machine a sandboxed command reaches. @module */
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import type { BoundSocket } from "../../../sandbox/unix_sockets.ts";

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

/** A socket that is not, or not only, where it says. */
export interface Stray extends BoundSocket {
  /** Processes in whose network it is; the first one's table lists it. */
  pids: readonly string[];
}

/** Whether a command sees what is at `path`. */
export function isReachable(path: string, { covered, opened }: Reach): boolean {
  return !covered.some((folder) => isWithin(path, folder)) ||
    opened.some((folder) => isWithin(path, folder));
}

/** Whether an absolute name lies in a folder that this user cannot enter. */
export function isPrivate(name: string): boolean {
  if (!name.startsWith("/") || name.startsWith("/proc/")) return false;
  try {
    Deno.lstatSync(name);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
