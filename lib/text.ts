/** Texts: those for people, and searches in many. @module */

/** `text` if it has at most `limit` characters, else its beginning and `…`. */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // By character, so that no half of one is left.
  const characters = [...text.slice(0, limit * 2 + 2)];
  return characters.length > limit
    ? characters.slice(0, limit - 1).join("") + "…"
    : text;
}

/** `text` in quotes and escaped as in JSON, at most `limit` characters of it. */
export function quoted(text: string, limit = 60): string {
  return JSON.stringify(truncate(text, limit));
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min(
        previous[j]! + 1,
        row[j - 1]! + 1,
        previous[j - 1]! + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, before[j - 2]! + 1);
      }
      row.push(value);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** `count` and the noun in its number: "1 entry", "2 entries". */
export function counted(
  count: number,
  one: string,
  several: string = `${one}s`,
): string {
  return `${count} ${count === 1 ? one : several}`;
}

/** Where the texts that start with `prefix` begin and end, among texts in the order of their code units. */
export function rangeOf(
  sorted: readonly string[],
  prefix: string,
): [start: number, end: number] {
  const start = firstOf(sorted, 0, (text) => text >= prefix);
  const end = firstOf(sorted, start, (text) => !text.startsWith(prefix));
  return [start, end];
}

/** The first place from `from` on where `is` holds; it holds for all behind it too. */
function firstOf(
  sorted: readonly string[],
  from: number,
  is: (text: string) => boolean,
): number {
  let end = sorted.length;
  while (from < end) {
    const middle = (from + end) >> 1;
    if (is(sorted[middle]!)) end = middle;
    else from = middle + 1;
  }
  return from;
}
