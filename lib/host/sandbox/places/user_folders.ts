/** The folders of persons, where programs keep their keys and shells their startup files. @module */
import type { Env } from "../../../ports/system.ts";

/** Whose places a sandbox protects. */
export interface UserFolders {
  /** What `~` means; absolute, and not followed. */
  tilde: string;
  /** Every one that is there, by its real path and each once: this person's own first. */
  all: string[];
}

/** Users of persons on Linux: login.defs(5), `UID_MIN` and below `nobody`. */
const [FIRST_PERSON, NOBODY] = [1_000, 65_534];

/**
 * The folders of this user: what `$HOME` says, what the system's user database says, and the folder of the person who
 * became this user (sudo, doas, pkexec). Root reads the files of all users, so for root all of them count.
 */
export async function userFolders(env: Env): Promise<UserFolders> {
  const entries = passwd();
  const uid = Deno.uid();
  const own = entries.find((entry) => entry.uid === uid)?.folder ??
    await fromSystem();
  const home = env.get("HOME");
  const before = entries.filter(({ name, uid }) =>
    [env.get("SUDO_USER"), env.get("DOAS_USER")].includes(name) ||
    [env.get("SUDO_UID"), env.get("PKEXEC_UID")].includes(String(uid))
  );
  const everyone = uid !== 0 ? [] : [
    ...entries.filter(({ uid }) => uid >= FIRST_PERSON && uid < NOBODY)
      .map(({ folder }) => folder),
    ...foldersIn(Deno.build.os === "darwin" ? "/Users" : "/home"),
  ];
  const candidates = [
    home || [],
    own || [],
    before.map(({ folder }) => folder),
    everyone,
  ].flat();
  return {
    tilde: home?.startsWith("/") ? home : own ?? "/",
    all: [...new Set(candidates.flatMap(realFolder))],
  };
}

/** passwd(5). */
function passwd(): { name: string; uid: number; folder: string }[] {
  try {
    return Deno.readTextFileSync("/etc/passwd").split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 7 && /^\d+$/.test(fields[2]!))
      .map(([name, , uid, , , folder]) => ({
        name: name!,
        uid: Number(uid),
        folder: folder!,
      }));
  } catch {
    return [];
  }
}

/** By getpwuid(3), for users of a directory service; slower to load, so asked second. */
async function fromSystem(): Promise<string | undefined> {
  try {
    const { userInfo } = await import("node:os");
    return userInfo().homedir || undefined;
  } catch {
    return undefined;
  }
}

function foldersIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter(({ isFile }) => !isFile)
      .map(({ name }) => `${path}/${name}`);
  } catch {
    return [];
  }
}

function realFolder(path: string): string[] {
  try {
    const real = Deno.realPathSync(path);
    return Deno.statSync(real).isDirectory ? [real] : [];
  } catch {
    return [];
  }
}
