/** Reads the remote `origin` of the repository around a folder. No git is started: its settings can name programs. @module */
import { dirname, isAbsolute, join } from "node:path";
import { gitFileTarget, gitSettings } from "../../sandbox/git_places.ts";

/** Longest settings that are read, in bytes. */
const MAX_BYTES = 1_048_576;

/** The URL of `origin`; `undefined` if there is none. */
export function gitRemote(folder: string): string | undefined {
  for (let at = folder;; at = dirname(at)) {
    const settings = settingsOf(join(at, ".git"));
    if (settings !== undefined) {
      return gitSettings(settings)
        .findLast(({ key }) => key === "remote.origin.url")?.value;
    }
    if (dirname(at) === at) return undefined;
  }
}

/** The settings of the repository at `path`, a folder or the file of a worktree. */
function settingsOf(path: string): string | undefined {
  const target = gitFileTarget(textOf(path) ?? "");
  const folder = target === undefined ? path : from(dirname(path), target);
  const common = textOf(join(folder, "commondir"))?.trim();
  return textOf(join(common ? from(folder, common) : folder, "config"));
}

function from(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function textOf(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= MAX_BYTES
      ? Deno.readTextFileSync(path)
      : undefined;
  } catch {
    return undefined;
  }
}
