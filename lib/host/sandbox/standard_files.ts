/**
 * Input, output and error of a sandboxed command, where they are files: the sandbox does not mount them, so a command
 * could leave it by a folder, or open once more what it may only read (`/proc/self/fd/0`).
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";

/** A file that the command reads as its standard input, to be mounted read-only. */
export interface InputFile {
  /** Real path. */
  path: string;
  /** Bytes of it that have been read already. */
  position: number;
}

const NAMES = ["input", "output", "error"];

/**
 * Looks at what this process was started with.
 *
 * @returns the file that is standard input, if it is one that is open for reading only.
 * @throws {AuthsomeError} `Usage` if one of the three is a folder, or a file that cannot be made read-only.
 */
export function inputFile(): InputFile | undefined {
  const [input] = NAMES.map((name, number) => {
    const path = `/proc/self/fd/${number}`;
    const info = statOf(path);
    if (info?.isDirectory) {
      throw refused(
        name,
        "a folder, which gives access to files outside the sandbox",
        `Allow the folder with --allow-read or --allow-write, and give the command its path`,
      );
    }
    // No other process can open a deleted file.
    const isFile = info?.isFile && info.nlink !== 0;
    if (!isFile && !info?.isBlockDevice) return undefined;
    const [, position = "0", flags = "0"] =
      /^pos:\s+(\d+)\nflags:\s+([0-7]+)/.exec(
        Deno.readTextFileSync(`/proc/self/fdinfo/${number}`),
      ) ?? [];
    // O_WRONLY and O_RDWR
    if ((parseInt(flags, 8) & 3) !== 0) return undefined;
    const real = Deno.readLinkSync(path);
    const now = statOf(real);
    const same = now?.dev === info.dev && now.ino === info.ino;
    if (!same || number > 0 || !isFile || !mayOpen("read", real, info)) {
      if (same && !mayOpen("write", real, info)) return undefined;
      throw refused(
        name,
        `${real}, which cannot be made read-only for the command`,
        "Use a pipe: cat … | authsome run --sandbox -- …",
      );
    }
    return { path: real, position: Math.min(Number(position), info.size) };
  });
  return input;
}

/** Whether the command, which has no rights of root, could open the file by its name. */
function mayOpen(
  way: "read" | "write",
  path: string,
  { mode, uid, gid }: Deno.FileInfo,
): boolean {
  if (Deno.uid() === 0) {
    const shift = uid === 0 ? 6 : gid === 0 ? 3 : 0;
    return (((mode ?? 0) >> shift) & (way === "read" ? 4 : 2)) !== 0;
  }
  try {
    Deno.openSync(path, { read: way === "read", write: way === "write" })
      .close();
    return true;
  } catch {
    return false;
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function refused(name: string, what: string, hint: string): AuthsomeError {
  return new AuthsomeError(
    "Usage",
    `Cannot run a sandbox: standard ${name} is ${what}`,
    hint,
  );
}
