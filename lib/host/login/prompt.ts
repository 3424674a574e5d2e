/** Questions on the terminal: a line, a masked line, yes or no; all on stderr. @module */
import process from "node:process";
import { confirm, isCancel, password, text } from "@clack/prompts";
import { AuthsomeError } from "../../errors.ts";

/** How a question is asked. */
export interface Question {
  message: string;
  /** What keeps an answer from being taken, or `undefined`. */
  check?(answer: string): string | undefined;
  signal: AbortSignal;
}

/** Asks for a line that is shown as it is typed. */
export async function askLine(
  question: Question & { initial?: string },
): Promise<string> {
  return taken(
    await text({
      message: question.message,
      initialValue: question.initial,
      validate: (answer) => question.check?.(answer ?? ""),
      output: process.stderr,
      signal: question.signal,
    }),
    question.signal,
  );
}

/** Asks for a line that is shown as dots. */
export async function askMasked(question: Question): Promise<string> {
  return taken(
    await password({
      message: question.message,
      validate: (answer) => question.check?.(answer ?? ""),
      output: process.stderr,
      signal: question.signal,
    }),
    question.signal,
  );
}

/** Asks yes or no; Enter alone is no. */
export async function askYes(
  message: string,
  signal: AbortSignal,
): Promise<boolean> {
  return taken(
    await confirm({
      message,
      initialValue: false,
      output: process.stderr,
      signal,
    }),
    signal,
  );
}

function taken<T>(answer: T, signal: AbortSignal): Exclude<T, symbol> {
  signal.throwIfAborted();
  // The terminal is raw while a question stands, so Ctrl-C comes as a key and not as a signal.
  if (isCancel(answer)) throw new AuthsomeError("Interrupted", "Interrupted");
  // An empty masked answer comes as undefined.
  return (answer ?? "") as Exclude<T, symbol>;
}
