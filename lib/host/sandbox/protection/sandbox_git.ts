/** Finds the repositories in the folders that a sandboxed command may write, and what git obeys of them. @module */
import { defined } from "../../../object.ts";
import {
  gitFileTarget,
  gitSettings,
  hasWorktreeSettings,
  isRepository,
  type Lead,
  leadsOf,
  NO_OTHER_FOLDER,
  OBEYED,
  OLD_SETTINGS,
  repositoryParts,
  UNFINISHED,
} from "../../../sandbox/git_places.ts";
import { absolutePath, isWithin } from "../../../sandbox/sandbox_profile.ts";
import { entries, isThere, type Walked } from "./sandbox_walk.ts";

/** The folder of a repository, of a submodule or of a linked worktree. */
interface Repository {
  path: string;
  /** Whether it has all that git needs. */
  whole: boolean;
  /** Folders whose files it keeps; settings with a relative path mean these. */
  trees: Set<string>;
  /** Repository that it is a part of, or was found by. */
  owner?: string;
}

/** Something that must be there for the time of a run, so that it can be covered. */
export interface StandIn {
  path: string;
  /** What is in the file; without it, it is an empty folder. */
  text?: string;
  /** Whether it is there already: another run may have made it. */
  there: boolean;
}

/** What git obeys. All paths are real, but for {@linkcode GitPlaces.links}. */
export interface GitPlaces {
  repositories: Map<string, Repository>;
  /** Files and folders that are there. */
  obeyed: Set<string>;
  /** Where settings lead to, whether something is there or not. */
  leads: Set<string>;
  /** Links in the place of any of them: a link can be replaced whatever it leads to. */
  links: Set<string>;
  standIns: Map<string, StandIn>;
  /** Whether there were not too many repositories. */
  complete: boolean;
  /** Where the working folder's repository is, if it is not writable. */
  outside?: string;
}

/** Names of githooks(5), for a folder of hooks that is more than that. */
const HOOKS =
  "applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman post-index-change"
    .split(" ");

/** Repositories that are looked at, at most. */
const REPOSITORIES = 3_000;
/** Folders of `.git/modules` that are looked at, at most, and how deep settings include others. */
const [MODULE_FOLDERS, INCLUDE_DEPTH] = [10_000, 8];

/**
 * @param roots what the command may write.
 * @param settings files of settings that count in every repository.
 */
