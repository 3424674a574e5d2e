/** How long a server asks to be left in peace (RFC 9110 §10.2.3). @module */

/**
 * The seconds in `Retry-After`, as a number or as a date; the longest where a gateway and the server behind it both wrote
 * one. `undefined` if there is none, or none that is still to come.
 *
 * A date is compared with the server's own `Date`, so that a clock that is wrong here does not matter.
 *
 * @param now epoch milliseconds, for an answer without a date.
 */
export function retryAfter(
  headers: Headers,
  now: number = Date.now(),
): number | undefined {
  const value = headers.get("retry-after") ?? "";
  const sent = Date.parse(headers.get("date") ?? "");
  const from = Number.isNaN(sent) ? now : sent;
  const waits = [...value.matchAll(PARTS)].map(([part]) =>
    /^\d/.test(part) && !/[a-z]/i.test(part)
      ? Math.ceil(Number(part))
      : Math.ceil((Date.parse(utc(part)) - from) / 1000)
  ).filter((seconds) => seconds > 0);
  return waits.length > 0 ? Math.max(...waits) : undefined;
}

/** A date, which may have a comma behind its day, or a number. */
const PARTS =
  /[a-z]{3,9},?\s[^,]+|(?<![-.\d])\d+(?:\.\d+)?(?=\s*(?:,|$))|\d{4}-[^,\s]+/gi;

/** All dates of HTTP are UTC; the form of asctime does not say so. */
function utc(date: string): string {
  return /gmt|utc|z$|[+-]\d\d:?\d\d$/i.test(date.trim())
    ? date.trim()
    : `${date.trim()} GMT`;
}
