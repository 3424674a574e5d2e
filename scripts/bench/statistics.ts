/** Medians and spread of a few repetitions. @module */

/** The median; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `median (lowest–highest)`, each through `print`. */
export function spread(
  values: readonly number[],
  print: (value: number) => string,
): string {
  if (values.length === 0) return "–";
  const low = print(Math.min(...values));
  const high = print(Math.max(...values));
  return `${print(median(values))} (${low}–${high})`;
}

/** Value by value: `combine(a[0], b[0])`, … for repetitions that ran next to each other. */
export function paired(
  a: readonly number[],
  b: readonly number[],
  combine: (a: number, b: number) => number,
): number[] {
  return a.slice(0, b.length).map((value, index) => combine(value, b[index]!));
}

/** Decimals that fit the size: `14145`, `3.41`, `0.23`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toFixed(
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2,
  );
}

/** A table in Markdown, its columns aligned. */
export function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  const line = (row: string[]) =>
    `| ${
      row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")
    } |`;
  return [
    line(rows[0]!),
    line(widths.map((width) => "-".repeat(width))),
    ...rows.slice(1).map(line),
  ].join("\n");
}
