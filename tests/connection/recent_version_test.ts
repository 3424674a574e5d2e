import { expect } from "expect";
import { test } from "node:test";
import { recentVersion } from "../../lib/connection/recent_version.ts";

test("recentVersion() asks once per millisecond, and again when the clock has moved either way", async () => {
  let now = 1_000;
  let asked = 0;
  const version = recentVersion(() => Promise.resolve(++asked), {
    now: () => now,
  });
  expect(await Promise.all([version(), version(), version()]))
    .toEqual([1, 1, 1]);
  now++;
  expect([await version(), await version()]).toEqual([2, 2]);
  now -= 5_000;
  expect(await version()).toBe(3);
});

test("recentVersion() keeps no failure", async () => {
  let failing = true;
  const version = recentVersion(
    () => failing ? Promise.reject(new Error("gone")) : Promise.resolve(7),
    { now: () => 1_000 },
  );
  await expect(version()).rejects.toThrow("gone");
  failing = false;
  expect(await version()).toBe(7);
});
