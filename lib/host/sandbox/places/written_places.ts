/**
 * Folders that sandboxed commands could write, kept in the home between runs: a link in one of them may be a command's
 * and is not followed to what a person allows. One JSON string a line, so that runs at the same time only append.
 *
 * @module
 */
import {
  createPrivateFile,
  refuseUnsafeFile,
} from "../../home/private_file.ts";

const FILE = "sandbox-written.jsonl";

/** What is known. */
export function readWritten(home: string): string[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(`${home}/${FILE}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      const path = JSON.parse(line);
      return typeof path === "string" ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** Adds `folders`, which are not `known` yet, before a command can write them. */
export function rememberWritten(
  home: string,
  folders: readonly string[],
  known: readonly string[],
): void {
  const fresh = folders.filter((folder) => !known.includes(folder));
  if (fresh.length === 0) return;
  const path = `${home}/${FILE}`;
  createPrivateFile(path);
  refuseUnsafeFile(path);
  Deno.writeTextFileSync(
    path,
    fresh.map((folder) => `${JSON.stringify(folder)}\n`).join(""),
    { append: true },
  );
}
