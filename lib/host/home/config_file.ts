/** The {@linkcode ConfigFile} of a home. @module */
import type { ConfigFile } from "../../ports/home_files.ts";
import { ensureHome, type Tell } from "./home_folder.ts";
import { closeFile, refuseUnsafeFile } from "./private_file.ts";

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
