/** Columns of text, measured in terminal cells. @module */
import { PLAIN, printable } from "./terminal_text.ts";

/** Styles a cell after it was padded, so that colour does not count as width. */
export type CellStyle = (text: string, row: number, column: number) => string;

const GAP = 2;
/** A column is cut below this many cells only where nothing else helps. */
const NARROWEST = 8;

/**
 * Lines of a table whose first row is the heading. When it is wider than `width`, the widest columns are cut with `…`
 * until it fits.
 */
export function table(
  rows: readonly (readonly string[])[],
  width: number,
  style?: CellStyle,
): string {
  // A list has thousands of cells, nearly always plain: one look at all of them is much less than one at each.
  const plain = PLAIN.test(rows.map((row) => row.join("")).join(""));
  const cells = plain ? rows : rows.map((row) => row.map(printable));
  const widthOf = plain ? (text: string) => text.length : cellWidth;
  const widths = columnWidths(cells, widthOf, width);
  const spaces: string[] = [];
  return cells.map((row, at) => {
    const last = row.findLastIndex((text) => text !== "");
    const parts: string[] = [];
    for (let column = 0; column <= last; column++) {
      const text = cut(row[column]!, widths[column]!, widthOf);
      parts.push(style ? style(text, at, column) : text);
      const free = widths[column]! - widthOf(text) + GAP;
      if (column < last) parts.push(spaces[free] ??= " ".repeat(free));
    }
    return parts.join("");
  }).join("\n");
}

/** The width of each column so that all of them fit into `limit`, if they can. */
function columnWidths(
  rows: readonly (readonly string[])[],
  widthOf: (text: string) => number,
  limit: number,
): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < row.length; column++) {
      const width = widthOf(row[column]!);
      if (!(widths[column]! >= width)) widths[column] = width;
    }
  }
  let excess = widths.reduce((sum, one) => sum + one + GAP, -GAP) - limit;
  for (const least of [NARROWEST, 1]) {
    while (excess > 0) {
      const widest = widths.indexOf(Math.max(...widths));
      if (widths[widest]! <= least) break;
      widths[widest]!--;
      excess--;
    }
  }
  return widths;
}

/** A line of {@linkcode keyValueLines}; `whole`: the value must come out as it is. */
type KeyValue = readonly [key: string, value: string, whole?: boolean];

/**
 * `key  value` lines with the values aligned. A value that is wider than what is left of `width` goes on below itself, and
 * a word that is wider is cut.
 */
export function keyValueLines(
  entries: readonly KeyValue[],
  width = Infinity,
): string {
  const indent = Math.max(...entries.map(([key]) => key.length)) + GAP;
  const room = Math.max(width - indent, NARROWEST);
  return entries.flatMap(([key, value, whole]) =>
    (whole ? [printable(value)] : wrap(printable(value), room))
      .map((line, at) =>
        (at === 0 ? key : "").padEnd(indent) +
        (whole ? line : cutTo(line, room))
      )
  ).map((line) => line.trimEnd()).join("\n");
}

/** `text` in at most `width` cells; what is left out is marked with `…`. */
export function cutTo(text: string, width: number): string {
  return cut(text, width, cellWidth);
}

/** `text` in lines of at most `width` cells, broken at spaces; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  if (cellWidth(text) <= width) return [text];
  const lines: string[] = [];
  let room = 0;
  for (const word of text.split(" ")) {
    const wide = cellWidth(word);
    if (lines.length > 0 && wide < room) {
      lines[lines.length - 1] += ` ${word}`;
      room -= wide + 1;
    } else {
      lines.push(word);
      room = width - wide;
    }
  }
  return lines;
}

/** Drawn over what stands before: combining marks, and the vowels and final consonants of a Hangul syllable. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\u1160-\u11ff]$/u;
/** Two cells by UAX #11, besides what is an emoji by itself. */
const WIDE =
  /^[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]$/u;
const EMOJI = /^\p{Emoji_Presentation}$/u;
/** Half of a flag. */
const REGIONAL = /^[\u{1f1e6}-\u{1f1ff}]$/u;
/** Makes an emoji of the character before. */
const EMOJI_STYLE = "\ufe0f";

let segmenter: Intl.Segmenter | undefined;

/** The characters of `text` as a person counts them: a letter with its marks is one. */
function* graphemes(text: string): Iterable<string> {
  if (PLAIN.test(text)) return yield* text;
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Cells that `text` takes: two for wide characters (CJK, emoji), none for combining marks. */
export function cellWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  let last = 0;
  for (const character of text) {
    // Terminals differ; room for the wider one leaves nothing cut.
    if (character === EMOJI_STYLE && last === 1) width++;
    last = widthOf(character);
    width += last;
  }
  return width;
}

function widthOf(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  if (REGIONAL.test(character)) return 1;
  return WIDE.test(character) || EMOJI.test(character) ? 2 : 1;
}

function cut(
  text: string,
  width: number,
  widthOf: (text: string) => number,
): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of graphemes(text)) {
    const next = cellWidth(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return kept + "…";
}
