/**
 * Files that git obeys, decided from their text. Pure; sources: gitrepository-layout(5), git-config(1), githooks(5).
 *
 * @module
 */

/** What in the folder of a repository git takes settings or programs from, or is led elsewhere by. */
export const OBEYED: readonly string[] = [
  "config",
  "config.worktree",
  "commondir",
  "gitdir",
  "hooks",
];

/** Folders of an older form of settings, one file for each remote. */
export const OLD_SETTINGS: readonly string[] = ["remotes", "branches"];

/** Lists of commands that an unfinished operation goes on with. */
export const UNFINISHED: readonly string[] = [
  "rebase-merge/git-rebase-todo",
  "rebase-apply/git-rebase-todo",
  "sequencer/todo",
];

/** Whether git reads `config.worktree` beside these settings. */
export function hasWorktreeSettings(settings: readonly Setting[]): boolean {
  return settings.some(({ key, value }) =>
    key === "extensions.worktreeconfig" && !/^(false|no|off|0)$/i.test(value)
  );
}

/** Files that git writes in the folder of a repository, through links if there are any. */
export const PARTS: ReadonlySet<string> = new Set([
  ...OBEYED,
  ...OLD_SETTINGS,
  "HEAD",
  "objects",
  "refs",
]);

/** Which of the names in a folder make it a repository, or part of one. */
export function repositoryParts(names: Iterable<string>): string[] {
  return [...names].filter((name) => PARTS.has(name)).sort();
}

/** Whether git takes a folder with these parts for a repository of its own. */
export function isRepository(parts: readonly string[]): boolean {
  return parts.includes("HEAD") &&
    (parts.includes("commondir") ||
      parts.includes("objects") && parts.includes("refs"));
}

/** Where a `.git` file leads, as it is written there. */
export function gitFileTarget(text: string): string | undefined {
  return /^gitdir: *([^\n\r]+)/.exec(text)?.[1]?.trimEnd();
}

/** What a `.git/commondir` that leads nowhere else holds: the same as none. */
export const NO_OTHER_FOLDER = ".\n";

/** A setting: `section.name` or `section.sub.name`, the sub section as it is and the rest in lower case. */
export interface Setting {
  key: string;
  value: string;
}

/** The settings in a file of git-config(1). What is not one is left out: git itself refuses the file. */
export function gitSettings(text: string): Setting[] {
  // A line that ends in a backslash goes on in the next one, but for a comment. Read both ways nothing is missed.
  const joined = text.replace(/\\\r?\n/g, "");
  return [...settingsOf(text), ...joined === text ? [] : settingsOf(joined)];
}

function settingsOf(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    let rest = line.trim();
    const head = /^\[\s*([A-Za-z0-9.-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]/.exec(
      rest,
    );
    if (head) {
      section = head[1]!.toLowerCase() +
        (head[2] === undefined ? "" : `.${head[2].replace(/\\(.)/g, "$1")}`);
      rest = rest.slice(head[0].length).trim();
    }
    const setting = /^([A-Za-z][A-Za-z0-9-]*)\s*=?\s*(.*)$/.exec(rest);
    if (setting) {
      settings.push({
        key: `${section}.${setting[1]!.toLowerCase()}`,
        value: plainValue(setting[2]!),
      });
    }
  }
  return settings;
}

/** A value without quotes, escapes and the comment behind it. */
function plainValue(text: string): string {
  let value = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\\") {
      const next = text[++at] ?? "";
      value += next === "n" ? "\n" : next === "t" ? "\t" : next;
    } else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "#" || character === ";")) break;
    else value += character;
  }
  return value.trim();
}

/** Settings that lead to further settings. */
const INCLUDE = /^include(if\..*)?\.path$/s;
/** Settings whose words are no paths of programs, or name what a person runs by its name. */
const NO_PROGRAM =
  /^(branch|user|author|committer|url|alias|color|i18n|safe|extensions)\.|^remote\..*\.(url|pushurl|fetch|push)$|^submodule\..*\.(url|branch|path|active)$|^core\.(worktree|bare|excludesfile)$/s;

/** Values that name nothing. */
const PLAIN = /^(true|false|yes|no|on|off|auto|always|never|\d+)$/i;

/** Paths that a setting may lead to, as written; whether or not something is there. */
export interface Lead {
  kind: "include" | "hooks" | "program";
  path: string;
}

/** Where `setting` leads. Of a command line every word may be a program or a script. */
export function leadsOf({ key, value }: Setting): Lead[] {
  if (value === "") return [];
  if (INCLUDE.test(key)) return [{ kind: "include", path: value }];
  if (key === "core.hookspath") return [{ kind: "hooks", path: value }];
  if (NO_PROGRAM.test(key) || PLAIN.test(value)) return [];
  const words = value.replace(/^!/, "").split(/[\s;&|<>()"'`]+/);
  return [...new Set([value, ...words])]
    .filter((path) => path !== "" && !path.startsWith("-"))
    .map((path) => ({ kind: "program", path }));
}

/**
 * The settings of a submodule without the place of its working tree, or `undefined` if there is nothing to leave out.
 * `git submodule update` writes that place again at each run if it is there, and does without if it is not: the
 * `.git` file of the submodule says the same.
 */
export function withoutWorktree(text: string): string | undefined {
  const lines = text.split("\n");
  let core = false;
  const kept = lines.filter((line, at) => {
    const section = /^\s*\[\s*([^\]\s]+)/.exec(line)?.[1];
    if (section !== undefined) core = section.toLowerCase() === "core";
    return !core || !/^\s*worktree\s*=.*[^\\]$/i.test(line) ||
      lines[at - 1]?.endsWith("\\");
  });
  return kept.length < lines.length ? kept.join("\n") : undefined;
}
