/** A {@linkcode Witness} in a file of the user's state folder, which backups and copies of the home do not have. @module */
import type { Env } from "../../ports/system.ts";
import type { Witness } from "../../ports/store.ts";
import { refuseUnsafeFile } from "../home/private_file.ts";

/** Bytes from which on one in so many writes shortens the file. Every command reads it. */
const LARGE = 65_536;
const SELDOM = 64;

/**
 * The witness of the home at `home`; `undefined` without a state folder, and for a home outside of the user's folder: on a
 * volume or among temporary files, homes come and go. What fails is as if nothing was remembered: it may
 * keep nobody from their credentials.
 */
export function witnessFile(
  home: string,
  env: Env,
  os: typeof Deno.build.os = Deno.build.os,
): Witness | undefined {
  const user = env.get(os === "windows" ? "USERPROFILE" : "HOME");
  if (
    !user || !/^[\\/]./.test(home.slice(user.length)) || !home.startsWith(user)
  ) {
    return undefined;
  }
  const folder = stateFolder(user, env, os);
  const name = encodeURIComponent(home);
  // The longest file name of common file systems has 255 bytes.
  if (folder === undefined || name.length > 240) return undefined;
  const path = `${folder}/${name}.written`;
  return {
    path,
    read() {
      try {
        refuseUnsafeFile(path);
        return Deno.readTextFileSync(path);
      } catch {
        return "";
      }
    },
    append(lines) {
      try {
        try {
          refuseUnsafeFile(path);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) return;
          Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
        }
        // One small write behind the end: other processes append too.
        Deno.writeTextFileSync(path, lines, { append: true, mode: 0o600 });
        if (Deno.statSync(path).size > LARGE && Math.random() < 1 / SELDOM) {
          void shorten(path);
        }
      } catch { /* Nothing is remembered then. */ }
    },
  };
}

async function shorten(path: string): Promise<void> {
  try {
    const [{ writeFileAtomic }, { lastLines }] = await Promise.all([
      import("../home/atomic_file.ts"),
      import("./witness_lines.ts"),
    ]);
    writeFileAtomic(path, lastLines(Deno.readTextFileSync(path)), 0o600);
  } catch { /* It stays long. */ }
}

/** The folder for state (XDG Base Directory Specification; on Windows that for data of this machine). */
function stateFolder(
  user: string,
  env: Env,
  os: typeof Deno.build.os,
): string | undefined {
  if (os === "windows") {
    const local = env.get("LOCALAPPDATA");
    return local && `${local}/authsome`;
  }
  const state = env.get("XDG_STATE_HOME");
  return `${state?.startsWith("/") ? state : `${user}/.local/state`}/authsome`;
}
