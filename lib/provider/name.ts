/** Names of providers. @module */

/** The rule for names; since a name is also a file's name, nothing that could leave the folder passes. */
export const PROVIDER_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Whether `name` may name a provider. */
export function isProviderName(name: string): boolean {
  return PROVIDER_NAME.test(name);
}

/** The candidate that `name` was probably meant to be, or `undefined` if none is near. */
export function nearest(
  name: string,
  candidates: readonly string[],
): string | undefined {
  const wanted = name.toLowerCase().replaceAll("_", "-").slice(0, 64);
  let best: string | undefined;
  let limit = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.replaceAll("_", "-"));
    if (distance < limit) {
      best = candidate;
      limit = distance;
    }
  }
  return best ??
    candidates.find((candidate) =>
      wanted.length >= 3 && candidate.startsWith(wanted)
    );
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
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
