/** How long what a token endpoint issued can be used, however the answer says it. @module */
import { defined, parseObject } from "../object.ts";
import type { Secret } from "../secret.ts";

/** Longest lifetime that is believed: 10 years in seconds. */
const MAX_LIFETIME = 315_360_000;
/** Numbers from here on are milliseconds: as seconds they would be after the year 5000. */
const MILLISECONDS_FROM = 1e11;

/** What an answer says of its token's end. */
interface Told {
  accessToken: Secret;
  /** Seconds. */
  expiresIn?: number;
  /** Epoch milliseconds. */
  expiresAt?: number;
}

/** Seconds, if they make sense: a positive number or its digits, at most ten years. */
export function readLifetime(value: unknown): number | undefined {
  const seconds = numberOf(value);
  return seconds !== undefined && seconds > 0 && seconds <= MAX_LIFETIME
    ? Math.floor(seconds)
    : undefined;
}

/**
 * A point in time in epoch milliseconds: a number of seconds or milliseconds since 1970, or its digits, or a date as text,
 * which is UTC if it does not say.
 */
function readInstant(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number !== undefined) {
    // A small one is no time but a lifetime, or nothing.
    if (number <= MAX_LIFETIME) return undefined;
    return number < MILLISECONDS_FROM ? number * 1000 : number;
  }
  if (typeof value !== "string" || !/^\S.{7,63}$/.test(value)) return undefined;
  const bare = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(value);
  const time = Date.parse(bare ? `${value.replace(" ", "T")}Z` : value);
  return Number.isNaN(time) ? undefined : time;
}

/** When an answer says, in whatever way but that of the RFC, that its token expires; epoch milliseconds. */
export function readExpiry(
  answer: Readonly<Record<string, unknown>>,
): number | undefined {
  // Some servers write the time itself where the seconds belong.
  for (const name of ["expires_at", "expires_on", "expires_in"]) {
    const time = readInstant(answer[name]);
    if (time !== undefined) return time;
  }
  return undefined;
}

/**
 * When a token that is a JWT expires (RFC 7519 section 4.1.4), in epoch milliseconds. Nothing is decided by it but when the
 * next one is asked for.
 */
export function jwtExpiry(token: Secret): number | undefined {
  const [, payload, signature] = token.reveal().split(".");
  if (!payload || !signature) return undefined;
  try {
    const { exp } = parseObject(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
    ) ?? {};
    return typeof exp === "number" ? readInstant(exp) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * When a token expires that was asked for at `from` (epoch milliseconds), and how long such a token lasts.
 *
 * @param before how long the ones before it lasted, in milliseconds, for an answer that does not say.
 */
export function lifeOf(
  told: Told,
  from: number,
  before?: number,
): { expiresAt?: number; lifetime?: number } {
  const expiresAt = expiryOf(told.expiresIn, from) ??
    [told.expiresAt, jwtExpiry(told.accessToken)].find((time) =>
      // With a clock that is wrong, the point in time means nothing.
      time !== undefined && time > from && time - from <= MAX_LIFETIME * 1000
    );
  if (expiresAt !== undefined) return { expiresAt, lifetime: expiresAt - from };
  return defined({
    expiresAt: before === undefined ? undefined : from + before,
    lifetime: before,
  });
}

/** When a token issued at `from` for so many seconds expires; both times in milliseconds since 1970. */
export function expiryOf(
  seconds: number | undefined,
  from: number,
): number | undefined {
  return seconds === undefined ? undefined : from + seconds * 1000;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d{1,14}(?:\.\d+)?$/.test(value)
    ? Number(value)
    : value;
  return typeof number === "number" && Number.isFinite(number)
    ? number
    : undefined;
}
