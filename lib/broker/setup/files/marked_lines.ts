/**
 * Lines of ours in the configuration of another program: between two comments, with the lines that they stand for kept
 * beside them. Taking them out gives back the text, byte by byte. For formats whose comments begin with `#`. Pure.
 *
 * @module
 */
import { AuthsomeError } from "../../../errors.ts";

/** Where lines go, and what they are. */
export interface Marked {
  /** Index of the line that they come before; the number of lines for the end. */
  at: number;
  /** How many lines they stand for. Default: none. */
  instead?: number;
  lines: readonly string[];
}

const WAS = "# was: ";
/** Behind the first mark: taking the lines out gives back a text without an end of line. */
const UNENDED = " (the line above had no end)";
const begin = (tool: string) => `# >>> authsome setup ${tool} >>>`;
const end = (tool: string) => `# <<< authsome setup ${tool} <<<`;

/** The lines of `text` with their ends, which the last may lack. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/** `line` without its end. */
export function bare(line: string): string {
  return line.replace(/\r?\n$/, "");
}

/** `text`, which has no lines of `tool`, with these. */
export function withMarked(
  text: string,
  tool: string,
  marked: readonly Marked[],
): string {
  const eol = /\r\n/.test(text) ? "\r\n" : "\n";
  const lines = linesOf(text);
  // From the end, so that the places before stay what they are; of two in one place the later comes behind.
  const places = [...marked].reverse().sort((a, b) => b.at - a.at);
  for (const { at, instead = 0, lines: added } of places) {
    const replaced = lines.slice(at, at + instead);
    const isLast = at + instead === lines.length;
    const open = isLast && lines.length > 0 && !/\n$/.test(lines.at(-1)!);
    if (open && instead === 0) lines[at - 1] += eol;
    const block = [
      open ? begin(tool) + UNENDED : begin(tool),
      ...replaced.map((line) => WAS + bare(line)),
      ...added,
      end(tool),
    ].map((line) => line + eol);
    lines.splice(at, instead, ...block);
  }
  return lines.join("");
}

/** `text` with `lines` at its end, in the place of those of `tool` that it had. Throws as {@linkcode withoutMarked}. */
export function withMarkedAtEnd(
  text: string,
  tool: string,
  path: string,
  lines: readonly string[],
): string {
  const rest = withoutMarked(text, tool, path);
  return withMarked(rest, tool, [{ at: linesOf(rest).length, lines }]);
}

/**
 * `text` without the lines of `tool`, and those that they stood for in their places. The header of a section (`[name]`)
 * stays if the person has written more below it.
 *
 * @param path for the error.
 * @throws {AuthsomeError} `OperationNotAllowed` if only a part of them is there.
 */
export function withoutMarked(
  text: string,
  tool: string,
  path: string,
): string {
  const kept: string[] = [];
  let inside = false;
  /** Whether the text had no end of line. */
  let isUnended = false;
  /** A header of ours, and where it was. */
  let header: { line: string; at: number } | undefined;
  for (const line of linesOf(text)) {
    const plain = bare(line).trim();
    const isBegin = isBeginOf(tool, plain);
    if (isBegin || plain === end(tool)) {
      if (isBegin === inside) throw damaged(tool, path);
      inside = isBegin;
      if (!isBegin) continue;
      header = undefined;
      isUnended ||= plain.endsWith(UNENDED);
    } else if (inside) {
      if (line.startsWith(WAS)) kept.push(line.slice(WAS.length));
      else if (plain.startsWith("[")) header = { line, at: kept.length };
    } else {
      if (plain.startsWith("[")) header = undefined;
      else if (header && !/^(?:[#;]|$)/.test(plain)) {
        kept.splice(header.at, 0, header.line);
        header = undefined;
      }
      // With lines behind it, the end of the line is needed.
      isUnended = false;
      kept.push(line);
    }
  }
  if (inside) throw damaged(tool, path);
  if (isUnended && kept.length > 0) kept.push(bare(kept.pop()!));
  return kept.join("");
}

function isBeginOf(tool: string, line: string): boolean {
  return line === begin(tool) || line === begin(tool) + UNENDED;
}

function damaged(tool: string, path: string): AuthsomeError {
  return new AuthsomeError(
    "OperationNotAllowed",
    `Cannot change "${path}": only a part of the lines of authsome setup ${tool} is there`,
    `Remove what is left between "${begin(tool)}" and "${end(tool)}"`,
    { subject: { file: path } },
  );
}

/** Whether `text` has lines of `tool`. */
export function hasMarked(text: string, tool: string): boolean {
  return linesOf(text).some((line) => isBeginOf(tool, bare(line).trim()));
}
