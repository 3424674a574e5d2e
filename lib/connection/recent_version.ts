/** How a busy proxy asks whether the vault has changed. @module */
import type { Clock } from "../ports/system.ts";

/**
 * `version`, asked at most once per millisecond of `clock`: asking took a sixth of a proxied request's time. What another
 * process wrote is therefore seen a millisecond later at most. A failure is not kept.
 */
export function recentVersion(
  version: () => Promise<number>,
  clock: Clock,
): () => Promise<number> {
  let askedAt = NaN;
  let answer: Promise<number>;
  return () => {
    const now = clock.now();
    if (now !== askedAt) {
      askedAt = now;
      answer = version();
      answer.catch(() => askedAt = NaN);
    }
    return answer;
  };
}
