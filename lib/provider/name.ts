/** Names of providers. @module */
import { editDistance } from "../text.ts";

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
