/**
 * Which file is started where authsome itself needs a program: never one that a sandboxed command, or another user,
 * could have put there. What a person asks to run is looked up in the person's own `PATH` instead.
 *
 * @module
 */
import type { Env } from "../../ports/system.ts";
import { isWithin } from "../../sandbox/sandbox_profile.ts";
import { othersMayReplace } from "../home/replaceable.ts";
import { windowsProgram } from "./windows_program.ts";

/** Folders of the system, in the order in which they are searched. Whoever writes there is its administrator. */
export const SYSTEM_FOLDERS: readonly string[] = [
  "/usr/bin",
  "/bin",
  "/usr/sbin",
  "/sbin",
  "/run/current-system/sw/bin",
  "/usr/local/bin",
  "/usr/local/sbin",
];

/** `PATH` of a program that needs no other. */
export const SYSTEM_PATH: string = SYSTEM_FOLDERS.join(":");

/** Names, or beginnings of names that end in `*`, of variables by which a shell, a loader or an interpreter runs a file. */
const LOADERS: readonly string[] = [
  ...["LD_*", "DYLD_*", "GCONV_PATH", "LOCPATH", "NLSPATH"],
  ...["BASH_ENV", "ENV", "BASH_FUNC_*", "SHELLOPTS", "BASHOPTS", "PS4"],
  ...["IFS", "CDPATH", "GLOBIGNORE", "FPATH", "ZDOTDIR"],
  ...["PERL5*", "PERLLIB", "PYTHON*", "RUBY*", "GEM_*", "NODE_*", "LUA_*"],
  ...["JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "GIT_*"],
  ...["GTK_MODULES", "GTK_PATH", "GTK_EXE_PREFIX", "GIO_EXTRA_MODULES"],
  ...["GIO_MODULE_DIR", "GDK_PIXBUF_MODULE_FILE", "QT_PLUGIN_PATH"],
];

/** Beginnings of names of variables with secrets of authsome, which no other program needs. */
const OWN_SECRETS: readonly string[] = [
  "AUTHSOME_MASTER_KEY",
  "AUTHSOME_PASSPHRASE",
  "AUTHSOME_NEW_PASSPHRASE",
];

/** What the search takes from the process. */
interface ProgramSearch {
  /** Folders that are taken as they are. Default: {@linkcode SYSTEM_FOLDERS}. */
  system?: readonly string[];
  /** Folders that a command can write, besides the working folder and its repository. */
  writable?: readonly string[];
}

/**
 * The absolute path of the program `name`: in a folder of the system, else in a folder of `PATH` that neither lies in
 * the working folder or its repository, nor is a project's (`node_modules`, a virtual environment), nor can be written
 * by another user. A path is taken if it is absolute: a person has named it.
 */
export function findProgram(
  name: string,
  env: Env,
  { system = SYSTEM_FOLDERS, writable = [] }: ProgramSearch = {},
): string | undefined {
  if (Deno.build.os === "windows") return windowsFile(name, env);
  if (name.includes("/")) return name.startsWith("/") ? name : undefined;
  if (name === "") return undefined;
  for (const folder of system) {
    const path = `${folder}/${name}`;
    if (isProgram(path)) return path;
  }
  const within = [...projectFolders(env), ...writable];
  for (const folder of (env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/${name}`;
    if (isTrusted(folder, within) && isProgram(path)) {
      // A link may lead elsewhere.
      const real = Deno.realPathSync(path);
      const home = real.slice(0, real.lastIndexOf("/")) || "/";
      if (system.includes(home)) return path;
      if (isTrusted(home, within) && isOurs(real)) return path;
    }
  }
  return undefined;
}

/** On Windows a folder has no mode; the working folder is left out. */
function windowsFile(name: string, env: Env): string | undefined {
  const path = windowsProgram(name, env.toObject(), isRegularFile);
  const working = `${Deno.cwd()}\\`.toUpperCase();
  if (!/^[A-Za-z]:[\\/]|^\\\\/.test(path)) return undefined;
  return path === name || !path.toUpperCase().startsWith(working)
    ? path
    : undefined;
}

/** The environment of a program that is started for `env`: its `PATH` has folders of {@linkcode findProgram} alone. */
export function programEnvironment(env: Env): Record<string, string> {
  const names = new Set(LOADERS);
  const beginnings = [
    ...LOADERS.filter((name) => name.endsWith("*"))
      .map((name) => name.slice(0, -1)),
    ...OWN_SECRETS,
  ];
  const kept = Object.entries(env.toObject()).filter(([name]) =>
    !names.has(name) &&
    !beginnings.some((beginning) => name.startsWith(beginning))
  );
  if (Deno.build.os === "windows") return Object.fromEntries(kept);
  const within = projectFolders(env);
  const path = [
    ...SYSTEM_FOLDERS,
    ...(env.get("PATH") ?? "").split(":")
      .filter((folder) => isTrusted(folder, within)),
  ];
  return {
    ...Object.fromEntries(kept),
    PATH: [...new Set(path)].join(":"),
  };
}

/**
 * The working folder and the repository that it lies in. The person's own folder, and what is above it, is not one: a
 * sandboxed command cannot write there.
 */
function projectFolders(env: Env): string[] {
  const user = realPath(env.get("HOME") || "/") ?? "/";
  let working: string;
  try {
    working = Deno.realPathSync(Deno.cwd());
  } catch {
    return [];
  }
  const found: string[] = [];
  for (
    let at = working;
    at !== "" && !isWithin(user, at);
    at = at.slice(0, at.lastIndexOf("/"))
  ) {
    if (at === working || exists(`${at}/.git`)) found.push(at);
  }
  return found;
}

function isTrusted(folder: string, within: readonly string[]): boolean {
  if (!folder.startsWith("/")) return false;
  const real = realPath(folder);
  if (real === undefined) return false;
  if (within.some((place) => isWithin(real, place))) return false;
  const parts = real.split("/");
  if (parts.includes("node_modules")) return false;
  const parent = parts.slice(0, -1).join("/");
  if (exists(`${parent}/pyvenv.cfg`) || exists(`${parent}/conda-meta`)) {
    return false;
  }
  return isOurs(real) && !othersMayReplace(real);
}

/** Whether only this user and root can write it. A group of the user alone has the user's number. */
function isOurs(path: string): boolean {
  const { mode, uid, gid } = Deno.statSync(path);
  if (uid !== 0 && uid !== Deno.uid()) return false;
  if ((mode ?? 0) & 0o002) return false;
  return !((mode ?? 0) & 0o020) || gid === 0 || gid === uid;
}

function isRegularFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}
