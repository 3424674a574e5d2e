import { expect } from "expect";
import { test } from "node:test";
import { lock } from "../../../lib/host/home/lock.ts";
import { withHome } from "../../support/home.ts";

test("lock() waits on when the clock of the day jumps", () =>
  withHome(async (home) => {
    const path = `${home}/x.lock`;
    const held = await lock(path, 60_000);
    const now = Date.now;
    try {
      const waiting = lock(path, 60_000);
      Date.now = () => now() + 10 * 365 * 86_400_000;
      // Long enough for some tries.
      await new Promise((resolve) => setTimeout(resolve, 100));
      held.release();
      (await waiting).release();
    } finally {
      Date.now = now;
    }
    expect(Deno.statSync(path).isFile).toBe(true);
  }));
