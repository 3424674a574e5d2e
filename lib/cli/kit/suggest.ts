/** "Did you mean": the nearest of a few names. @module */
import { editDistance } from "../../text.ts";

const LONGEST = 40;

/** Up to three of `names` that are a few keystrokes from `input`, nearest first. */
export function suggest(input: string, names: readonly string[]): string[] {
  if (input.length > LONGEST) return [];
  const allowed = Math.max(1, Math.floor(input.length / 3));
  return names
    .map((name) => ({ name, distance: editDistance(input, name) }))
    .filter((candidate) =>
      candidate.distance <= allowed ||
      (input.length >= 3 && candidate.name.startsWith(input))
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((candidate) => candidate.name);
}
