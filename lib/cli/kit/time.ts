/** Times as people and programs read them. @module */

/** RFC 3339 in UTC with whole seconds, from epoch milliseconds. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, "Z");
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], [
  "s",
  1000,
]] as const;

/** `in 3 h`, `2 d ago`, `now`: the one largest unit. */
export function relativeTime(then: number, now: number): string {
  const distance = Math.abs(then - now);
  for (const [unit, size] of UNITS) {
    if (distance >= size) {
      const text = `${Math.floor(distance / size)} ${unit}`;
      return then > now ? `in ${text}` : `${text} ago`;
    }
  }
  return "now";
}
