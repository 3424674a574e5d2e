/** The {@linkcode EnvFiles} of Deno. @module */
import { parseEnv } from "node:util";
import { quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { EnvFile, EnvFiles } from "../../ports/other_programs.ts";
import { sweepDraft, sweepDrafts } from "./drafts.ts";
import { writeFileAtomic } from "./atomic_file.ts";
import { ensurePrivateFolder } from "./private_file.ts";

const LIMIT = 1 << 20;
/** Files that show which variables there are and hold no real values. */
const TEMPLATE = /\.(example|sample|template|tmpl|dist|defaults|schema)$/i;

/** The dotenv files of the working folder; copies go to the home. */
export function envFiles(home: string, folder = Deno.cwd()): EnvFiles {
  const absolute = (name: string) =>
    /^(\/|[A-Za-z]:[\\/])/.test(name) ? name : `${folder}/${name}`;
  return {
    names() {
      // They hold secrets, and are no files of the person's.
      for (const { name } of Deno.readDirSync(folder)) {
        if (/^\.env.*\.tmp$/.test(name)) sweepDraft(folder, name);
      }
      return [...Deno.readDirSync(folder)]
        .filter(({ name, isFile, isSymlink }) =>
          (isFile || isSymlink) && /^\.env(\.|$)/.test(name) &&
          !TEMPLATE.test(name)
        )
        .map(({ name }) => name).sort();
    },
    read: (name) => ({ name, text: readText(absolute(name), name) }),
    parse: (text) => parseEnv(text) as Record<string, string>,
    replace: (file, text) => replace(home, absolute(file.name), file, text),
    copies: () => copies(`${home}/backups`),
    shred,
  };
}

function readText(path: string, name: string): string {
  try {
    // A pipe (some password managers make one) would wait for ever.
    const info = Deno.statSync(path);
    if (!info.isFile) throw refused(name, "it is not a regular file");
    if (info.size > LIMIT) throw refused(name, "it is longer than 1 MiB");
    // Without ignoreBOM the mark would be gone when the text is written back.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Deno.readFileSync(path));
  } catch (error) {
    if (error instanceof AuthsomeError) throw error;
    throw refused(
      name,
      error instanceof Deno.errors.NotFound
        ? "it does not exist"
        : error instanceof TypeError
        ? "it is not UTF-8 text"
        : "it cannot be read",
      error,
    );
  }
}

function replace(
  home: string,
  path: string,
  file: EnvFile,
  text: string,
): string {
  const info = Deno.lstatSync(path);
  if (!info.isFile || (info.nlink ?? 1) > 1) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot replace values in "${file.name}": it is a link, or has several names`,
      "Replace them by hand, or leave out --rewrite",
      { subject: { file: file.name } },
    );
  }
  if (readText(path, file.name) !== file.text) {
    throw new AuthsomeError(
      "RecordConflict",
      `Cannot replace values in "${file.name}": it was changed in the meantime`,
      "Try again",
      { subject: { file: file.name } },
    );
  }
  ensurePrivateFolder(home);
  ensurePrivateFolder(`${home}/backups`);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const kept = `${home}/backups/${time}-${crypto.randomUUID().slice(0, 8)}.env`;
  sweepDrafts(`${home}/backups`);
  writeFileAtomic(kept, file.text, 0o600);
  const mode = info.mode === null ? 0o600 : info.mode & 0o777;
  writeFileAtomic(path, text, mode);
  // The umask may have taken bits that the file had.
  if (info.mode !== null) Deno.chmodSync(path, mode);
  return kept;
}

function copies(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ name, isFile }) => isFile && name.endsWith(".env"))
      .map(({ name }) => `${folder}/${name}`).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw unusable(folder, "it cannot be read", error);
  }
}

function shred(copy: string): void {
  try {
    const file = Deno.openSync(copy, { write: true });
    try {
      const bytes = new Uint8Array(file.statSync().size);
      for (let at = 0; at < bytes.length;) {
        at += file.writeSync(bytes.subarray(at));
      }
      file.syncSync();
    } finally {
      file.close();
    }
    Deno.removeSync(copy);
  } catch (error) {
    throw unusable(copy, "it cannot be overwritten and deleted", error);
  }
}

function unusable(path: string, why: string, cause: unknown): AuthsomeError {
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot use "${path}": ${why}`,
    `Delete it yourself: rm ${quoteWord(path)}`,
    { cause, subject: { file: path } },
  );
}

function refused(name: string, why: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot use "${name}": ${why}`,
    "Name other files with --file",
    { cause, subject: { file: name } },
  );
}
