/** Reads and writes files that the person names. @module */
import { AuthsomeError } from "../../errors.ts";
import { unusable, writeNewFile } from "./private_file.ts";

/** Longer ones are no settings. Bytes. */
const LIMIT = 1 << 20;

/** The text of the regular file at `path`, `undefined` where there is none or it cannot be read. */
export function personFile(path: string): string | undefined {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= LIMIT ? Deno.readTextFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes a new file at `path`, mode 0600, down to the disk. Throws `OperationNotAllowed` if there is something. */
export function savePrivateFile(path: string, text: string): void {
  try {
    writeNewFile(path, new TextEncoder().encode(text), 0o600);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw unusable(path, "it cannot be written", error);
    }
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot write "${path}": it exists`,
      "Name a file that does not exist",
      { subject: { file: path } },
    );
  }
}
