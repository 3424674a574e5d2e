// How long a token lasts, in the ways that servers say it.
import { expect } from "expect";
import { test } from "node:test";
import { jwtExpiry, lifeOf, readExpiry } from "../../lib/oauth/lifetime.ts";
import { Secret } from "../../lib/secret.ts";

const NOW = Date.UTC(2027, 0, 1);
const HOUR = 3_600_000;
const SECONDS = (NOW + HOUR) / 1000;
const opaque = { accessToken: new Secret("opaque") };

for (
  const [what, answer] of [
    ["seconds since 1970", { expires_at: SECONDS }],
    ["their digits", { expires_at: `${SECONDS}` }],
    ["milliseconds", { expires_at: NOW + HOUR }],
    ["a date", { expires_at: "2027-01-01T01:00:00Z" }],
    ["a date with an offset", { expires_at: "2027-01-01T02:00:00+01:00" }],
    ["a date that names no zone", { expires_at: "2027-01-01T01:00:00" }],
    ["a date as databases write it", { expires_at: "2027-01-01 01:00:00.000" }],
    ["a date of HTTP", { expires_at: "Fri, 01 Jan 2027 01:00:00 GMT" }],
    ["expires_on", { expires_on: `${SECONDS}` }],
    ["the time where the seconds belong", { expires_in: SECONDS }],
    ["nonsense beside it", { expires_at: null, expires_on: SECONDS }],
  ] as [string, Record<string, unknown>][]
) {
  test(`a point in time is read: ${what}`, () => {
    expect(readExpiry(answer)).toBe(NOW + HOUR);
  });
}

for (
  const value of [undefined, null, "", 0, -1, 3600, "soon", "12", {}, [], true]
) {
  test(`no point in time: ${JSON.stringify(value)}`, () => {
    expect(readExpiry({ expires_at: value })).toBeUndefined();
  });
}

function jwt(claims: unknown): Secret {
  const part = (value: unknown) =>
    btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_")
      .replace(/=+$/, "");
  return new Secret(`${part({ alg: "none" })}.${part(claims)}.sig`);
}

test("the exp of a JWT is read, and of nothing that only looks like one", () => {
  expect(jwtExpiry(jwt({ exp: SECONDS, name: "ü?>~" }))).toBe(NOW + HOUR);
  for (const claims of [{}, { exp: "soon" }, { exp: -1 }, [1], "x", null]) {
    expect(jwtExpiry(jwt(claims))).toBeUndefined();
  }
  for (const text of ["a", "a.b", "a.b.c", "xoxb.1.2", "..", "a.%%%.c"]) {
    expect(jwtExpiry(new Secret(text))).toBeUndefined();
  }
});

test("what the answer says first counts: its seconds, its time, the token's own, what answers before said", () => {
  const token = { accessToken: jwt({ exp: (NOW + 3 * HOUR) / 1000 }) };
  const life = (hours: number) => ({
    expiresAt: NOW + hours * HOUR,
    lifetime: hours * HOUR,
  });
  const told = { ...token, expiresIn: 3600, expiresAt: NOW + 2 * HOUR };
  expect(lifeOf(told, NOW, 4 * HOUR)).toEqual(life(1));
  const { expiresIn: _, ...later } = told;
  expect(lifeOf(later, NOW, 4 * HOUR)).toEqual(life(2));
  expect(lifeOf(token, NOW, 4 * HOUR)).toEqual(life(3));
  expect(lifeOf(opaque, NOW, 4 * HOUR)).toEqual(life(4));
  expect(lifeOf(opaque, NOW)).toEqual({});
});

test("a time that has passed or is 10 years away says that a clock is wrong", () => {
  for (const expiresAt of [NOW - 1, NOW, NOW + 4000 * 24 * HOUR]) {
    expect(lifeOf({ ...opaque, expiresAt }, NOW, HOUR)).toEqual({
      expiresAt: NOW + HOUR,
      lifetime: HOUR,
    });
  }
});
