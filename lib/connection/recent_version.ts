/** How a busy proxy asks whether the vault has changed. @module */
import type { Clock } from "../ports/system.ts";

/**
 * `version`, read at most once per millisecond of `clock`: reading it took a sixth of a proxied request's time. What
 * another process wrote is therefore seen a millisecond later at most.
 */
export function recentVersion(
  version: () => number,
  clock: Clock,
): () => number {
  let readAt = NaN;
  let value = NaN;
  return () => {
    const now = clock.now();
    if (now !== readAt) {
      value = version();
      readAt = now;
    }
    return value;
  };
}
