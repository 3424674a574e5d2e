/** What of the machine the view of a sandbox is decided from. @module */
import type { Env } from "../../../ports/system.ts";
import {
  EMPTY_FOLDERS,
  HIDDEN_BY_VARIABLE,
  HIDDEN_IN_HOME,
  HIDDEN_IN_KERNEL,
  HIDDEN_IN_SYSTEM,
  HIDDEN_IN_VARIABLE,
  HIDDEN_UNLESS_WRITABLE,
  KERNEL_FOLDERS,
} from "../../../sandbox/places.ts";
import {
  absolutePath,
  isWithin,
  type SandboxProfile,
  wholePath,
} from "../../../sandbox/sandbox_profile.ts";
import {
  isWorkingWritable,
  type Place,
  type ViewFacts,
} from "../../../sandbox/view.ts";
import {
  type AllowedPath,
  allowedPath,
  refused,
  refusePlantedLink,
} from "./allowed_paths.ts";
import { appeared, changesOf, watchPlaces } from "./hidden_watch.ts";
import { kernelFiles } from "./kernel_files.ts";
import {
  byVariable,
  globalGitSettings,
  inFolder,
  inFolders,
  inUserFolders,
  isAnyWithin,
  startupPlaces,
} from "./known_places.ts";
import { aliases, readMounts } from "./read_mounts.ts";
import { obeyedAround } from "./obeyed_around.ts";
import { type OwnFiles, ownFiles } from "./own_files.ts";
import { followPath } from "./path_trail.ts";
import { isStandIn } from "../protection/sandbox_stand_ins.ts";
import type { AllowedFile } from "../../../sandbox/replaceable/private_folders.ts";
import { type AgentPlaces, realFolderOf } from "../agents/agent_places.ts";
import type { UserFolders } from "./user_folders.ts";
import { readWritten, rememberWritten } from "./written_places.ts";

/** What there is. */
export interface SandboxFacts extends ViewFacts {
  /** Looks again, and says what became of hidden places since: one line each. */
  changes(): string[];
  /** Denied files that have other names (hard links), which no path reveals. */
  linked: string[];
  own: OwnFiles;
  /** What may be written alone. */
  files: AllowedFile[];
  /** Folders of an agent in which it may make other files, which end with the run. */
  scratch: string[];
  /** Files of its login. */
  logins: string[];
  /** Folders of an agent that begin empty and end with the run. */
  temporary: string[];
}

/**
 * Looks at the machine for `profile`.
 *
 * @throws {AuthsomeError} `Usage` if a path of `profile` is not there, lies in the authsome home or leads through a link
 * that a sandboxed command could have made, or if the working folder is a hidden one.
 */
