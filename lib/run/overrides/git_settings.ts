/** Where git's own files and variables set another proxy. Sources: git-config(1), gitrepository-layout(5). @module */
import { gitFileTarget, gitSettings } from "../../sandbox/git_places.ts";
import type { PersonFiles, PersonSettings } from "./person_files.ts";

/** `http.proxy`, `http.<url>.proxy` and `remote.<name>.proxy`, as {@linkcode gitSettings} writes them. */
const PROXY = /^(?:http\.(?:.+\.)?|remote\..+\.)proxy$/is;
const INCLUDE = /^include(?:if\..*)?\.path$/is;
/** Files that a file includes, one within the other; git has the same limit. */
const DEPTH = 10;

/** Whether git takes its proxy from the setting `key`. */
export function isGitProxy(key: string): boolean {
  return PROXY.test(key);
}

/** Settings of the person's, the system's and the repository's files; an `includeIf` counts whatever its condition. */
export function gitSettingsOf(
  env: Readonly<Record<string, string>>,
  home: string,
  { working, read }: PersonFiles,
): PersonSettings[] {
  const found: PersonSettings[] = [];
  const seen = new Set<string>();

  function look(path: string, depth = 0): void {
    if (seen.has(path) || depth > DEPTH) return;
    seen.add(path);
    const text = read(path);
    if (text === undefined || !/proxy|include/i.test(text)) return;
    const settings = gitSettings(text);
    const keys = settings.map(({ key }) => key).filter(isGitProxy);
    if (keys.length > 0) {
      found.push({ program: "git", path, keys: [...new Set(keys)] });
    }
    for (const { key, value } of settings) {
      if (INCLUDE.test(key)) look(resolved(value, path, home), depth + 1);
    }
  }

  look(env.GIT_CONFIG_SYSTEM || "/etc/gitconfig");
  if (env.GIT_CONFIG_GLOBAL) look(env.GIT_CONFIG_GLOBAL);
  else {
    look(`${env.XDG_CONFIG_HOME || `${home}/.config`}/git/config`);
    look(`${home}/.gitconfig`);
  }
  const repository = env.GIT_DIR
    ? resolved(env.GIT_DIR, `${working}/x`, home)
    : repositoryAround(working, read);
  if (repository) {
    look(`${repository}/config`);
    look(`${repository}/config.worktree`);
    const common = read(`${repository}/commondir`)?.trim();
    if (common) look(`${resolved(common, `${repository}/x`, home)}/config`);
  }
  return found;
}

function repositoryAround(
  working: string,
  read: PersonFiles["read"],
): string | undefined {
  for (
    let folder = working;
    folder !== "";
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))
  ) {
    if (read(`${folder}/.git/config`) !== undefined) return `${folder}/.git`;
    const target = gitFileTarget(read(`${folder}/.git`) ?? "");
    if (target) return resolved(target, `${folder}/.git`, "");
  }
  return undefined;
}

/** `path` as git reads it in the file `from`. */
function resolved(path: string, from: string, home: string): string {
  if (path.startsWith("~/")) return `${home}${path.slice(1)}`;
  if (/^(\/|[A-Za-z]:)/.test(path)) return path;
  return `${from.slice(0, from.lastIndexOf("/"))}/${path}`;
}
