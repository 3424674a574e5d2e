import { expect } from "expect";
import { test } from "node:test";
import { recentVersion } from "../../lib/connection/recent_version.ts";

test("recentVersion() reads once per millisecond, and again when the clock has moved either way", () => {
  let now = 1_000;
  let reads = 0;
  const version = recentVersion(() => ++reads, { now: () => now });
  expect([version(), version(), version()]).toEqual([1, 1, 1]);
  now++;
  expect([version(), version()]).toEqual([2, 2]);
  now -= 5_000;
  expect(version()).toBe(3);
});
