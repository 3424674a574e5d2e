/** The file of trusted roots for one run, certificates only, in the folder of the run. @module */
import { openRunFolder, type RunFolder, unwritable } from "./run_folder.ts";

/** A bundle on disk. */
export interface CaBundle {
  caBundlePath: string;
  /** A system-wide wgetrc that names the bundle: wget with GnuTLS reads it nowhere else. */
  wgetrcPath: string;
  /** The folder of the run. */
  folder: string;
  /** Removes it. May be called twice. */
  remove(): void;
}

/**
 * Writes `certificates` (PEM) for one run; once more into the same files where `folder` has them already.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the disk does not take it.
 */
export function writeCaBundle(
  home: string,
  certificates: readonly string[],
  folder: RunFolder = openRunFolder(home),
  /** Other files of the run, by name. */
  files: Readonly<Record<string, string>> = {},
): CaBundle {
  try {
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${folder.path}/${name}`, text, { mode: 0o644 });
    }
    const caBundlePath = `${folder.path}/ca.pem`;
    Deno.writeTextFileSync(caBundlePath, certificates.join("\n") + "\n", {
      mode: 0o644,
    });
    const wgetrcPath = `${folder.path}/wgetrc`;
    Deno.writeTextFileSync(
      wgetrcPath,
      `${systemWgetrc()}\nca_certificate = ${caBundlePath}\n`,
      { mode: 0o644 },
    );
    const remove = () => folder.remove();
    return { caBundlePath, wgetrcPath, folder: folder.path, remove };
  } catch (cause) {
    folder.remove();
    throw unwritable(`${home}/run`, cause);
  }
}

/** Writes files for the command, which may hold the proxy's password: for the person alone. */
export function writeRunFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(files).map(([name, text]) => {
    const path = `${folder}/${name}`;
    Deno.writeTextFileSync(path, text, { mode: 0o600 });
    return path;
  });
}

function systemWgetrc(): string {
  try {
    return Deno.readTextFileSync("/etc/wgetrc");
  } catch {
    return "";
  }
}
