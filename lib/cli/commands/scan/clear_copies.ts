/** The copies that `scan --rewrite` keeps of the files as they were, with their secrets. @module */
import { AuthsomeError } from "../../../errors.ts";
import type { EnvFiles } from "../../../ports/other_programs.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";

/** What decides about the copies. */
export interface ShredFlags {
  shred?: boolean;
  yes?: boolean;
}

/**
 * Overwrites and deletes the copies, if the person wants it: by `--shred`, or asked at a terminal after a rewrite.
 *
 * @returns the paths that are gone.
 * @throws {AuthsomeError} `Usage` if nobody can be asked; `InputCancelled`.
 */
export async function shredCopies(
  context: CliContext,
  envFiles: EnvFiles,
  { shred, yes }: ShredFlags,
  rewrote: boolean,
): Promise<string[]> {
  const { output, machine: { terminal } } = context;
  const copies = envFiles.copies();
  if (copies.length === 0) {
    if (shred && !output.asJson) {
      output.say("There is no clear copy of an old file.");
    }
    return [];
  }
  const canAsk = terminal.stdinIsTTY && terminal.stderrIsTTY;
  if (!shred && (!rewrote || yes || !canAsk || output.asJson)) return [];
  const agreed = (shred && yes) ||
    await context.confirm(
      `Shred ${
        counted(
          copies.length,
          "clear copy of an old file",
          "clear copies of old files",
        )
      }, with the secrets in ${copies.length === 1 ? "it" : "them"}?`,
      "--shred --yes",
    );
  if (!agreed) {
    if (!shred) return [];
    throw new AuthsomeError("InputCancelled", "Nothing was shredded");
  }
  for (const path of copies) {
    envFiles.shred(path);
    if (!output.asJson) output.say(`Shredded ${path}.`);
  }
  return copies;
}

/** Says which copies are left, and how to be rid of them. */
export function reportCopies(context: CliContext, envFiles: EnvFiles): void {
  const { output } = context;
  const copies = envFiles.copies();
  if (output.asJson || copies.length === 0) return;
  const [them, are] = copies.length === 1 ? ["it", "is"] : ["them", "are"];
  output.warn(
    `${
      counted(
        copies.length,
        "clear copy of an old file",
        "clear copies of old files",
      )
    }, with the secrets in ${them}, ${are} left:\n${
      copies.map((path) => `  ${path}\n`).join("")
    }Shred ${them}: authsome scan --shred`,
  );
}
