/**
 * What a sandboxed command sees of the file system, decided from real paths (no links in them). Pure: an adapter says
 * what is there.
 *
 * Invariants: the most specific path decides, since outer ones are mounted before those in them; every folder between a
 * writable one and a place that is protected is a mount of its own, which cannot be renamed or removed; the authsome
 * home is covered last, and only files of the run, which hold no secret, come after it.
 *
 * @module
 */
import { KERNEL_FOLDERS } from "./places.ts";
import { isWithin } from "./sandbox_profile.ts";

/** Something at a path. */
export interface Place {
  /** Real and absolute. */
  path: string;
  folder: boolean;
  /** Whether it is a socket or a named pipe, which may be gone a moment later. */
  passing?: boolean;
}

/** What there is on the machine, as far as the view depends on it. */
export interface ViewFacts {
  /** The working folder. */
  working: string;
  /** What other programs obey and the working folder is or lies in, if there is such a place. */
  obeyedAround?: string;
  /** The folders of persons: this one's own, by every way to find it, and others whose files root may read. */
  users: readonly string[];
  /** The authsome home. */
  home: string;
  /** Places to hide: known ones and `deny_read`. */
  hidden: readonly Place[];
  /** Files and folders that stay read-only although they lie in a writable folder. */
  startupFiles: readonly string[];
  /** Files and folders of the kernel that stay read-only, whatever user the command runs as. */
  kernelFiles: readonly string[];
  /** Files that are read in the place of some of {@linkcode ViewFacts.startupFiles}. */
  copies?: ReadonlyMap<string, string>;
  /** Folders of {@linkcode EMPTY_FOLDERS} that are there. */
  emptyFolders: readonly string[];
  allowWrite: readonly string[];
  /** Those of {@linkcode ViewFacts.allowWrite} that are files, or not there yet. */
  allowedFiles?: readonly string[];
  allowRead: readonly string[];
  /** Files of this run, read in the place of others or where they lie. */
  runFiles: readonly { source: string; path: string }[];
}

/** One step of building the view, in order. */
export type ViewStep =
  | { kind: "read-only" | "writable"; path: string }
  /** An empty folder; `writable` lasts as long as the run. */
  | { kind: "empty-folder"; path: string; writable: boolean }
  | { kind: "empty-file"; path: string; passing?: boolean }
  /** The file `source` is read in the place of another. */
  | { kind: "other-file"; source: string; path: string }
  /** A file that is not on disk, to be read only. */
  | { kind: "text"; path: string; text: string }
  /** The folder `source`, which is the run's, in the place of another; writable. */
  | { kind: "own-folder"; source: string; path: string }
  /** A symbolic link to `target`. */
  | { kind: "link"; target: string; path: string };

/** The view, and whether the working folder is writable in it. */
export interface View {
  steps: ViewStep[];
  workingWritable: boolean;
}