export function sandboxFacts(
  profile: SandboxProfile,
  { env, home, users, runFiles, agent, dryRun = false }: {
    env: Env;
    /** Whose state it may write. */
    agent?: AgentPlaces | undefined;
    home: string;
    users: UserFolders;
    runFiles: ViewFacts["runFiles"];
    /** Whether nothing will run, so that nothing is remembered of it. */
    dryRun?: boolean;
  },
): SandboxFacts {
  const working = Deno.realPathSync(Deno.cwd());
  const realHome = Deno.realPathSync(home);
  const mounts = readMounts();
  const homeAliases = aliases(realHome, mounts);
  const homes = [
    ...[realHome, ...homeAliases],
    ...users.all.flatMap((user) => inFolder(user, [".authsome"]))
      .flatMap((path) => realPath(path) ?? []),
  ];
  const folders = { user: users.tilde, working };
  const allowWrite = profile.allowWrite
    .map((path) => allowedPath(path, "--allow-write", folders, homes));
  const allowRead = profile.allowRead
    .map((path) => allowedPath(path, "--allow-read", folders, homes));
  const startup = startupPlaces(users, env)
    .flatMap((path) => realPath(path) ?? []);
  const reals = {
    working,
    obeyedAround: obeyedAround(working, {
      user: users.tilde,
      settings: globalGitSettings(users, env),
      startup,
    }),
    users: users.all,
    allowWrite: allowWrite.map(({ real }) => real),
    allowRead: allowRead.map(({ real }) => real),
  };
  const writable = [
    ...isWorkingWritable(reals) ? [working] : [],
    ...reals.allowWrite,
  ];
  const written = readWritten(realHome);
  for (const path of [...allowWrite, ...allowRead, ...cameBy(env, working)]) {
    refusePlantedLink(path, [...writable, ...written]);
  }
  const emptyFolders = [
    ...new Set(EMPTY_FOLDERS.flatMap((path) => realPath(path) ?? [])),
  ].filter((path) => path !== "/" && !isInKernel(path));
  const inHomes = () =>
    inUserFolders(users, env, [".authsome", ...HIDDEN_IN_HOME]);
  const known = inHomes();
  const candidates = [
    ...known,
    ...inFolders(HIDDEN_IN_SYSTEM),
    ...agent?.state.login ?? [],
    ...inUserFolders(users, env, HIDDEN_UNLESS_WRITABLE).filter((path) =>
      !reals.allowWrite.some((each) => isWithin(realPath(path) ?? path, each))
    ),
    ...byVariable(env, HIDDEN_BY_VARIABLE, HIDDEN_IN_VARIABLE)
      .map((path) => absolutePath(path, folders))
      // One of a person's folder says nothing of what in it is secret.
      .filter((path) => !users.all.some((user) => isWithin(user, path))),
  ];
  const denied = profile.denyRead.flatMap((path) =>
    deniedPaths(path, users, working)
  );
  const places = candidates.flatMap((path) => realPlace(path) ?? []);
  const hidden = [
    ...homeAliases.map((path) => ({ path, folder: true })),
    ...[...places, ...denied.flatMap((path) => realPlace(path) ?? [])]
      .flatMap((place) => [
        place,
        ...aliases(place.path, mounts).map((path) => ({ ...place, path })),
      ])
      // What begins empty has nothing to hide, and must stay writable.
      .filter(({ path }) =>
        !isInKernel(path) && !emptyFolders.some((each) => isWithin(each, path))
      ),
    ...inFolders(HIDDEN_IN_KERNEL).flatMap((path) => realPlace(path) ?? [])
      .filter((place) => !isEmptyFolder(place)),
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
  const own = ownFiles(env, reals);
  if (!dryRun) rememberWritten(realHome, writable, written);
  const watched = watchPlaces(places, denied, writable);
  const files = allowWrite.flatMap(({ file }) => file ? withGuard(file) : []);
  const mayAppear = isAnyWithin(users, HIDDEN_IN_HOME, writable);
  return {
    ...reals,
    ...{ own, files },
    scratch: realPaths(agent?.state.scratch ?? []),
    logins: realPaths(agent?.state.login ?? []),
    temporary: agent?.state.temporary.map(realFolderOf) ?? [],
    allowedFiles: files.map(({ target }) => target),
    home: realHome,
    hidden,
    startupFiles: [
      ...[...startup, ...own.readOnly],
      ...realPaths(agent?.state.readOnly.map(({ path }) => path) ?? []),
    ],
    kernelFiles: kernelFiles(),
    emptyFolders,
    runFiles,
    changes: () => [
      ...changesOf(watched),
      ...(mayAppear ? inHomes() : []).filter((path) =>
        !known.includes(path) && !isStandIn(realHome, realPath(path) ?? path)
      ).map(appeared),
    ],
    linked: denied.filter(hasOtherNames),
  };

  function withGuard(file: AllowedFile): AllowedFile {
    const guard = agent?.state.guards.find(({ path }) => path === file.asked);
    return guard ? { ...file, guard: guard.members } : file;
  }
}

/**
 * Checks that what a person asks on the command line to hide is there: a typing error must not pass for a denial. A
 * profile is written for many machines and folders, so it may name more than there is.
 *
 * @throws {AuthsomeError} `Usage`
 */
export function checkDenied(
  { denyRead }: SandboxProfile,
  users: UserFolders,
): void {
  for (const path of denyRead) {
    if (!isThere(path, users)) {
      throw refused(`Cannot use --deny-read "${path}": it does not exist`);
    }
  }
}

/** Those places of `denyRead`, a file's, that are not there although they do not depend on the working folder. */
export function missingDenied(
  { denyRead }: SandboxProfile,
  users: UserFolders,
): string[] {
  return denyRead.filter((path) =>
    /^(\/|~(\/|$))/.test(path) && !isThere(path, users)
  );
}

function isThere(path: string, users: UserFolders): boolean {
  return deniedPaths(path, users, Deno.cwd())
    .some((each) => followPath(each).real !== undefined);
}

/** The way by which the shell came to the working folder, which it allows to write as well. */
function cameBy(env: Env, working: string): AllowedPath[] {
  const path = env.get("PWD");
  if (!path?.startsWith("/")) return [];
  const trail = followPath(path);
  return trail.real === working
    ? [{ option: "cd", path, real: working, trail }]
    : [];
}

/** Every place that a denial may mean: `~` is any of the person's folders, and `..` after a link has two readings. */
function deniedPaths(
  path: string,
  { tilde, all }: UserFolders,
  working: string,
): string[] {
  const users = path.startsWith("~") ? [tilde, ...all] : [tilde];
  const found = users.flatMap((user) => [
    absolutePath(path, { user, working }),
    ...path.includes("..") ? [wholePath(path, { user, working })] : [],
  ]);
  return [...new Set(found)];
}

/** The place that `path` leads to, and the way there. */
function realPlace(path: string): Place & { by: string } | undefined {
  // Without a ".." both readings are the same, and this one is faster.
  const real = path.includes("/..") ? followPath(path).real : realPath(path);
  // A link to everything would hide everything.
  if (real === undefined || real === "/") return undefined;
  try {
    return { path: real, folder: Deno.statSync(real).isDirectory, by: path };
  } catch {
    // Removed in the meantime.
    return undefined;
  }
}

function hasOtherNames(path: string): boolean {
  try {
    const { isFile, nlink } = Deno.statSync(path);
    return isFile && (nlink ?? 1) > 1;
  } catch {
    return false;
  }
}

/** Each cover costs a little at every start, and most of the kernel's file systems are not mounted. */
function isEmptyFolder({ path, folder }: Place): boolean {
  // Of one in /proc a look would be what mounts it.
  if (!folder || isWithin(path, "/proc")) return false;
  try {
    return Deno.readDirSync(path)[Symbol.iterator]().next().done === true;
  } catch {
    return false;
  }
}

function isInKernel(path: string): boolean {
  return KERNEL_FOLDERS.some((folder) => isWithin(path, folder));
}

/** The real paths of those that are there, each once. */
export function realPaths(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => realPath(path) ?? []))];
}

/** The real path of `path`, or `undefined` if nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
