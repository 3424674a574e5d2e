/** Columns of text, measured in terminal cells. @module */
import { PLAIN, printable } from "./text.ts";

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
  style: CellStyle = (text) => text,
): string {
  const cells = rows.map((row) => row.map(measured));
  const widths: number[] = [];
  for (const row of cells) {
    row.forEach((cell, column) => {
      if (!(widths[column]! >= cell.width)) widths[column] = cell.width;
    });
  }
  let excess = widths.reduce((sum, one) => sum + one + GAP, -GAP) - width;
  while (excess-- > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) break;
    widths[widest]!--;
  }
  const spaces: string[] = [];
  return cells.map((row, at) => {
    const last = row.findLastIndex(({ width }) => width > 0);
    const parts: string[] = [];
    for (let column = 0; column <= last; column++) {
      const room = widths[column]!;
      const cell = row[column]!.width > room
        ? measured(cut(row[column]!.text, room))
        : row[column]!;
      parts.push(style(cell.text, at, column));
      const free = room - cell.width + GAP;
      if (column < last) parts.push(spaces[free] ??= " ".repeat(free));
    }
    return parts.join("");
  }).join("\n");
}

/** `text` made printable, and the cells that it takes. */
function measured(text: string): { text: string; width: number } {
  // A list has thousands, nearly all of them plain.
  if (PLAIN.test(text)) return { text, width: text.length };
  const shown = printable(text);
  return { text: shown, width: cellWidth(shown) };
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

/** `text`, which is wider, cut to at most `width` cells. */
function cut(text: string, width: number): string {
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
