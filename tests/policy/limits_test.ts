// Limits of rules: what they count, and the next request after one.
import { expect } from "expect";
import { test } from "node:test";
import type { Passage } from "../../lib/request/control/control.ts";
import type { Refusal } from "../../lib/request/refusal.ts";
import type { Limits, Rule } from "../../lib/policy/rule.ts";
import { type Asked, controlBy, requestOf, settled } from "./support.ts";

const limitRule = (limit: Limits, more: Partial<Rule> = {}): Rule => ({
  id: "l",
  effect: "limit",
  limit,
  ...more,
});

/** A control with a clock that is set. */
async function limited(rules: Rule[]) {
  const time = { now: 1_000 };
  const control = await controlBy({ rules }, { steady: () => time.now });
  const ask = async (asked: Asked = {}) => await settled(control, asked);
  return { ask, time, control };
}

function refusalOf(ruling: Awaited<ReturnType<typeof settled>>): Refusal {
  if (ruling.kind !== "refuse") throw new Error("it was allowed");
  return ruling.refusal;
}

test("per_minute is of any 60 seconds, and says when to try again", async () => {
  const { ask, time } = await limited([limitRule({ per_minute: 2 })]);
  expect((await ask()).kind).toBe("allow");
  time.now += 30_000;
  expect((await ask()).kind).toBe("allow");
  const { status, reason, rule, retryAfter, message } = refusalOf(await ask());
  expect({ status, reason, rule, retryAfter }).toEqual({
    status: 429,
    reason: "limit",
    rule: "l",
    retryAfter: 30,
  });
  expect(message).toContain("2 requests in 60 seconds");
  time.now += 30_000;
  expect((await ask()).kind).toBe("allow");
  expect((await ask()).kind).toBe("refuse");
});

test("of fifty at once as many pass as may", async () => {
  const { control } = await limited([limitRule({ per_minute: 7 })]);
  const rulings = await Promise.all(
    Array.from({ length: 50 }, () => control.request(requestOf({}))),
  );
  expect(rulings.filter(({ kind }) => kind === "allow").length).toBe(7);
});

test("a clock that jumps back or ahead does not keep a limit for good", async () => {
  const { ask, time } = await limited([limitRule({ per_minute: 1 })]);
  time.now = 10_000_000;
  expect((await ask()).kind).toBe("allow");
  time.now = 1_000;
  expect((await ask()).kind).toBe("allow");
  expect((await ask()).kind).toBe("refuse");
  time.now = 20_000_000;
  expect((await ask()).kind).toBe("allow");
});

test("per_run holds until the run ends", async () => {
  const { ask, time } = await limited([limitRule({ per_run: 1 })]);
  expect((await ask()).kind).toBe("allow");
  time.now += 100_000_000;
  const { status, retryAfter } = refusalOf(await ask());
  expect([status, retryAfter]).toEqual([403, undefined]);
});

test("a limit of nothing lets nothing through", async () => {
  for (const limit of [{ per_minute: 0 }, { per_run: 0 }, { usd: 0 }]) {
    const { ask } = await limited([limitRule(limit)]);
    expect(refusalOf(await ask()).retryAfter).toBe(undefined);
  }
});

function passageOf(ruling: Awaited<ReturnType<typeof settled>>): Passage {
  if (ruling.kind !== "allow" || !ruling.passage) throw new Error("no passage");
  return ruling.passage;
}

test("bytes_up counts what is sent, and what requests in flight said they send", async () => {
  const { ask } = await limited([limitRule({ bytes_up: 10 })]);
  const first = passageOf(await ask({ method: "POST", body: "12345678" }));
  const { message } = refusalOf(await ask({ method: "POST", body: "123" }));
  expect(message).toContain("of 10 bytes up in this run 8 are used");
  first.sent!(2);
  // Broken off: what was not sent is given back.
  first.end!();
  first.end!();
  const second = passageOf(await ask({ method: "POST", body: "1234567" }));
  second.sent!(4);
  second.sent!(3);
  second.end!();
  expect((await ask({ method: "POST", body: "12" })).kind).toBe("refuse");
  expect((await ask()).kind).toBe("allow");
  expect((await ask({ method: "POST", body: "1" })).kind).toBe("allow");
  expect((await ask()).kind).toBe("refuse");
});

test("usd counts what answers say they cost", async () => {
  let spend: ((usd: number) => void) | undefined;
  const control = await controlBy({ rules: [limitRule({ usd: 0.5 })] }, {
    spend: (_request, add) => {
      spend = add;
      return { body: () => {} };
    },
  });
  expect((await settled(control)).kind).toBe("allow");
  spend!(0.3);
  expect((await settled(control)).kind).toBe("allow");
  spend!(0.3);
  const { message, rule } = refusalOf(await settled(control));
  expect([rule, message]).toEqual([
    "l",
    'The limit "l" is reached: US$ 0.5 in this run (US$ 0.6000 are spent)',
  ]);
});

test("each rule counts by itself, and a request that is refused by none", async () => {
  const { ask } = await limited([
    limitRule({ per_run: 3 }),
    { ...limitRule({ per_run: 1 }, { method: "POST" }), id: "m" },
  ]);
  expect((await ask({ method: "POST", body: "" })).kind).toBe("allow");
  expect(refusalOf(await ask({ method: "POST", body: "" })).rule).toBe("m");
  expect((await ask()).kind).toBe("allow");
  expect((await ask()).kind).toBe("allow");
  expect(refusalOf(await ask()).rule).toBe("l");
});

test("a limit that is not reached allows nothing", async () => {
  const ruling = await settled(
    await controlBy({ default: "deny", rules: [limitRule({ per_run: 9 })] }),
  );
  expect(refusalOf(ruling).rule).toBe("default");
});
