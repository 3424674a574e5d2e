/** Shortens what a witness remembers. @module */

/** Lines of one record that are kept: an older value than that is known by its revision alone. */
const KEPT = 4;

/** The last lines of each record in `text`, in their order. */
export function lastLines(text: string): string {
  const counts = new Map<string, number>();
  const kept: string[] = [];
  for (const line of text.split("\n").reverse()) {
    const id = line.slice(0, Math.max(0, line.indexOf(" ")));
    if (id === "") continue;
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    if (count <= KEPT) kept.push(line);
  }
  return kept.reverse().map((line) => `${line}\n`).join("");
}
