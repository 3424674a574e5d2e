/** Files that the person names. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { shorten } from "../../kit/terminal_text.ts";

/**
 * The text of the file at `path`, or of stdin if it is `-`.
 *
 * @throws {AuthsomeError} `Usage` if it cannot be read, or has more than `limit` bytes.
 */
export async function givenText(
  { machine }: CliContext,
  path: string,
  limit: number,
): Promise<string> {
  try {
    return path === "-"
      ? await machine.terminal.readAll(limit)
      : machine.readTextFile(path, limit);
  } catch (cause) {
    const { name, code } = cause as { name?: string; code?: string };
    const reason = cause instanceof RangeError
      ? cause.message
      : cause instanceof TypeError
      ? "it is not a text file"
      : name === "NotFound" || code === "ENOENT"
      ? "there is no such file"
      : "it cannot be read";
    throw new AuthsomeError(
      "Usage",
      `Cannot read "${shorten(path, 200)}": ${reason}`,
      "Name a text file",
      { cause, subject: { file: shorten(path, 200) } },
    );
  }
}
