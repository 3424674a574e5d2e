/** The {@linkcode AuditFile} of a home. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AuditFile } from "../../ports/home_files.ts";
import {
  allLines,
  fullFiles,
  lastLine,
  lastOfFull,
  linesAfter,
  removeBefore,
  setAside,
} from "../audit/audit_parts.ts";
import { lock } from "./lock.ts";
import {
  createPrivateFile,
  ensurePrivateFolder,
  refuseUnsafeFile,
} from "./private_file.ts";

/** Milliseconds to wait for another process that writes. */
const LOCK_MS = 30_000;

/**
 * `audit.log` at `path`, mode 0600, in the folder `home`. Beside it `audit.log.lock` is held by who writes,
 * `audit.log.last` holds the last line once more, and `audit.log.<n>` is a full file that begins with entry n.
 *
 * A full file gets its name in one step, and no name twice. So what a process leaves behind that is killed in between is
 * the log with or without that step.
 */
export function auditFile(home: string, path: string): AuditFile {
  return {
    path,
    async append(lines, maxBytes = Infinity) {
      ensurePrivateFolder(home);
      const held = await lock(`${path}.lock`, LOCK_MS).catch((cause) => {
        throw unwritable(path, cause);
      });
      try {
        createPrivateFile(path);
        refuseUnsafeFile(path);
        const full = await setAside(path, maxBytes)
          ? fullFiles(path)
          : undefined;
        if (full) createPrivateFile(path);
        using file = await Deno.open(path, { read: true, write: true });
        const { last, end } = await lastLine(file);
        const added = await lines(
          last ?? await lastOfFull(path),
          readWitness(path),
          {
            after: (seq) => linesAfter(path, seq),
            ...full && { full },
          },
        );
        if (added.length === 0) return;
        const text = added.map((line) => `${line}\n`).join("");
        try {
          // What is behind the last newline was never acknowledged: its writer was killed, or the disk was full.
          await file.truncate(end);
          await file.seek(end, Deno.SeekMode.Start);
          const bytes = new TextEncoder().encode(text);
          for (let written = 0; written < bytes.length;) {
            written += await file.write(bytes.subarray(written));
          }
          await file.syncData();
          writeWitness(path, added.at(-1)!);
        } catch (error) {
          await file.truncate(end);
          throw error;
        }
      } catch (cause) {
        throw unwritable(path, cause);
      } finally {
        held.release();
      }
    },

    witness: () => Promise.resolve(readWitness(path)),

    lines: (from) => from ? linesAfter(path, from - 1) : allLines(path),

    // deno-lint-ignore require-await
    removeBefore: async (first) => removeBefore(path, first),
  };
}

/** The last line once more, so that entries cut off at the end are missed. Written after the log, so never ahead of it. */
function writeWitness(path: string, line: string): void {
  createPrivateFile(`${path}.last`);
  refuseUnsafeFile(`${path}.last`);
  // Not synced and not atomic: a witness that was lost or torn is none, and the log itself is on the disk.
  Deno.writeTextFileSync(`${path}.last`, `${line}\n`);
}

function readWitness(path: string): string | undefined {
  try {
    refuseUnsafeFile(`${path}.last`);
    return Deno.readTextFileSync(`${path}.last`).trimEnd();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function unwritable(path: string, cause: unknown): AuthsomeError {
  if (cause instanceof AuthsomeError) return cause;
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot write audit log "${path}"`,
    "Check that the disk is not full and that you may write to it",
    { cause, subject: { file: path } },
  );
}
