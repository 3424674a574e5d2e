/** What a person allows a sandboxed command: options of `authsome run` and the file `sandbox.json`. @module */
import { defined } from "../object.ts";

/** What is allowed and denied besides the defaults. Paths are absolute, or start with `~/`, or lie in the working folder. */
export interface SandboxProfile {
  /** Folders and files that the command may write. The working folder is one, unless it is the person's home or above it. */
  allowWrite: string[];
  /** Hidden places that the command may read after all. */
  allowRead: string[];
  /** More places to hide. */
  denyRead: string[];
  /** Environment variables that the command gets besides the well-known harmless ones. */
  allowEnv: string[];
  /** What the proxy leads to of private networks and this machine: names, `*.` and domains, addresses, networks. */
  allowPrivate: string[];
  /** Whether Unix sockets are allowed although some of other programs may be within reach. */
  unixSockets: boolean;
  /** The agent whose state it may write, see `agents/agent_profiles.ts`. */
  agent?: string;
  /** Whether the proxy can be reached. Without it there is no network at all. */
  network: boolean;
}

/** Nothing besides the defaults. */
export const DEFAULT_PROFILE: SandboxProfile = {
  allowWrite: [],
  allowRead: [],
  denyRead: [],
  allowEnv: [],
  allowPrivate: [],
  unixSockets: false,
  network: true,
};

/** Both together: what either allows is allowed, what either denies is denied. */
export function mergeProfiles(
  a: SandboxProfile,
  b: SandboxProfile,
): SandboxProfile {
  return {
    allowWrite: [...a.allowWrite, ...b.allowWrite],
    allowRead: [...a.allowRead, ...b.allowRead],
    denyRead: [...a.denyRead, ...b.denyRead],
    allowEnv: [...a.allowEnv, ...b.allowEnv],
    allowPrivate: [...a.allowPrivate, ...b.allowPrivate],
    ...defined({ agent: b.agent ?? a.agent }),
    unixSockets: a.unixSockets || b.unixSockets,
    network: a.network && b.network,
  };
}

/** The absolute path that `path` means, as it is written. */
export function wholePath(
  path: string,
  { user, working }: { user: string; working: string },
): string {
  return path === "~" || path.startsWith("~/")
    ? user + path.slice(1)
    : path.startsWith("/")
    ? path
    : `${working}/${path}`;
}

/** The same without `.` and `..`; links are not followed. */
export function absolutePath(
  path: string,
  folders: { user: string; working: string },
): string {
  const parts: string[] = [];
  for (const part of wholePath(path, folders).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether `path` is `folder` or lies in it; both absolute and normal. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
