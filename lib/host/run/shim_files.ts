/**
 * The files of the helpers, in `<home>/shims`. They stay when a run ends: a program that outlives it goes on to start
 * others with the same variables, and Node ends at once where a file that it must load is missing.
 *
 * @module
 */
import { shimFiles, withShims } from "../../run/shims/shims.ts";
import { writeFileAtomic } from "../home/atomic_file.ts";
import { ensurePrivateFolder } from "../home/private_file.ts";

/** Helpers whose files are in place. */
export interface InstalledShims {
  /** Absolute paths of the files. */
  readonly paths: readonly string[];
  /** The environment with what makes clients load them. */
  addTo(env: Readonly<Record<string, string>>): Record<string, string>;
}

/** {@linkcode installShims}. */
export type InstallShims = typeof installShims;

/** Writes the files that are not in the home as they should be. Where that fails, there are no helpers. */
export function installShims(home: string): InstalledShims | undefined {
  const folder = `${home}/shims`;
  const files = Object.entries(shimFiles());
  try {
    for (const [name, content] of files) {
      install(`${folder}/${name}`, bytesOf(content));
    }
    const real = Deno.realPathSync(folder);
    return {
      paths: files.map(([name]) => `${real}/${name}`),
      addTo: (env) => withShims(env, real),
    };
  } catch {
    return undefined;
  }
}

function install(path: string, content: Uint8Array): void {
  try {
    if (isSame(Deno.readFileSync(path), content)) return;
  } catch { /* It is not there yet. */ }
  const folder = path.slice(0, path.lastIndexOf("/"));
  ensurePrivateFolder(folder);
  // Another run may read the file now, or write it too.
  writeFileAtomic(path, content, 0o600);
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
