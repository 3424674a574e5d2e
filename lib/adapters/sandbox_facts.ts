/** What of the machine the view of a sandbox is decided from. @module */
import { AuthsomeError } from "../errors.ts";
import type { Env } from "../ports.ts";
import {
  EMPTY_FOLDERS,
  HIDDEN_BY_VARIABLE,
  HIDDEN_IN_HOME,
  HIDDEN_IN_SYSTEM,
  STARTUP_FILES,
} from "../sandbox/places.ts";
import {
  absolutePath,
  isWithin,
  type SandboxProfile,
} from "../sandbox/profile.ts";
import type { Machine, Place } from "../sandbox/view.ts";

/**
 * Looks at the machine for `profile`.
 *
 * @throws {AuthsomeError} `Usage` if a path of `profile` is not there or lies in the authsome home, or if the working
 * folder is a hidden one.
 */
export function sandboxFacts(
  profile: SandboxProfile,
  { env, home, runFiles }: {
    env: Env;
    home: string;
    runFiles: Machine["runFiles"];
  },
): Machine {
  const working = Deno.realPathSync(Deno.cwd());
  const user = realPath(env.get("HOME") || "/") ?? "/";
  const realHome = Deno.realPathSync(home);
  const allowed = (paths: readonly string[], option: string) =>
    paths.map((path) => {
      const real = realPath(absolutePath(path, { user, working }));
      if (real === undefined) {
        throw refused(`Cannot use ${option} "${path}": it is not there`);
      }
      if (isWithin(real, realHome)) {
        throw refused(
          `Cannot use ${option} "${path}": it lies in the authsome home, which no sandboxed command sees`,
        );
      }
      return real;
    });
  const allowWrite = allowed(profile.allowWrite, "--allow-write");
  const allowRead = allowed(profile.allowRead, "--allow-read");
  const candidates = [
    `${user}/.authsome`,
    ...inFolder(user, HIDDEN_IN_HOME),
    ...configFolder(env, HIDDEN_IN_HOME),
    ...HIDDEN_IN_SYSTEM,
    ...HIDDEN_BY_VARIABLE.flatMap((name) => env.get(name)?.split(":") ?? []),
    ...profile.denyRead,
  ];
  const hidden = [
    ...candidates.flatMap((path) =>
      place(absolutePath(path, { user, working })) ?? []
    ),
    ...listeningSockets([working, ...allowWrite, ...allowRead]),
  ];
  const around = hidden.find((place) => isWithin(working, place.path));
  if (around) {
    throw refused(
      `Cannot run a sandbox in "${working}": ${around.path} is hidden from it`,
    );
  }
  if (isWithin(working, realHome)) {
    throw refused(`Cannot run a sandbox in the authsome home "${working}"`);
  }
  return {
    working,
    user,
    home: realHome,
    hidden,
    startupFiles: inFolder(user, STARTUP_FILES)
      .flatMap((path) => realPath(path) ?? []),
    emptyFolders: EMPTY_FOLDERS.filter((path) => realPath(path) === path),
    allowWrite,
    allowRead,
    runFiles,
  };
}

/**
 * Checks that what a person asks on the command line to hide is there: a typing error must not pass for a denial. A
 * profile is written for many machines and folders, so it may name more than there is.
 *
 * @throws {AuthsomeError} `Usage`
 */
export function checkDenied({ denyRead }: SandboxProfile, env: Env): void {
  const user = env.get("HOME") || "/";
  for (const path of denyRead) {
    if (!realPath(absolutePath(path, { user, working: Deno.cwd() }))) {
      throw refused(`Cannot use --deny-read "${path}": it is not there`);
    }
  }
}

/** Those of `names` in `folder` whose first part is there: one look at the folder instead of one for each. */
function inFolder(folder: string, names: readonly string[]): string[] {
  let there: Set<string>;
  try {
    there = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
  } catch {
    return [];
  }
  return names.filter((name) => there.has(name.split("/")[0]!))
    .map((name) => `${folder}/${name}`);
}

/** The same where `XDG_CONFIG_HOME` leads elsewhere. */
function configFolder(env: Env, names: readonly string[]): string[] {
  const folder = env.get("XDG_CONFIG_HOME");
  if (!folder?.startsWith("/")) return [];
  return inFolder(
    folder.replace(/\/+$/, ""),
    names.filter((name) => name.startsWith(".config/"))
      .map((name) => name.slice(".config/".length)),
  );
}

function place(path: string): Place | undefined {
  const real = realPath(path);
  // A link to everything would hide everything.
  if (real === undefined || real === "/") return undefined;
  return { path: real, folder: Deno.statSync(real).isDirectory };
}

/**
 * Sockets in the file system where somebody listens: a read-only view does not keep anybody from connecting. Those in
 * a folder that begins empty are gone already, unless they lie in one of the `opened` folders.
 */
function listeningSockets(opened: readonly string[]): Place[] {
  let table: string;
  try {
    table = Deno.readTextFileSync("/proc/net/unix");
  } catch {
    return [];
  }
  const found = new Set<string>();
  for (const line of table.split("\n")) {
    // proc_net(5): Num RefCount Protocol Flags Type St Inode Path; the flag is "accepts connections".
    const [, flags, path] =
      /^\S+ \S+ \S+ (\S+) \S+ \S+ +\d+ (\/.*)$/.exec(line) ?? [];
    if (!path || !(parseInt(flags!, 16) & 0x1_0000)) continue;
    const real = realPath(path);
    if (
      real &&
      (!EMPTY_FOLDERS.some((folder) => isWithin(real, folder)) ||
        opened.some((folder) => isWithin(real, folder)))
    ) found.add(real);
  }
  return [...found].map((path) => ({ path, folder: false, socket: true }));
}

/** The real path of `path`, or `undefined` if nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function refused(message: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    message,
    "authsome run --help",
  );
}
