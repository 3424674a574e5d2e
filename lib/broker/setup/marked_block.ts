/** Lines of authsome's in a file of somebody else's, between two marks. Pure. @module */
import { AuthsomeError } from "../../errors.ts";

/** Says in the first mark that the line before had no end, so that taking the lines out gives back every byte. */
const UNENDED = " (the line above had no end)";

/** Lines of a tool in a file whose comments begin with `#`. */
export interface MarkedBlock {
  /** Name of the tool. */
  tool: string;
  /** For the error. */
  path: string;
}

/**
 * The text with the lines at its end, in place of those that it had.
 *
 * @param lines without an end of line behind the last.
 * @throws {AuthsomeError} `OperationNotAllowed` if only a part of earlier lines is there.
 */
export function withBlock(
  text: string,
  block: MarkedBlock,
  lines: string,
): string {
  const rest = withoutBlock(text, block);
  const [begin, end] = marks(block);
  const eol = rest.includes("\r\n") ? "\r\n" : "\n";
  const isEnded = rest === "" || rest.endsWith("\n");
  const all = [
    isEnded ? begin : `${begin}${UNENDED}`,
    ...lines.split("\n"),
    end,
  ];
  return rest + (isEnded ? "" : eol) + all.join(eol) + eol;
}

/**
 * The text without the lines, byte for byte what it was.
 *
 * @throws {AuthsomeError} as {@linkcode withBlock}.
 */
export function withoutBlock(text: string, block: MarkedBlock): string {
  const [begin, end] = marks(block);
  const lines = text.split(/(?<=\n)/);
  const bare = lines.map((line) => line.replace(/\r?\n$/, ""));
  const isBegin = (line: string) => line === begin || line === begin + UNENDED;
  const [first, last] = [bare.findIndex(isBegin), bare.indexOf(end)];
  if (first < 0 && last < 0) return text;
  if (
    first < 0 || last < first || bare.filter(isBegin).length !== 1 ||
    bare.lastIndexOf(end) !== last
  ) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot change "${block.path}": the lines of authsome setup in it are not whole`,
      `Remove what is left of them by hand: "${begin}" and "${end}"`,
      { subject: { file: block.path } },
    );
  }
  const before = lines.slice(0, first).join("");
  const behind = lines.slice(last + 1).join("");
  // With lines behind it, the end of the line is needed.
  return bare[first] !== begin && behind === ""
    ? before.replace(/\r?\n$/, "")
    : before + behind;
}

function marks({ tool }: MarkedBlock): [begin: string, end: string] {
  return [
    `# >>> authsome setup ${tool} >>>`,
    `# <<< authsome setup ${tool} <<<`,
  ];
}