export function gitPlaces(
  walked: Walked,
  roots: readonly string[],
  { user, working, settings }: {
    user: string;
    working: string;
    settings: readonly string[];
  },
): GitPlaces {
  const places: GitPlaces = {
    repositories: new Map(),
    obeyed: new Set(),
    leads: new Set(),
    links: new Set(),
    standIns: new Map(),
    complete: true,
  };
  const { repositories, obeyed, links } = places;
  const writable = (path: string) => roots.some((root) => isWithin(path, root));
  const queue: Repository[] = [];
  const leadsOfFile = new Map<string, Lead[]>();

  /** Takes in a repository, once. */
  function add(path: string, tree?: string, owner?: string): void {
    const known = repositories.get(path);
    if (known) {
      if (owner !== undefined) known.owner = owner;
      if (tree !== undefined && !known.trees.has(tree)) {
        known.trees.add(tree);
        // Its settings mean another folder as well.
        queue.push(known);
      }
      return;
    }
    if (repositories.size >= REPOSITORIES) {
      places.complete = false;
      return;
    }
    const repository: Repository = {
      path,
      whole: false,
      trees: new Set(tree === undefined ? [] : [tree]),
      ...defined({ owner }),
    };
    repositories.set(path, repository);
    queue.push(repository);
  }

  /** The real path of what git is led to, if the command may write it. */
  function follow(path: string): string | undefined {
    noteLinks(path);
    const real = realPathOf(path);
    return real !== undefined && writable(real) ? real : undefined;
  }

  /** Notes the links on the way to `path` that the command could replace. */
  function noteLinks(path: string): void {
    for (
      let at = path.indexOf("/", 1);;
      at = path.indexOf("/", at + 1)
    ) {
      const part = at < 0 ? path : path.slice(0, at);
      if (kindOf(part) === "link") {
        const folder = realPathOf(dirname(part));
        if (folder !== undefined && writable(folder)) {
          links.add(`${folder}${part.slice(part.lastIndexOf("/"))}`);
          return;
        }
      }
      if (at < 0) return;
    }
  }

  for (const file of settings) obeySettings(file, [working]);
  for (const path of walked.git) {
    const kind = kindOf(path);
    if (kind === "link") links.add(path);
    else if (kind === "folder") add(path, dirname(path));
    else if (kind === "file") {
      obeyed.add(path);
      const target = gitFileTarget(readText(path));
      if (target === undefined) continue;
      const folder = resolve(dirname(path), target);
      const real = follow(folder);
      if (real !== undefined) add(real, dirname(path));
      else if (dirname(path) === working && isThere(folder)) {
        places.outside = commonFolder(folder);
      }
    }
  }
  for (const [folder, parts] of walked.parts) {
    if (isRepository(parts)) add(folder, folder);
  }

  for (let at = 0; at < queue.length; at++) lookAt(queue[at]!);

  function lookAt(repository: Repository): void {
    const { path, trees } = repository;
    const there = new Map(
      Array.from(entries(path), (entry) => [entry.name, entry]),
    );
    repository.whole = isRepository(repositoryParts(there.keys()));
    for (const name of [...OBEYED, "modules", "worktrees"]) {
      const entry = there.get(name);
      if (!entry) continue;
      if (entry.isSymlink) links.add(`${path}/${name}`);
      else if (OBEYED.includes(name)) obeyed.add(`${path}/${name}`);
    }
    let common = path;
    if (there.has("commondir")) {
      const real = follow(
        resolve(path, readText(`${path}/commondir`).trimEnd()),
      );
      common = real ?? "";
      if (real !== undefined && real !== path) {
        add(real);
        // What it shares is found by its trees too.
        for (const tree of trees) add(real, tree);
      }
    }
    if (repository.whole) {
      const missing = (name: string, text?: string) => {
        const file = `${path}/${name}`;
        places.standIns.set(file, { path: file, text, there: there.has(name) });
      };
      if (
        common === "" ||
        hasWorktreeSettings(gitSettings(readText(`${common}/config`)))
      ) {
        missing("config.worktree", "");
      }
      if (common === path) {
        missing("commondir", NO_OTHER_FOLDER);
        missing("config", "");
        missing("hooks");
      }
    }
    if (there.get("modules")?.isDirectory) addModules(`${path}/modules`, path);
    if (there.get("worktrees")?.isDirectory) {
      for (const entry of entries(`${path}/worktrees`)) {
        const worktree = `${path}/worktrees/${entry.name}`;
        if (entry.isDirectory) add(worktree, undefined, path);
        else if (entry.isSymlink) links.add(worktree);
      }
    }
    for (const file of ["config", "config.worktree"]) {
      obeySettings(`${path}/${file}`, [...trees, path]);
    }
    for (const file of settings) obeySettings(file, [...trees]);
  }

  /** Submodules have any name, also one with "/" in it. */
  function addModules(folder: string, owner: string): void {
    const folders = [folder];
    for (let at = 0; at < Math.min(folders.length, MODULE_FOLDERS); at++) {
      for (const entry of entries(folders[at]!)) {
        const path = `${folders[at]}/${entry.name}`;
        if (entry.isSymlink) links.add(path);
        if (!entry.isDirectory) continue;
        const names = Array.from(entries(path), ({ name }) => name);
        if (isRepository(repositoryParts(names))) add(path, undefined, owner);
        else folders.push(path);
      }
    }
  }

  function obeySettings(
    file: string,
    trees: readonly string[],
    depth = 0,
  ): void {
    let found = leadsOfFile.get(file);
    if (!found) {
      found = gitSettings(readText(file)).flatMap(leadsOf);
      leadsOfFile.set(file, found);
    }
    for (const { kind, path } of found) {
      if (kind === "include") {
        if (depth >= INCLUDE_DEPTH) continue;
        const included = from(dirname(file), path);
        if (writable(included)) {
          places.leads.add(included);
          const real = follow(included);
          if (real !== undefined && kindOf(real) === "file") obeyed.add(real);
        }
        obeySettings(included, trees, depth + 1);
        continue;
      }
      for (const tree of trees) {
        const target = from(tree, path);
        if (!writable(target)) continue;
        if (kind === "hooks") obeyHooks(target, trees);
        else obeyProgram(target, path.includes("/"));
      }
    }
  }

  /** Links to programs are common, so they are compared and not refused. */
  function obeyProgram(path: string, isPath: boolean): void {
    const real = realPathOf(path);
    if (real === undefined ? isPath : kindOf(real) === "file") {
      places.leads.add(path);
    }
    if (real !== undefined && writable(real) && kindOf(real) === "file") {
      obeyed.add(real);
    }
  }

  function obeyHooks(folder: string, trees: readonly string[]): void {
    const around = [...roots, ...trees].some((path) => isWithin(path, folder));
    if (around) {
      for (const hook of HOOKS) {
        const path = `${folder}/${hook}`;
        places.leads.add(path);
        if (kindOf(path) === "link") links.add(path);
        else if (isThere(path)) obeyed.add(path);
      }
      return;
    }
    places.leads.add(folder);
    const real = follow(folder);
    if (real !== undefined) obeyed.add(real);
  }

  /** The path that a setting means. */
  function from(folder: string, path: string): string {
    return absolutePath(path, { user, working: folder });
  }

  return places;
}

