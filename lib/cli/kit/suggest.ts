/** "Did you mean": the nearest of a few names, or what other programs call it. @module */
import { editDistance } from "../../text.ts";

const LONGEST = 40;

/** Names of flags, by what users of other programs type; both without dashes. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  "with-token": ["stdin"],
  "password-stdin": ["stdin"],
  "token-stdin": ["stdin"],
  "hostname": ["base-url"],
  "host": ["base-url"],
  "url": ["base-url"],
  "endpoint": ["base-url"],
  "name": ["connection"],
  "account": ["connection"],
  "alias": ["connection"],
  "scope": ["scopes"],
  "headless": ["no-browser"],
  "overwrite": ["force"],
  "replace": ["force"],
  "background": ["detach"],
  "reveal": ["show-secret"],
  "show-token": ["show-secret"],
  "duration": ["timeout"],
  "wait": ["timeout"],
  "limit": ["number"],
  "tail": ["follow"],
};

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

/** Those of the flags `known` that `typed` may stand for, most likely first; all without dashes. */
export function suggestFlags(
  typed: string,
  known: readonly string[],
): string[] {
  const meant = Object.hasOwn(FLAGS, typed) ? FLAGS[typed]! : [];
  return [
    ...new Set([
      ...meant.filter((name) => known.includes(name)),
      ...suggest(typed, known),
    ]),
  ];
}
