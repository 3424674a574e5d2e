/**
 * The file of trusted roots for one run: `<home>/run/<id>/ca.pem`, certificates only. The folder is held by a lock
 * that dies with its process, so that the next run can tell a leftover of a killed one and remove it.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { ensurePrivateFolder } from "./private_file.ts";

/** A bundle on disk. */
export interface CaBundle {
  path: string;
  /** A system-wide wgetrc that names the bundle: wget with GnuTLS reads it nowhere else. */
  wgetrcPath: string;
  /** Removes it. May be called twice. */
  remove(): void;
}

/**
 * Writes `certificates` (PEM) for one run and sweeps what killed runs left behind.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the disk does not take it.
 */
export function writeCaBundle(
  home: string,
  certificates: readonly string[],
): CaBundle {
  const folder = `${home}/run`;
  const own = `${folder}/${crypto.randomUUID()}`;
  try {
    ensurePrivateFolder(folder);
    sweep(folder);
    Deno.mkdirSync(own, { mode: 0o700 });
    const lock = hold(own);
    const remove = () => {
      try {
        Deno.removeSync(own, { recursive: true });
      } catch { /* The next run sweeps it. */ }
      lock?.close();
    };
    let done = false;
    try {
      const path = `${own}/ca.pem`;
      Deno.writeTextFileSync(path, certificates.join("\n") + "\n", {
        createNew: true,
        mode: 0o644,
      });
      const wgetrcPath = `${own}/wgetrc`;
      Deno.writeTextFileSync(
        wgetrcPath,
        `${systemWgetrc()}\nca_certificate = ${path}\n`,
        { createNew: true, mode: 0o644 },
      );
      return {
        path,
        wgetrcPath,
        remove: () => {
          if (!done) remove();
          done = true;
        },
      };
    } catch (error) {
      remove();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof AuthsomeError) throw cause;
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot write the certificates of this run to "${folder}": ${
        cause instanceof Error ? cause.message : "unknown failure"
      }`,
      "Check that the disk is not full and that you may write there, or choose another folder with AUTHSOME_HOME",
      { cause },
    );
  }
}

function systemWgetrc(): string {
  try {
    return Deno.readTextFileSync("/etc/wgetrc");
  } catch {
    return "";
  }
}

/** A younger folder may belong to a run that has not locked it yet. Milliseconds. */
const SETUP_MS = 10_000;

function sweep(folder: string): void {
  for (const { name } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    try {
      if (isAbandoned(path)) Deno.removeSync(path, { recursive: true });
    } catch { /* Another run sweeps too, or it is not ours to remove. */ }
  }
}

function isAbandoned(path: string): boolean {
  const info = Deno.lstatSync(path);
  if (Date.now() - (info.mtime?.getTime() ?? 0) < SETUP_MS) return false;
  if (!info.isDirectory) return true;
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(`${path}/lock`, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
  try {
    return file.tryLockSync(true);
  } finally {
    file.close();
  }
}

function hold(folder: string): Deno.FsFile {
  const file = Deno.openSync(`${folder}/lock`, {
    read: true,
    write: true,
    createNew: true,
    mode: 0o600,
  });
  // Nobody else waits for it: a sweeper only tries.
  file.lockSync(true);
  return file;
}
