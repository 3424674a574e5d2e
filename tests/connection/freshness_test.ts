import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../lib/connection/connection.ts";
import {
  hasExpired,
  needsRefresh,
} from "../../lib/connection/refresh/freshness.ts";
import { Secret } from "../../lib/secret.ts";

const MINUTE = 60_000;
/** Half an hour before the clocks of Europe go forward. */
const NOW = Date.parse("2026-03-29T00:30:00Z");

/** A connection whose token was issued now and lives for `minutes`; `undefined`: for an unknown time. */
function connection(minutes: number | undefined): Connection {
  return {
    provider: "acme",
    name: "default",
    revision: 1,
    state: "connected",
    createdAt: NOW,
    updatedAt: NOW,
    credential: {
      type: "oauth2",
      accessToken: new Secret("at"),
      ...(minutes === undefined ? {} : { expiresAt: NOW + minutes * MINUTE }),
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
  };
}

test("a token is due 5 minutes before its end, or in the last quarter of a short life", () => {
  const cases: [life: number | undefined, age: number, due: boolean][] = [
    [60, 54, false],
    [60, 55, true],
    [60, 61, true],
    [10, 7, false],
    [10, 7.5, true],
    [undefined, 1e6, false],
    [0, 0, true],
  ];
  for (const [life, age, due] of cases) {
    expect([life, age, needsRefresh(connection(life), NOW + age * MINUTE)])
      .toEqual([life, age, due]);
  }
});

test("of a life of seconds, which servers cut to whole ones, half is left unused, or 2 seconds", () => {
  const seconds = 1 / 60;
  const cases: [life: number, age: number, due: boolean][] = [
    [4, 1.9, false],
    [4, 2, true],
    [2, 0.9, false],
    [2, 1, true],
    [6, 3.9, false],
    [6, 4, true],
    [8, 5.9, false],
    [8, 6, true],
  ];
  for (const [life, age, due] of cases) {
    const short = connection(life * seconds);
    expect([life, age, needsRefresh(short, NOW + age * 1000)])
      .toEqual([life, age, due]);
  }
});

test("a clock that is 10 minutes off, was asleep, or changed its zone, moves the refresh and breaks nothing", () => {
  const hour = connection(60);
  // 10 minutes fast: refreshed earlier, and the server gives a new token; 10 minutes slow: a 401 tells us.
  expect(needsRefresh(hour, NOW + 46 * MINUTE + 10 * MINUTE)).toBe(true);
  expect(needsRefresh(hour, NOW - 10 * MINUTE)).toBe(false);
  expect(hasExpired(hour, NOW - 10 * MINUTE)).toBe(false);
  // Asleep for a week.
  expect(hasExpired(hour, NOW + 7 * 24 * 60 * MINUTE)).toBe(true);
  // An hour of the wall clock is skipped, and none of the epoch's.
  expect(needsRefresh(hour, NOW + 50 * MINUTE)).toBe(false);
  // Stored under a clock a year ahead that was then set right.
  const ahead = { ...hour, updatedAt: NOW + 365 * 24 * 60 * MINUTE };
  expect(needsRefresh(ahead, NOW + 50 * MINUTE)).toBe(false);
  expect(hasExpired(ahead, NOW + 60 * MINUTE)).toBe(true);
});
