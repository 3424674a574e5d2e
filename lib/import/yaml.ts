/** Reads YAML of other programs, of which nothing is certain. @module */
import type { SourceFile } from "../ports/other_programs.ts";
import { unreadable } from "./json.ts";

/** Longer ones are no settings, and the time that the parser takes grows with the square of some of them. Characters. */
const LONGEST = 1 << 16;

/**
 * What the file holds, every scalar as a text: a user may be called 007.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if it is not YAML, or too long; the cause is left out, since it would quote the text.
 */
export async function readYaml(
  { path, text }: Pick<SourceFile, "path" | "text">,
): Promise<unknown> {
  if (text.length > LONGEST) throw unreadable(path, "is longer than 64 KiB");
  const { parse } = await import("yaml");
  try {
    // Warnings are not printed, since they quote the text.
    return parse(text, { schema: "failsafe", logLevel: "error" });
  } catch {
    throw unreadable(path, "is not YAML");
  }
}
