/** The {@linkcode DefinitionFiles} of a home: `providers/<name>.json`. @module */
import { AuthsomeError } from "../../errors.ts";
import type { DefinitionFiles } from "../../ports/home_files.ts";
import { isProviderName } from "../../provider/name.ts";
import { ensurePrivateFolder, unusable } from "./private_file.ts";

const MAX_BYTES = 1_048_576;

/** The definitions in `folder`, which is made when the first one is written into the folder `home`. */
export function definitionFiles(home: string, folder: string): DefinitionFiles {
  const path = (name: string) => `${folder}/${name}.json`;
  return {
    path,
    async names() {
      try {
        const names: string[] = [];
        for (const entry of Deno.readDirSync(folder)) {
          const name = entry.name.replace(/\.json$/, "");
          if (name.endsWith(".tmp")) {
            (await import("./drafts.ts")).sweepDraft(folder, name);
          } else if (name !== entry.name && isProviderName(name)) {
            names.push(name);
          }
        }
        return names.sort();
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw unusable(folder, "it cannot be read", error);
      }
    },
    // deno-lint-ignore require-await
    async read(name) {
      if (!isProviderName(name)) return undefined;
      try {
        refuseUntrusted(path(name));
        return Deno.readTextFileSync(path(name));
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        if (error instanceof AuthsomeError) throw error;
        throw unusable(path(name), "it cannot be read", error);
      }
    },
    async write(name, text) {
      if (!isProviderName(name)) {
        throw unusable(path(name), "it is not a provider name");
      }
      ensurePrivateFolder(home);
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      const { writeFileAtomic } = await import("./atomic_file.ts");
      writeFileAtomic(path(name), text, 0o644);
    },
    // deno-lint-ignore require-await
    async remove(name) {
      if (!isProviderName(name)) return false;
      try {
        Deno.removeSync(path(name));
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return false;
        throw unusable(path(name), "it cannot be removed", error);
      }
    },
  };
}

/** A definition says where credentials go, so no other user may be able to change it. */
function refuseUntrusted(path: string): void {
  const info = Deno.statSync(path);
  if (!info.isFile) throw unusable(path, "it is not a regular file");
  if (info.size > MAX_BYTES) {
    throw unusable(path, `it has ${info.size} bytes, at most ${MAX_BYTES}`);
  }
  if (info.mode !== null && (info.mode & 0o022) !== 0) {
    // What the shell makes for `authsome inspect x > …/providers/x.json`: nobody has written it yet.
    if (info.size === 0 && info.uid === Deno.uid()) {
      Deno.chmodSync(path, 0o644);
      return;
    }
    throw unusable(
      path,
      `its mode is ${(info.mode & 0o777).toString(8)}, so others may change it`,
      undefined,
      `chmod 644 '${path}'`,
    );
  }
  if (info.uid !== null && info.uid !== 0 && info.uid !== Deno.uid()) {
    throw unusable(path, "it belongs to another user");
  }
}
