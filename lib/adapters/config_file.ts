/** The {@linkcode ConfigFile} of a home. @module */
import type { ConfigFile } from "../ports.ts";
import {
  ensurePrivateFolder,
  refuseUnsafeFile,
  writeFileAtomic,
} from "./private_file.ts";

/** `config.json` at `path`, mode 0600, in the folder `home`. */
export function configFile(home: string, path: string): ConfigFile {
  return {
    path,
    // deno-lint-ignore require-await
    async read() {
      ensurePrivateFolder(home);
      try {
        Deno.lstatSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
      refuseUnsafeFile(path);
      return Deno.readTextFileSync(path);
    },
    // deno-lint-ignore require-await
    async write(text) {
      ensurePrivateFolder(home);
      writeFileAtomic(path, text, 0o600);
    },
  };
}
