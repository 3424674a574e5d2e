/** Which of the known places are there, in the folders of persons and where variables lead. @module */
import type { Env } from "../../../ports/system.ts";
import { XDG_FOLDERS } from "../../../sandbox/places.ts";
import {
  STARTUP_BY_VARIABLE,
  STARTUP_FILES,
  STARTUP_IN_VARIABLE,
} from "../../../sandbox/startup_files.ts";
import { isWithin } from "../../../sandbox/sandbox_profile.ts";
import type { UserFolders } from "./user_folders.ts";

/** Those of `names` in the folders of persons, and where `XDG_*` leads elsewhere. */
export function inUserFolders(
  { all }: UserFolders,
  env: Env,
  names: readonly string[],
): string[] {
  return [
    ...all.flatMap((user) => inFolder(user, names)),
    ...XDG_FOLDERS.flatMap(([variable, usual]) => {
      const folder = env.get(variable);
      return folder?.startsWith("/")
        ? inFolder(
          folder,
          names.filter((name) => name.startsWith(usual))
            .map((name) => name.slice(usual.length)),
        )
        : [];
    }),
  ];
}

/** What shells, logins and editors run of the folders of persons, and where variables lead to such files. */
export function startupPlaces(users: UserFolders, env: Env): string[] {
  return [
    ...inUserFolders(users, env, STARTUP_FILES),
    ...byVariable(env, STARTUP_BY_VARIABLE, STARTUP_IN_VARIABLE)
      .filter((path) => path.startsWith("/")),
  ];
}

/** Where git reads settings for every repository, git-config(1). */
export function globalGitSettings({ all }: UserFolders, env: Env): string[] {
  const config = env.get("XDG_CONFIG_HOME");
  return [
    ...["/etc/gitconfig", env.get("GIT_CONFIG_GLOBAL") ?? ""],
    ...all.flatMap((user) => [
      `${user}/.gitconfig`,
      `${user}/.config/git/config`,
    ]),
    ...config ? [`${config}/git/config`] : [],
  ].filter((path) => path.startsWith("/"));
}

/** Whether a command that writes `folders` could make one of `names` in the folder of a person. */
export function isAnyWithin(
  { all }: UserFolders,
  names: readonly string[],
  folders: readonly string[],
): boolean {
  return folders.some((folder) =>
    all.some((user) =>
      isWithin(user, folder) ||
      isWithin(folder, user) &&
        names.some((name) => isWithin(inside(user, name), folder))
    )
  );
}

/** The paths that variables hold, and files in folders that variables hold. */
export function byVariable(
  env: Env,
  paths: readonly string[],
  files: Readonly<Record<string, readonly string[]>>,
): string[] {
  return [
    ...paths.flatMap((name) => env.get(name)?.split(":").filter(Boolean) ?? []),
    ...Object.entries(files).flatMap(([name, names]) => {
      const folder = env.get(name);
      return folder ? inFolder(folder, names) : [];
    }),
  ];
}

/** Those that are there of names by their folder. */
export function inFolders(
  places: Readonly<Record<string, readonly string[]>>,
): string[] {
  return Object.entries(places)
    .flatMap(([folder, names]) => inFolder(folder, names));
}

/** Those of `names` that are in `folder`: one look at each folder, since to miss a path costs more. */
export function inFolder(folder: string, names: readonly string[]): string[] {
  let there: Set<string>;
  try {
    there = new Set(Array.from(Deno.readDirSync(folder), ({ name }) => name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    // It may be one that can be entered and not listed.
    return names.map((name) => inside(folder, name));
  }
  const found: string[] = [];
  const deeper = new Map<string, string[]>();
  for (const name of names) {
    const [first, ...rest] = name.split("/");
    if (!there.has(first!)) continue;
    if (rest.length === 0) found.push(inside(folder, name));
    else {
      const more = deeper.get(first!) ?? [];
      deeper.set(first!, [...more, rest.join("/")]);
    }
  }
  for (const [first, rest] of deeper) {
    found.push(...inFolder(inside(folder, first), rest));
  }
  return found;
}

function inside(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, "")}/${name}`;
}