/** Lists of commands that unfinished operations of `repository` go on with, where they are there. */
export function unfinished({ path }: Repository): string[] {
  return UNFINISHED.map((name) => `${path}/${name}`).filter(isThere);
}

/** Folders in that of a repository where git writes by name, or is led to submodules and worktrees. */
const WRITTEN: ReadonlySet<string> = new Set([
  "modules",
  "worktrees",
  "logs",
  "refs",
  "info",
  "objects",
  "rebase-merge",
  "rebase-apply",
  "sequencer",
]);

/** Files of an older form of settings. */
export function oldSettings({ path }: Repository): string[] {
  return OLD_SETTINGS.flatMap((name) =>
    Array.from(
      entries(`${path}/${name}`),
      (file) => `${path}/${name}/${file.name}`,
    )
  );
}

/** Links that git would write through: in the folder of a repository itself, its reflogs and its refs. */
export function linksWithin(
  { path }: Repository,
  repositories: GitPlaces["repositories"],
): string[] {
  const links: string[] = [];
  const folders = [path];
  for (let at = 0; at < Math.min(folders.length, MODULE_FOLDERS); at++) {
    const folder = folders[at]!;
    for (const entry of entries(folder)) {
      const inside = `${folder}/${entry.name}`;
      if (entry.isSymlink) links.push(inside);
      else if (
        entry.isDirectory && !repositories.has(inside) &&
        folder !== `${path}/objects` && (at > 0 || WRITTEN.has(entry.name))
      ) folders.push(inside);
    }
  }
  return links;
}

/** The folder that a worktree's own one shares with the repository's other worktrees. */
export function commonFolder(folder: string): string {
  const text = readText(`${folder}/commondir`).trimEnd();
  const common = text === "" ? folder : resolve(folder, text);
  return realPathOf(common) ?? common;
}

/** As it is: what ".." means behind a link, only the system knows. */
export function resolve(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/** What is at `path`; a link is not followed. */
export function kindOf(
  path: string,
): "file" | "folder" | "link" | "other" | undefined {
  try {
    const info = Deno.lstatSync(path);
    return info.isSymlink
      ? "link"
      : info.isDirectory
      ? "folder"
      : info.isFile
      ? "file"
      : "other";
  } catch {
    return undefined;
  }
}

/** Longer than any file of settings. Bytes. */
const TEXT_LIMIT = 1024 * 1024;

/** The text of a file, empty if there is none that can be read. */
export function readText(path: string): string {
  try {
    // A FIFO would be waited for.
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= TEXT_LIMIT ? Deno.readTextFileSync(path) : "";
  } catch {
    return "";
  }
}

export function realPathOf(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

export function dirname(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
