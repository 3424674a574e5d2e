/**
 * Whether a folder that a person works in is one that other programs obey: its own files are what the sandbox keeps from
 * being written elsewhere.
 *
 * @module
 */
import {
  gitFileTarget,
  gitSettings,
  isRepository,
  repositoryParts,
} from "../../../sandbox/git_places.ts";
import { absolutePath, isWithin } from "../../../sandbox/sandbox_profile.ts";
import { isStartupPlace } from "../../../sandbox/startup_places.ts";
import {
  commonFolder,
  dirname,
  readText,
  resolve,
} from "../protection/sandbox_git.ts";
import { entries } from "../protection/sandbox_walk.ts";

/**
 * The folder of hooks or startup files that `working`, a real path, is or lies in. A repository in such a folder is a
 * project of its own: agents keep worktrees in `.claude` and `.cursor`.
 *
 * @param user what `~` means in settings.
 * @param settings files of settings that count in every repository.
 * @param startup real paths of startup files and their folders.
 */
export function obeyedAround(
  working: string,
  { user, settings, startup }: {
    user: string;
    settings: readonly string[];
    startup: readonly string[];
  },
): string | undefined {
  const obeyed = new Set(startup);
  let name = "";
  for (let folder = working; folder !== "/"; folder = dirname(folder)) {
    const names = new Set(Array.from(entries(folder), (entry) => entry.name));
    if (
      name === "hooks" && isRepository(repositoryParts(names))
    ) return `${folder}/hooks`;
    if (obeyed.has(folder)) return folder;
    if (names.has(".git")) {
      return [...settings, ...settingsOf(folder)]
        .flatMap((file) => gitSettings(readText(file)))
        .filter(({ key }) => key === "core.hookspath")
        .map(({ value }) => absolutePath(value, { user, working: folder }))
        // The whole project is no folder of hooks: git looks for theirs by name.
        .find((hooks) => hooks !== folder && isWithin(working, hooks));
    }
    name = folder.slice(folder.lastIndexOf("/") + 1);
    if (isStartupPlace(name)) return folder;
  }
  return undefined;
}

/** The files of settings of the repository that has its working tree in `folder`. */
function settingsOf(folder: string): string[] {
  const git = `${folder}/.git`;
  const target = gitFileTarget(readText(git));
  const own = target === undefined ? git : resolve(folder, target);
  return [`${commonFolder(own)}/config`, `${own}/config.worktree`];
}
