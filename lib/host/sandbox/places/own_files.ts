/**
 * What authsome is run from: its program, its modules, what the runtime has compiled, the certificates that it trusts,
 * and the folders of programs in `PATH`. Whoever writes there runs outside the sandbox, or is trusted, the next time.
 *
 * @module
 */
import { AuthsomeError } from "../../../errors.ts";
import type { Env } from "../../../ports/system.ts";
import { absolutePath, isWithin } from "../../../sandbox/sandbox_profile.ts";
import { SYSTEM_FOLDERS } from "../../run/programs.ts";

/** Variables that name a file of certificates which authsome's own connections trust. */
const TRUSTED = [
  ...["AUTHSOME_CA_BUNDLE", "SSL_CERT_FILE", "DENO_CERT"],
  "NODE_EXTRA_CA_CERTS",
];

/** Own places, and those of them that lie in a folder that a command may write. */
export interface OwnFiles {
  /** Real paths to mount read-only. */
  readOnly: string[];
  /** The program or the modules, if they lie in the working folder or it lies in them: the person should know. */
  inWorking: string | undefined;
  /** Where Deno keeps what it has compiled, if a command could write it otherwise. */
  denoCache: string | undefined;
}

/**
 * Looks for them in the folders that a command may write.
 *
 * @throws {AuthsomeError} `Usage` if a person allows to write one of them, or a part of it, or if it is found through a
 * link that a command could replace.
 */
export function ownFiles(
  env: Env,
  { working, allowWrite }: {
    /** Real paths. */
    working: string;
    allowWrite: readonly string[];
  },
): OwnFiles {
  const cache = denoCache(env);
  const writable = [working, ...allowWrite];
  const program = [Deno.execPath(), modules()];
  const named = [
    ...program,
    cache,
    `${cacheFolder(env)}/authsome`,
    env.get("NODE_COMPILE_CACHE"),
    ...TRUSTED.map((name) => env.get(name)),
  ].filter((path): path is string => Boolean(path) && exists(path!));
  for (const path of named) {
    const absolute = absolutePath(path, { user: "", working: Deno.cwd() });
    if (absolute === realPath(path)) continue;
    const link = linksOf(absolute)
      .find((link) => writable.some((folder) => isWithin(link, folder)));
    if (link) throw replaceable(path, link);
  }
  const own = named.flatMap((path) => realPath(path) ?? []);
  for (const path of allowWrite) {
    const around = own.find((place) => isWithin(path, place));
    if (around) throw refused(path, around);
  }
  // A person who names such a folder means to install something there.
  const programs = [...SYSTEM_FOLDERS, ...(env.get("PATH") ?? "").split(":")]
    .flatMap((folder) => (folder.startsWith("/") && realPath(folder)) || [])
    .filter((folder) =>
      SYSTEM_FOLDERS.includes(folder) || !isWithin(folder, working)
    );
  const covered = (place: string) =>
    writable.flatMap((folder) =>
      isWithin(place, folder) ? place : isWithin(folder, place) ? folder : []
    );
  return {
    readOnly: [
      ...own.flatMap(covered),
      ...programs.filter((place) =>
        writable.some((folder) => isWithin(place, folder))
      ),
    ],
    inWorking: program.flatMap((path) => (path && realPath(path)) ?? [])
      .find((place) => isWithin(place, working) || isWithin(working, place)),
    denoCache: cache !== undefined && own.includes(realPath(cache) ?? "") &&
        covered(realPath(cache)!).length > 0
      ? cache
      : undefined,
  };
}

/**
 * The modules of this program, with what they import: the project, the outermost `node_modules`, or the folder of a
 * bundle. `undefined` in a single executable.
 */
function modules(): string | undefined {
  if (Deno.build.standalone || !import.meta.url.startsWith("file:")) {
    return undefined;
  }
  const file = decodeURIComponent(new URL(import.meta.url).pathname);
  const installed = file.indexOf("/node_modules/");
  if (installed >= 0) return file.slice(0, installed) + "/node_modules";
  const inProject = file.lastIndexOf("/lib/host/sandbox/places/own_files.ts");
  if (inProject >= 0) return file.slice(0, inProject);
  const folder = file.slice(0, file.lastIndexOf("/"));
  // The parts of a bundle lie in a folder beside its beginning.
  const above = folder.slice(0, folder.lastIndexOf("/"));
  return exists(`${above}/authsome.mjs`) ? above : folder;
}

function denoCache(env: Env): string | undefined {
  if (Deno.build.standalone || !("serve" in Deno)) return undefined;
  return env.get("DENO_DIR") || `${cacheFolder(env)}/deno`;
}

function cacheFolder(env: Env): string {
  const user = env.get("HOME") ?? "";
  if (Deno.build.os === "darwin") return `${user}/Library/Caches`;
  return env.get("XDG_CACHE_HOME") || `${user}/.cache`;
}

/** The links that `path`, absolute, leads through: each by the real path of its folder. */
function linksOf(path: string): string[] {
  const found: string[] = [];
  let real = "";
  for (const part of path.split("/").slice(1)) {
    const at = `${real}/${part}`;
    if (Deno.lstatSync(at).isSymlink) found.push(at);
    real = Deno.realPathSync(at);
    if (real === "/") real = "";
  }
  return found;
}

function exists(path: string): boolean {
  return realPath(path) !== undefined;
}

function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function replaceable(path: string, link: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot run a sandbox: authsome itself needs "${path}", and the command could replace the link ${link}`,
    `Use ${realPath(path)} instead of the link, or start in another folder`,
  );
}

function refused(path: string, place: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot use --allow-write "${path}": authsome itself is run from ${place}`,
    "Allow another folder, or install authsome where no command can write",
  );
}
