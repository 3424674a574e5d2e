/** What `--verbose` shows of an error. @module */
import { causesOf, RequestFailure } from "../wire/request_failure.ts";
import { shorten } from "./kit/terminal_text.ts";

/** Where an error and its causes arose; without their messages, which may quote anything, but for those of a connection. */
export function frames(thrown: unknown): string {
  const lines: string[] = [];
  let known: string[] = [];
  for (
    let error = thrown;
    error instanceof Error && lines.length < 60;
    error = error.cause
  ) {
    const said = error instanceof RequestFailure
      ? `${error.name}: ${error.message}`
      : known.shift() ?? error.name;
    if (error instanceof RequestFailure) known = causesOf(error);
    lines.push(`${lines.length > 0 ? "caused by " : ""}${shorten(said, 300)}`);
    lines.push(
      ...(error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)),
    );
  }
  return lines.join("\n");
}
