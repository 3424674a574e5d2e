/** Looks at what other programs obey in the folders of a run, before and after it, and takes changes back. @module */
import { defined } from "../../../object.ts";
import { OBEYED, repositoryParts } from "../../../sandbox/git_places.ts";
import {
  type Change,
  changes,
  type Found,
  type FoundKind,
  type LeftBehind,
  type Undo,
} from "../../../sandbox/left_behind.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import {
  dirname,
  type GitPlaces,
  kindOf,
  linksWithin,
  oldSettings,
  realPathOf,
  unfinished,
} from "./sandbox_git.ts";
import { entries, isThere, type Walked } from "./sandbox_walk.ts";

/** What was there at one time. */
export interface Look {
  found: Map<string, Found>;
  /** Contents of files and targets of links, to put them back. */
  saved: Map<string, Saved>;
  /** By folder, what in it makes a repository. */
  parts: ReadonlyMap<string, readonly string[]>;
  complete: boolean;
}

type Saved =
  | { kind: "file"; bytes: Uint8Array; mode: number }
  | { kind: "link"; target: string };

/** Files beyond this are compared by what the system says of them. Bytes. */
const SAVED_SIZE = 1024 * 1024;

/**
 * Looks at the places that were found.
 *
 * @param led where the settings of before the run lead to: what settings that are new lead to may have been there.
 * @param others further files and folders that programs obey, if they are there.
 */
export function look(
  walked: Walked,
  git: GitPlaces,
  led: readonly string[],
  others: readonly string[],
): Look {
  const found = new Map<string, Found>();
  const saved = new Map<string, Saved>();
  const note = (
    path: string,
    kind: FoundKind,
    owner?: string,
    state = stateOf(path, saved),
  ) => {
    if (state === undefined || found.has(path)) return;
    found.set(path, { kind, state, ...defined({ owner }) });
  };
  // First what stands for itself, also where it lies in the folder of a repository.
  for (const path of [...walked.startup, ...walked.newFolders, ...others]) {
    note(path, "startup");
  }
  for (const [path, count] of walked.unreadable) {
    note(path, "unreadable", undefined, String(count));
  }
  for (const path of walked.git) {
    if (kindOf(path) !== "folder") note(path, "git_link");
  }
  for (const repository of git.repositories.values()) {
    const { path, whole, trees, owner } = repository;
    // Any `.git` folder counts, whole or not: it keeps git from looking further up.
    const state = whole ? "repository" : "part of a repository";
    const folder = whole || path.endsWith("/.git") ? ofFolder(path) : undefined;
    if (folder !== undefined) {
      note(path, "git_repository", owner, `${state} ${folder}`);
    }
    for (const name of OBEYED) {
      note(`${path}/${name}`, "git_setting", path);
    }
    for (const file of oldSettings(repository)) {
      note(file, "git_setting", path);
    }
    for (const file of unfinished(repository)) {
      note(file, "git_unfinished", path);
    }
    for (const link of linksWithin(repository, git.repositories)) {
      note(link, "git_path_link", path);
    }
    // The new folder of a worktree or a submodule is reported through the file that leads to it.
    for (const tree of trees) {
      const file = `${tree}/.git`;
      const known = found.get(path);
      if (known && owner !== undefined && kindOf(file) === "file") {
        found.set(path, { ...known, owner: file });
      }
    }
  }
  for (const path of led) note(path, "git_setting");
  const { parts, complete } = walked;
  return { found, saved, parts, complete };
}

/** What is at `path`, in words that differ when it differs; of folders only which one it is. */
function stateOf(path: string, saved: Map<string, Saved>): string | undefined {
  try {
    const info = Deno.lstatSync(path);
    if (info.isSymlink) {
      const target = Deno.readLinkSync(path);
      saved.set(path, { kind: "link", target });
      return `link ${target}`;
    }
    if (info.isDirectory) return `folder ${info.dev}:${info.ino}`;
    if (!info.isFile) return "other";
    if (info.size <= SAVED_SIZE) {
      const bytes = Deno.readFileSync(path);
      const mode = (info.mode ?? 0o644) & 0o777;
      saved.set(path, { kind: "file", bytes, mode });
      // Each byte is a character of its own there.
      return `file ${mode} ${new TextDecoder("latin1").decode(bytes)}`;
    }
    return `file ${info.ino} ${info.size} ${info.mtime?.getTime()}`;
  } catch (error) {
    return error instanceof Deno.errors.NotFound ? undefined : "unreadable";
  }
}

/** Which folder it is; `undefined` if it has been removed since it was found. */
function ofFolder(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.lstatSync(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Compares two looks; with what takes the changes back. */
export function leftBehind(
  before: Look,
  after: Look,
): LeftBehind & { undo: Undo } {
  const found = changes(before.found, after.found);
  return {
    changes: found,
    complete: after.complete && before.complete,
    undo: () => found.filter((change) => !takeBack(change, before, after)),
  };
}

/** Whether it could be taken back. Nothing is done through a link. */
function takeBack(
  { path, kind, change }: Change,
  before: Look,
  after: Look,
): boolean {
  try {
    if (kind === "unreadable") return false;
    if (!isThere(path)) return change === "appeared";
    // Another run may be at work in the same folder.
    if (realPathOf(dirname(path)) !== dirname(path)) return false;
    // What was not seen before the run may have been there.
    if (change === "appeared" && !wasSeen(path, before)) return false;
    if (kind === "git_repository") {
      const isNew = change === "appeared";
      if (isNew && path.endsWith("/.git")) removeIfThere(path);
      else if (isNew || before.parts.has(path)) {
        const old = before.parts.get(path) ?? [];
        const names = Array.from(entries(path), ({ name }) => name);
        for (const part of repositoryParts(names)) {
          if (!old.includes(part)) removeIfThere(`${path}/${part}`);
        }
        return sameFolder(path, before, after);
      } else return false;
      return true;
    }
    const saved = before.saved.get(path);
    if (change === "changed" && saved === undefined) return false;
    removeIfThere(path);
    if (kind === "git_link") removeOwned(path, before, after);
    if (saved?.kind === "link") Deno.symlinkSync(saved.target, path);
    else if (saved) {
      const { bytes, mode } = saved;
      Deno.writeFileSync(path, bytes, { createNew: true, mode });
      Deno.chmodSync(path, mode);
    }
    return true;
  } catch {
    return false;
  }
}

/** Whether it would have been found if it had been there before. */
function wasSeen(path: string, { complete, found }: Look): boolean {
  if (!complete) return false;
  for (const [folder, { kind }] of found) {
    if (kind === "unreadable" && isWithin(path, folder)) return false;
  }
  return true;
}

/** Removes the folder in the repository that a new worktree or submodule keeps its state in. */
function removeOwned(file: string, before: Look, after: Look): void {
  for (const [path, { owner }] of after.found) {
    if (owner === file && !before.found.has(path)) removeIfThere(path);
  }
}

/** Whether it is the folder that it was, so that nothing else in it can be another than before. */
function sameFolder(path: string, before: Look, after: Look): boolean {
  const identity = (look: Look) =>
    look.found.get(path)?.state.split(" ").at(-1);
  const old = identity(before);
  return old === undefined || old === identity(after);
}

function removeIfThere(path: string): void {
  if (isThere(path)) Deno.removeSync(path, { recursive: true });
}