/** Decides the view. */
export function fileView(facts: ViewFacts): View {
  const { working, home, hidden, allowWrite, allowRead } = facts;
  const workingWritable = isWorkingWritable(facts);
  const named = new Set([...allowWrite, ...allowRead]);
  const steps = new Map<string, ViewStep>();
  const set = (kind: "read-only" | "writable", paths: readonly string[]) =>
    paths.forEach((path) => steps.set(path, { kind, path }));
  for (const path of facts.emptyFolders) {
    steps.set(path, { kind: "empty-folder", path, writable: true });
  }
  // In a folder that begins empty it is there as it is.
  set("read-only", [working, ...allowRead]);
  set("writable", [...(workingWritable ? [working] : []), ...allowWrite]);
  const asked = new Set([working, ...named]);
  // What is protected in a writable folder, before anything is laid over it.
  const zones = new Map(steps);
  const isWritable = (path: string) =>
    nearest(path, zones)?.kind === "writable";
  const startup = new Set(
    facts.startupFiles.filter((path) => !named.has(path) && isWritable(path)),
  );
  // A protected folder protects what lies in it.
  const isInProtected = (path: string) => {
    const above = parents(path)
      .find((each) => startup.has(each) || zones.has(each));
    return above !== undefined && startup.has(above);
  };
  const startupFiles = [...startup].filter((path) => !isInProtected(path));
  const covers = hidden.filter(({ path }) => !named.has(path));
  const protectedPaths = [
    ...startupFiles,
    ...covers.map(({ path }) => path),
    ...asked,
    home,
  ];
  set(
    "writable",
    protectedPaths.flatMap(parents)
      .filter((path) =>
        !zones.has(path) && isWritable(path) && !isKernel(path) &&
        !isInProtected(path)
      ),
  );
  set("read-only", [
    ...startupFiles,
    // Its /proc is another one than what is mounted on "/".
    ...facts.kernelFiles.filter((path) =>
      !named.has(path) && (isWithin(path, "/proc") || isWritable(path))
    ),
  ]);
  for (const [path, source] of facts.copies ?? []) {
    if (steps.get(path)?.kind === "read-only") {
      steps.set(path, { kind: "other-file", source, path });
    }
  }
  for (const place of covers) steps.set(place.path, hide(place));
  const kept = new Map<string, ViewStep>();
  for (const path of [...steps.keys()].sort()) {
    // A covered folder has nothing to cover in it.
    const around = nearest(path, kept, true)?.kind;
    if (asked.has(path) || around !== "empty-folder") {
      kept.set(path, steps.get(path)!);
    }
  }
  kept.delete(home);
  // Nothing can be renamed over a mount, and in a folder that is writable none is needed.
  for (const path of facts.allowedFiles ?? []) {
    if (nearest(path, kept, true)?.kind === "writable") kept.delete(path);
  }
  return {
    steps: [
      ...kept.values(),
      hide({ path: home, folder: true }),
      ...facts.runFiles.map((file): ViewStep => ({
        kind: "other-file",
        ...file,
      })),
    ],
    workingWritable,
  };
}

/** What decides whether the working folder is writable. */
export type Working = Pick<
  ViewFacts,
  "working" | "obeyedAround" | "users" | "allowWrite"
>;

/**
 * Whether the working folder is writable. Whoever starts in a person's folder or above it would give away everything
 * there; in a folder of hooks or startup files, what runs outside later.
 */
export function isWorkingWritable(
  { working, obeyedAround, users, allowWrite }: Working,
): boolean {
  return allowWrite.includes(working) ||
    obeyedAround === undefined &&
      !users.some((user) => isWithin(user, working));
}

function isKernel(path: string): boolean {
  return KERNEL_FOLDERS.some((folder) => isWithin(path, folder));
}

/** The folders that `path` lies in, without `/`. */
function parents(path: string): string[] {
  const found: string[] = [];
  for (
    let at = path.lastIndexOf("/");
    at > 0;
    at = path.lastIndexOf("/", at - 1)
  ) found.push(path.slice(0, at));
  return found;
}

/** The folders and files that the command may write, sorted. */
export function writablePlaces(facts: Working): string[] {
  const own = isWorkingWritable(facts) ? [facts.working] : [];
  return [...new Set([...own, ...facts.allowWrite])].sort();
}

/** The step that decides what `path` is: its own, unless only those `above` count, or the nearest one above. */
export function nearest(
  path: string,
  steps: ReadonlyMap<string, ViewStep>,
  above = false,
): ViewStep | undefined {
  const paths = [path, ...parents(path), "/"];
  return steps.get(
    paths.find((each) => steps.has(each) && (!above || each !== path)) ?? "",
  );
}

function hide({ path, folder, passing }: Place): ViewStep {
  if (passing) return { kind: "empty-file", path, passing };
  return folder
    ? { kind: "empty-folder", path, writable: false }
    : { kind: "empty-file", path };
}
