/** The {@linkcode AuditFile} of a home. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AuditFile } from "../../ports/home_files.ts";
import { lock } from "./lock.ts";
import {
  createPrivateFile,
  ensurePrivateFolder,
  refuseUnsafeFile,
} from "./private_file.ts";

const BLOCK = 8_192;
/** Milliseconds to wait for another process that writes. */
const LOCK_MS = 30_000;

/**
 * `audit.log` at `path`, mode 0600, in the folder `home`. Beside it `audit.log.lock` is held by who writes, and
 * `audit.log.last` holds the last line once more.
 */
export function auditFile(home: string, path: string): AuditFile {
  return {
    path,
    async append(lines) {
      ensurePrivateFolder(home);
      createPrivateFile(path);
      refuseUnsafeFile(path);
      const held = await lock(`${path}.lock`, LOCK_MS).catch((cause) => {
        throw unwritable(path, cause);
      });
      try {
        using file = await Deno.open(path, { read: true, write: true });
        const { last, end } = await lastLine(file);
        const added = await lines(last, readWitness(path));
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
          if (added.length > 0) writeWitness(path, added.at(-1)!);
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

    async *lines() {
      let file: Deno.FsFile;
      try {
        Deno.lstatSync(path);
        refuseUnsafeFile(path);
        file = await Deno.open(path, { read: true });
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return;
        throw error;
      }
      let rest = "";
      for await (
        const text of file.readable.pipeThrough(new TextDecoderStream())
      ) {
        const parts = (rest + text).split("\n");
        rest = parts.pop()!;
        yield* parts;
      }
      // A line without a newline is still being written, or never was whole.
    },
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
  if (isLocked(cause)) return cause;
  return new AuthsomeError(
    "StoreUnavailable",
    `Cannot write audit log "${path}"`,
    "Check that the disk is not full and that you may write to it",
    { cause, subject: { file: path } },
  );
}

/** Whether another program kept the lock: that error says which. */
function isLocked(cause: unknown): cause is AuthsomeError {
  return cause instanceof AuthsomeError &&
    / has locked it$/.test(cause.message);
}

/** The last whole line, and the offset behind its newline (0 if there is none). Reads backwards from the end. */
async function lastLine(
  file: Deno.FsFile,
): Promise<{ last: string | undefined; end: number }> {
  const { size } = await file.stat();
  let start = size;
  let bytes = new Uint8Array(0);
  while (start > 0) {
    const from = Math.max(0, start - BLOCK);
    const block = await readAt(file, from, start - from);
    const joined = new Uint8Array(block.length + bytes.length);
    joined.set(block);
    joined.set(bytes, block.length);
    bytes = joined;
    start = from;
    const close = bytes.lastIndexOf(10);
    const open = close < 1 ? -1 : bytes.lastIndexOf(10, close - 1);
    if (close !== -1 && (open !== -1 || start === 0)) {
      return {
        last: new TextDecoder().decode(bytes.subarray(open + 1, close)),
        end: start + close + 1,
      };
    }
  }
  return { last: undefined, end: 0 };
}

async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
