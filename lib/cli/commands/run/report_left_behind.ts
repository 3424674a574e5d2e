/** Tells a person or a program what a sandboxed command left behind for other programs to obey. @module */
import type {
  Change,
  FoundKind,
  LeftBehind,
  Undo,
} from "../../../sandbox/left_behind.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { printable } from "../../kit/terminal_text.ts";

/** What each is, in the words of a person. */
const WHAT: Readonly<Record<FoundKind, string>> = {
  git_repository: "a git repository, whose settings and hooks run programs",
  git_link: "points git to a repository",
  git_setting: "obeyed by git",
  git_path_link: "a link that git writes through",
  git_unfinished: "commands that git rebase --continue runs",
  startup: "obeyed by an editor, an agent or a shell",
  unreadable: "a folder that cannot be read",
};
/** More would hide the first ones. */
const SHOWN = 40;
/** Characters of a path that are shown. */
const LONGEST = 240;

/**
 * Lists the changes on stderr, as one line of JSON with `--json`; asks on a terminal whether to undo them, unless
 * `choice` says so.
 *
 * @param choice `tell`: nobody can be asked. A shell in a sandbox cannot give the terminal back.
 */
export async function tellLeftBehind(
  context: CliContext,
  choice: "keep" | "undo" | "tell" | undefined,
  { changes, complete }: LeftBehind,
  undo: Undo,
): Promise<void> {
  const { output } = context;
  if (output.asJson) {
    const kept = new Set(choice === "undo" ? undo() : changes);
    return output.report({
      left_behind: changes.map((change) => ({
        ...change,
        undone: !kept.has(change),
      })),
      complete,
    });
  }
  output.ask(
    "Warning: the command left files that other programs obey outside the sandbox:\n",
  );
  for (const change of changes.slice(0, SHOWN)) {
    output.ask(`  ${line(change)}\n`);
  }
  if (changes.length > SHOWN) {
    output.ask(`  and ${changes.length - SHOWN} more\n`);
  }
  if (choice === "keep") return;
  if (
    choice !== "undo" && !await wantsUndo(context, choice !== "tell")
  ) return;
  const kept = undo();
  output.ask(
    kept.length === 0
      ? "Undone.\n"
      : `Undone, except for:\n${
        kept.map((change) => `  ${line(change)}\n`).join("")
      }`,
  );
}

function line({ path, kind, change }: Change): string {
  const mark = change === "appeared" ? "new    " : "changed";
  return `${mark} ${quoted(path)}: ${WHAT[kind]}`;
}

/** A name must not look like the rest of the line, or push it away. */
function quoted(path: string): string {
  const short = path.length <= LONGEST
    ? path
    : `${path.slice(0, LONGEST / 3)}…${path.slice(-LONGEST / 2)}`;
  return /^[\w./@+,~…-]+$/.test(short)
    ? short
    : `"${printable(short.replace(/["\\]/g, "\\$&"))}"`;
}

/** Asks; the end of input and Ctrl-C keep everything. */
async function wantsUndo(
  context: CliContext,
  canAsk: boolean,
): Promise<boolean> {
  const { output, machine } = context;
  const { terminal } = machine;
  if (!canAsk || !terminal.stdinIsTTY || !terminal.stderrIsTTY) {
    output.ask("Review them, or run the command with --undo.\n");
    return false;
  }
  output.ask("Remove what is new and restore what was changed? [y/N] ");
  const interrupted = machine.interrupted();
  const answer = await Promise.race([
    // Not readLine(): after Ctrl-C a read that still waits must not keep the process from ending.
    terminal.lines().next().then(({ value }) => value, () => undefined),
    new Promise<undefined>((resolve) =>
      interrupted.addEventListener("abort", () => resolve(undefined))
    ),
  ]);
  if (answer === undefined) output.ask("\n");
  const yes = /^y(es)?$/i.test(answer?.trim() ?? "");
  if (!yes) output.ask("Kept.\n");
  return yes;
}
