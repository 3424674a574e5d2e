/**
 * What a sandboxed command sees of the file system, decided from real paths (no links in them). Pure: an adapter says
 * what is there.
 *
 * Invariant: later entries cover earlier ones, and the authsome home is covered last; only files of the run, which hold
 * no secret, come after it.
 *
 * @module
 */
import { isWithin } from "./profile.ts";
import { protectionSteps } from "./protected.ts";

/** Something at a path. */
export interface Place {
  /** Real and absolute. */
  path: string;
  folder: boolean;
  /** Whether it is a socket, which may be gone a moment later. */
  socket?: boolean;
}

/** What there is on the machine. */
export interface Machine {
  /** The working folder. */
  working: string;
  /** The person's own folder. */
  user: string;
  /** The authsome home. */
  home: string;
  /** Places to hide: known ones and `deny_read`. */
  hidden: readonly Place[];
  /** Files and folders that stay read-only although they lie in a writable folder. */
  startupFiles: readonly string[];
  /** Files that are read in the place of some of {@linkcode Machine.startupFiles}. */
  copies?: ReadonlyMap<string, string>;
  /** Folders of {@linkcode EMPTY_FOLDERS} that are there. */
  emptyFolders: readonly string[];
  allowWrite: readonly string[];
  allowRead: readonly string[];
  /** Files of this run, read in the place of others or where they lie. */
  runFiles: readonly { source: string; path: string }[];
}

/** One step of building the view, in order. */
export type ViewStep =
  | { kind: "read-only" | "writable"; path: string }
  /** An empty folder; `writable` lasts as long as the run. */
  | { kind: "empty-folder"; path: string; writable: boolean }
  | { kind: "empty-file"; path: string; socket?: boolean }
  /** The file `source` is read in the place of another. */
  | { kind: "other-file"; source: string; path: string };

/** The view, and whether the working folder is writable in it. */
export interface View {
  steps: ViewStep[];
  workingWritable: boolean;
}

/** Decides the view. */
export function fileView(machine: Machine): View {
  const { working, home, hidden, allowWrite, allowRead } = machine;
  const writable = writablePlaces(machine);
  const workingWritable = writable.includes(working);
  const named = new Set([...allowWrite, ...allowRead]);
  // Only who names a hidden place, or something in it, gets it back: a folder above it is not enough.
  const isNamed = (path: string) =>
    hidden.some((place) => isWithin(path, place.path));
  const readOnly = (path: string): ViewStep => ({ kind: "read-only", path });
  const rights = (path: string): ViewStep => ({
    kind: allowWrite.includes(path) ? "writable" : "read-only",
    path,
  });
  const startupFiles = machine.startupFiles.filter((path) => !named.has(path));
  const steps: ViewStep[] = [
    ...machine.emptyFolders.map((path): ViewStep => ({
      kind: "empty-folder",
      path,
      writable: true,
    })),
    // Empty where it lies in one of those, and else as it is.
    ...(workingWritable ? [] : [readOnly(working)]),
    ...allowRead.filter((path) => !isNamed(path)).sort().map(readOnly),
    ...writable.filter((path) => !isNamed(path) || path === working)
      .map((path): ViewStep => ({ kind: "writable", path })),
    ...protectionSteps(startupFiles, writable, machine.copies),
    ...outermost(hidden.filter(({ path }) => !named.has(path))).map(hide),
    ...[...named].filter((path) => isNamed(path)).sort().map(rights),
    hide({ path: home, folder: true }),
    ...machine.runFiles.map((file): ViewStep => ({
      kind: "other-file",
      ...file,
    })),
  ];
  return { steps, workingWritable };
}

/** The folders and files that the command may write, sorted. */
export function writablePlaces(
  { working, user, allowWrite }: Pick<
    Machine,
    "working" | "user" | "allowWrite"
  >,
): string[] {
  // Whoever starts in the home or above it would give away everything there is.
  const own = isWithin(user, working) ? [] : [working];
  return [...new Set([...own, ...allowWrite])].sort();
}

function hide({ path, folder, socket }: Place): ViewStep {
  if (socket) return { kind: "empty-file", path, socket };
  return folder
    ? { kind: "empty-folder", path, writable: false }
    : { kind: "empty-file", path };
}

/** Without what lies in another one: a covered folder has nothing to cover in it. */
function outermost(places: readonly Place[]): Place[] {
  return places.filter(({ path }, at) =>
    !places.some((other, position) =>
      other.path === path
        ? position < at
        : other.folder && isWithin(path, other.path)
    )
  ).sort((a, b) => a.path < b.path ? -1 : 1);
}
