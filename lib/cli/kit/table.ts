/** Columns of text, measured in terminal cells. @module */
import { PLAIN, printable } from "./terminal_text.ts";

/** Styles a cell after it was padded, so that colour does not count as width. */
export type CellStyle = (text: string, row: number, column: number) => string;

const GAP = 2;
/** A column is never cut below this many cells. */
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
  while (excess-- > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) break;
    widths[widest]!--;
  }
  return widths;
}

/** `key  value` lines with the values aligned. */
export function keyValueLines(
  entries: readonly (readonly [key: string, value: string])[],
): string {
  const width = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, value]) =>
    `${key.padEnd(width)}  ${printable(value)}`.trimEnd()
  ).join("\n");
}

/** Cells that `text` takes: two for wide (CJK, emoji), none for combining marks. */
export function cellWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    const code = character.codePointAt(0)!;
    width += code < 0x1100 ? 1 : isWide(code) ? 2 : 1;
  }
  return width;
}

function isWide(code: number): boolean {
  return code <= 0x115f || (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
}

function cut(
  text: string,
  width: number,
  widthOf: (text: string) => number,
): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const next = cellWidth(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return kept + "…";
}
