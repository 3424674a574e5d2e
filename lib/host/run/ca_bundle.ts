/** The file of trusted roots for one run, certificates only, in the folder of the run. @module */
import { openRunFolder, type RunFolder, unwritable } from "./run_folder.ts";

/** A bundle on disk. */
interface CaBundle {
  path: string;
  /** A system-wide wgetrc that names the bundle: wget with GnuTLS reads it nowhere else. */
  wgetrcPath: string;
  /** Removes it. May be called twice. */
  remove(): void;
}

/**
 * Writes `certificates` (PEM) for one run.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the disk does not take it.
 */
export function writeCaBundle(
  home: string,
  certificates: readonly string[],
  folder: RunFolder = openRunFolder(home),
): CaBundle {
  try {
    const path = `${folder.path}/ca.pem`;
    Deno.writeTextFileSync(path, certificates.join("\n") + "\n", {
      createNew: true,
      mode: 0o644,
    });
    const wgetrcPath = `${folder.path}/wgetrc`;
    Deno.writeTextFileSync(
      wgetrcPath,
      `${systemWgetrc()}\nca_certificate = ${path}\n`,
      { createNew: true, mode: 0o644 },
    );
    return { path, wgetrcPath, remove: () => folder.remove() };
  } catch (cause) {
    folder.remove();
    throw unwritable(`${home}/run`, cause);
  }
}

function systemWgetrc(): string {
  try {
    return Deno.readTextFileSync("/etc/wgetrc");
  } catch {
    return "";
  }
}
