/** The {@linkcode ConfigFile} of a home. @module */
import type { ConfigFile } from "../../ports/home_files.ts";
import { ensureHome, type Tell } from "./home_folder.ts";
import { closeFile, refuseUnsafeFile } from "./private_file.ts";

/** How long a change waits for that of another process. Milliseconds. */
const LOCK_MS = 30_000;

/** `config.json` at `path`, mode 0600, in the folder `home`. */
export function configFile(
  home: string,
  path: string,
  tell: Tell = () => {},
): ConfigFile {
  return {
    path,
    // deno-lint-ignore require-await
    async read() {
      // Reading makes nothing: a home that is not there yet has no configuration.
      if (isMissing(home)) return undefined;
      ensureHome(home, tell);
      if (isMissing(path)) return undefined;
      closeFile(path);
      refuseUnsafeFile(path);
      return Deno.readTextFileSync(path);
    },
    async write(text) {
      ensureHome(home, tell);
      const { writeFileAtomic } = await import("./atomic_file.ts");
      writeFileAtomic(path, text, 0o600);
    },
    async exclusively(work) {
      ensureHome(home, tell);
      const { lock } = await import("./lock.ts");
      const held = await lock(`${path}.lock`, LOCK_MS);
      try {
        return await work();
      } finally {
        held.release();
      }
    },
  };
}

/** Other errors are reported where `path` is opened. */
function isMissing(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
