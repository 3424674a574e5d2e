/** The {@linkcode PolicyFiles} of a home. @module */
import { AuthsomeError } from "../../errors.ts";
import type { PolicyFiles } from "../../ports/home_files.ts";
import type { Env } from "../../ports/system.ts";
import { ensureHome, type Tell } from "../home/home_folder.ts";
import { unusable } from "../home/private_file.ts";

/** Longest file, in bytes. */
const MAX_BYTES = 1_048_576;
/** How long a change waits for that of another process. Milliseconds. */
const LOCK_MS = 30_000;

/** `policy.json` at `path` in the folder `home`, and others that the person names. */
export function policyFiles(
  home: string,
  path: string,
  env: Env,
  tell: Tell = () => {},
): PolicyFiles {
  return {
    path,
    // deno-lint-ignore require-await
    async read(at) {
      try {
        refuseUntrusted(at, at === path);
        return Deno.readTextFileSync(at);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        if (error instanceof AuthsomeError) throw error;
        throw unusable(at, "it cannot be read", error);
      }
    },
    stamp(at) {
      try {
        const { mtime, ctime, size, ino, isFile } = Deno.lstatSync(at);
        return [mtime?.getTime(), ctime?.getTime(), size, ino, isFile].join();
      } catch (error) {
        return error instanceof Deno.errors.NotFound ? "" : "unreadable";
      }
    },
    async write(text) {
      ensureHome(home, tell);
      const { writeFileAtomic } = await import("../home/atomic_file.ts");
      writeFileAtomic(path, text, 0o600);
    },
    async exclusively(work) {
      ensureHome(home, tell);
      const { lock } = await import("../home/lock.ts");
      const held = await lock(`${path}.lock`, LOCK_MS);
      try {
        return await work();
      } finally {
        held.release();
      }
    },
    realFolder(folder) {
      const user = env.get("HOME") || env.get("USERPROFILE");
      const named = user && /^~(?=$|[\\/])/.test(folder)
        ? user + folder.slice(1)
        : folder;
      try {
        return Deno.realPathSync(named);
      } catch {
        return named;
      }
    },
  };
}

/** Rules say what an agent may do, so nobody else may be able to change them. That of the home is no link either. */
function refuseUntrusted(path: string, isHome: boolean): void {
  if (isHome && Deno.lstatSync(path).isSymlink) {
    throw unusable(path, "it is a link, whose file a command could change");
  }
  const { isFile, size, mode, uid } = Deno.statSync(path);
  if (!isFile) throw unusable(path, "it is not a regular file");
  if (size > MAX_BYTES) {
    throw unusable(path, `it has ${size} bytes, at most ${MAX_BYTES}`);
  }
  if (mode !== null && (mode & 0o022) !== 0) {
    throw unusable(
      path,
      `its mode is ${(mode & 0o777).toString(8)}, so others may change it`,
      undefined,
      `Read it, then: chmod go-w '${path}'`,
    );
  }
  if (uid !== null && uid !== 0 && uid !== Deno.uid()) {
    throw unusable(path, "it belongs to another user");
  }
}
