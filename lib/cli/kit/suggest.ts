/** "Did you mean": the nearest of a few names. @module */

const LONGEST = 40;

/** Up to three of `names` that are a few keystrokes from `input`, nearest first. */
export function suggest(input: string, names: readonly string[]): string[] {
  if (input.length > LONGEST) return [];
  const allowed = Math.max(1, Math.floor(input.length / 3));
  return names
    .map((name) => ({ name, distance: distance(input, name) }))
    .filter((candidate) =>
      candidate.distance <= allowed ||
      (input.length >= 3 && candidate.name.startsWith(input))
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/** Edits (insert, delete, replace, swap neighbours) from `a` to `b`. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      current[j] = Math.min(
        previous[j]! + 1,
        current[j - 1]! + 1,
        previous[j - 1]! + cost,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        current[j] = Math.min(current[j]!, before[j - 2]! + 1);
      }
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
