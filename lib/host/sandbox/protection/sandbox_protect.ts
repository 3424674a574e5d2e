/**
 * Keeps a sandboxed command from changing what git, editors, agents and shells obey in the folders that it may write,
 * and finds what it made of that kind.
 *
 * @module
 */
import { counted } from "../../../text.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { Env } from "../../../ports/system.ts";
import { withoutWorktree } from "../../../sandbox/git_places.ts";
import type { RunHostRequest } from "../../../ports/run_host.ts";
import type { LeftBehind, Undo } from "../../../sandbox/left_behind.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import { globalGitSettings, startupPlaces } from "../places/known_places.ts";
import { isPackageFolder } from "../../../sandbox/startup_places.ts";
import {
  type ViewFacts,
  type Working,
  writablePlaces,
} from "../../../sandbox/view.ts";
import {
  dirname,
  type GitPlaces,
  gitPlaces,
  kindOf,
  readText,
  realPathOf,
  type StandIn,
} from "./sandbox_git.ts";
import { refuseOtherNames } from "./sandbox_hard_links.ts";
import { leftBehind, type Look, look } from "./sandbox_left_behind.ts";
import { makeStandIns } from "./sandbox_stand_ins.ts";
import type { UserFolders } from "../places/user_folders.ts";
import type { Listing } from "./sandbox_listing.ts";
import {
  isMisread,
  isThere,
  LIMITS,
  type ListFolder,
  walk,
} from "./sandbox_walk.ts";

/** Folders that the command sees nothing of, or that are the kernel's, in every run. */
export function skippedPlaces(home: string): string[] {
  return [home, "/proc", "/sys", "/dev"];
}

/** What keeps the places as they are. */
export interface Protection {
  /** Files and folders that are read-only. */
  paths: string[];
  /** What must be made for the time of the run. */
  standIns: StandIn[];
  /** Texts that are read in the place of files. */
  copies: ReadonlyMap<string, string>;
  /** Looks again, once the command and everything that it started have ended. */
  compare(): LeftBehind & { undo: Undo };
}

/**
 * Looks at what there is to protect.
 *
 * @param listing of the writable folders, if there is one: without it each folder is read.
 * @throws {AuthsomeError} `Usage` if a link or another name of a file lets the command replace what git obeys.
 */
export function protectPlaces(
  facts: Working & Pick<ViewFacts, "home" | "hidden">,
  users: UserFolders,
  env: Env,
  warn: (message: string) => void,
  listing?: Listing,
): Protection {
  const { working, home, hidden, allowWrite } = facts;
  const roots = writablePlaces(facts);
  const named = new Set(allowWrite);
  const folders = roots.filter((path) => kindOf(path) === "folder");
  const skipped = new Set([
    ...skippedPlaces(home),
    ...hidden.map(({ path }) => path).filter((path) => !named.has(path)),
  ]);
  const settings = globalGitSettings(users, env);

  function discover(list: ListFolder | undefined) {
    const walked = walk(
      folders.map((path) => ({
        path,
        isPackage: path !== working && !isWithin(working, path) &&
          isPackageFolder(nameOf(path), nameOf(dirname(path))),
      })),
      skipped,
      LIMITS,
      list,
    );
    // A file that is named is no folder to walk, and the person's own.
    const isAllowed = (path: string) => named.has(path);
    const git = gitPlaces(walked, roots, {
      user: users.tilde,
      working,
      settings,
    });
    const others = startupPlaces(users, env).map(withRealFolder).filter((
      path,
    ) => roots.some((root) => isWithin(path, root)) && isThere(path));
    return {
      walked: {
        ...walked,
        complete: walked.complete && git.complete,
        startup: walked.startup.filter((path) => !isAllowed(path)),
      },
      git: { ...git, obeyed: without(git.obeyed, isAllowed) },
      others: others.filter((path) => !isAllowed(path)),
    };
  }

  const { walked, git, others } = discover(listing?.list);
  const led = [...git.obeyed, ...git.leads];
  const lookAt = (now: ReturnType<typeof discover>): Look => {
    const { found, ...rest } = look(now.walked, now.git, led, now.others);
    for (const path of named) found.delete(path);
    return { found, ...rest };
  };
  refuseLinks(git);
  const whole = wholeRepositories(git, `${working}/.git`);
  if (whole.length > 0) {
    warn(
      `The writable folders contain ${
        counted(git.repositories.size, "repository", "repositories")
      }. Only the one in the working folder accepts commits: to work in another one, start there`,
    );
  }
  const isInWhole = (path: string) =>
    whole.some((folder) => isWithin(path, folder));
  const standIns = [...git.standIns.values()]
    .filter(({ path }) => !named.has(path) && !isInWhole(path));
  const paths = [
    ...new Set([
      ...whole,
      ...git.obeyed,
      ...standIns.filter(({ there }) => !there).map(({ path }) => path),
      ...walked.startup.flatMap((path) => realPathOf(path) ?? []),
    ]),
  ].filter((path) =>
    !named.has(path) &&
    roots.some((root) => root !== path && isWithin(path, root))
  );
  if (paths.length > PLACES) throw tooMany(paths.length);
  refuseOtherNames(paths, folders, skipped);
  if (!walked.complete) warn(TOO_MUCH);
  for (const path of walked.unreadable.keys()) {
    if (!isMisread(path)) continue;
    warn(
      `"${path}" has a name that is not UTF-8: its contents are neither protected nor reported`,
    );
  }
  if (
    git.outside !== undefined &&
    !roots.some((root) => isWithin(git.outside!, root))
  ) {
    warn(
      `git cannot commit here: the repository is not writable. Allow it with: --allow-write ${git.outside}`,
    );
  }
  const before = lookAt({ walked, git, others });
  return {
    paths,
    standIns,
    copies: submoduleCopies(git),
    compare: () => leftBehind(before, lookAt(discover(listing?.again()))),
  };
}

