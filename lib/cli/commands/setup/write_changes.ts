/** How `setup` shows what changes, asks and writes. @module */
import { AuthsomeError } from "../../../errors.ts";
import { lineDiff } from "../../../mcp/agents/line_diff.ts";
import type { AgentFiles } from "../../../ports/agent_files.ts";
import type { CliContext } from "../../kit/command_context.ts";
import type { SetupFlags } from "./setup_flags.ts";

/** A file, and what becomes of it: `undefined` if there is none. */
export interface FileChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
  isWrapper: boolean;
}

/** A change that was made, with where the file from before is kept. */
export interface WrittenChange extends FileChange {
  backup: string | undefined;
}

/**
 * Shows, asks and writes.
 *
 * @param subject whose files they are, as `--json` has it: `{ agent: "codex" }`.
 * @returns what was written; nothing with `--dry-run`.
 */
export async function writeChanges(
  context: CliContext,
  files: AgentFiles,
  subject: { agent: string } | { tool: string },
  all: readonly FileChange[],
  { dryRun, yes, undo }: SetupFlags,
): Promise<WrittenChange[]> {
  const { output } = context;
  const [name] = Object.values(subject);
  const written: WrittenChange[] = [];
  const changes = all.filter(({ before, after }) => before !== after);
  const outcome = changes.length === 0
    ? "unchanged"
    : dryRun
    ? "dry_run"
    : undo
    ? "removed"
    : "written";
  if (!output.asJson && changes.length === 0) {
    output.data(undo ? `${name} is not set up` : `${name} is set up already`);
  }
  if (!output.asJson) {
    const show = (line: string) =>
      dryRun ? output.data(line) : output.say(line);
    for (const { path, before, after } of changes) {
      show(
        `${path}${
          before === undefined
            ? " (new)"
            : after === undefined
            ? " (removed)"
            : ""
        }`,
      );
      for (const line of lineDiff(before ?? "", after ?? "")) show(line);
    }
  }
  if (changes.length > 0 && !dryRun) {
    if (!yes && !await context.confirm("Write this?", "--yes")) {
      throw new AuthsomeError("InputCancelled", "Nothing was written");
    }
    for (const change of changes) {
      const { path, before, after, isWrapper } = change;
      let backup: string | undefined;
      if (after === undefined) files.remove(path);
      else if (isWrapper) files.writeProgram(path, after);
      else {
        backup = files.replace(path, before, after);
        if (backup) output.say(`What ${path} was before is in ${backup}`);
      }
      written.push({ ...change, backup });
      if (!output.asJson) {
        output.data(`${after === undefined ? "Removed" : "Wrote"} ${path}`);
      }
    }
  }
  if (output.asJson) {
    output.json({
      ...{ ...subject, outcome, changed: changes.length > 0 },
      files: changes.map(({ path, before, after }) => ({
        path,
        diff: lineDiff(before ?? "", after ?? ""),
      })),
    });
  }
  return written;
}