/** The same with more places that are made for the time of the run. */
export function withStandIns(
  protection: Protection,
  standIns: readonly StandIn[],
): Protection {
  return {
    ...protection,
    paths: [...protection.paths, ...standIns.map(({ path }) => path)],
    standIns: [...protection.standIns, ...standIns],
  };
}

/** Runs a command while the places are protected, and reports what it left behind. */
export async function whileProtected(
  { paths, standIns, copies, ...protection }: Protection,
  { folder, request }: { folder: string; request: Telling },
  run: (
    startupFiles: readonly string[],
    copies: ReadonlyMap<string, string>,
  ) => Promise<number>,
): Promise<number> {
  const { made, remove } = await makeStandIns(standIns, folder);
  const notMade = new Set(
    standIns.filter(({ there }) => !there).map(({ path }) => path),
  );
  made.forEach((path) => notMade.delete(path));
  const sources = new Map<string, string>();
  for (const [path, text] of copies) {
    const source = `${folder}/copy-${sources.size}`;
    Deno.writeTextFileSync(source, text);
    sources.set(path, source);
  }
  try {
    return await run(paths.filter((path) => !notMade.has(path)), sources);
  } finally {
    await remove();
    await tellLeftBehind(protection, request);
  }
}

type Telling = Pick<RunHostRequest, "warn" | "leftBehind">;

/** Compares, and reports what is new if anything is. */
export async function tellLeftBehind(
  { compare }: Pick<Protection, "compare">,
  { warn, leftBehind }: Telling,
): Promise<void> {
  const { undo, ...left } = compare();
  if (!left.complete) warn(TOO_MUCH);
  if (left.changes.length === 0) return;
  if (leftBehind) return await leftBehind(left, undo);
  warn(
    `The command left files that other programs obey: ${
      left.changes.map(({ path }) => JSON.stringify(path)).join(", ")
    }`,
  );
}

/** Said where not every folder could be looked at. */
const TOO_MUCH =
  "There are too many folders to search. Repositories and settings of editors deep in them are neither " +
  "protected nor reported: start in a smaller folder";

/** Settings of submodules as `git submodule update` can work with. */
function submoduleCopies({ repositories }: GitPlaces): Map<string, string> {
  const copies = new Map<string, string>();
  for (const { path, trees } of repositories.values()) {
    if (!path.includes("/modules/") || trees.size === 0) continue;
    const text = withoutWorktree(readText(`${path}/config`));
    if (text !== undefined) copies.set(`${path}/config`, text);
  }
  return copies;
}

/** More mounts take seconds: their time grows with the square of their number. */
const [REPOSITORIES, PLACES] = [100, 2_000];

/** Repositories that are read-only as a whole: all but the working folder's own, where there are too many. */
function wholeRepositories(
  { repositories }: GitPlaces,
  own: string,
): string[] {
  if (repositories.size <= REPOSITORIES) return [];
  return [...repositories.values()].filter(({ path, whole }) =>
    whole && !isWithin(path, own)
  ).map(({ path }) => path);
}

function tooMany(count: number): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot run a sandbox: ${count} places in the writable folders are run or obeyed by other programs, too many to protect`,
    "Start in a smaller folder, or allow fewer with --allow-write",
  );
}

function refuseLinks({ links }: GitPlaces): void {
  for (const path of links) {
    const name = nameOf(path);
    throw new AuthsomeError(
      "Usage",
      `Cannot run a sandbox with "${path}" in a writable folder: it is a link, which the command could replace to ` +
        "point git elsewhere",
      name === ".git"
        ? "Replace it with a file of one line: gitdir: <target of the link>"
        : "Replace it with its target",
      { subject: { file: path } },
    );
  }
}

/** The path by the real one of its folder: the last part may be a link, which can be replaced. */
function withRealFolder(path: string): string {
  const folder = realPathOf(dirname(path));
  return folder === undefined ? path : `${folder}/${nameOf(path)}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function without(
  paths: ReadonlySet<string>,
  isLeftOut: (path: string) => boolean,
): Set<string> {
  return new Set([...paths].filter((path) => !isLeftOut(path)));
}
