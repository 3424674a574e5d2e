// Which answer counts for which request: once, in time, from a phone that is paired.
import { expect } from "expect";
import { test } from "node:test";
import {
  CLOCK_SKEW,
  MAX_PENDING,
  PendingAnswers,
} from "../../../lib/approval/remote/pending_answers.ts";
import {
  MESSAGE_BYTES,
  newPairingKey,
  sealMessage,
} from "../../../lib/approval/remote/remote_seal.ts";
import { canaryRequest, keysOf, sealedAnswer } from "./phone.ts";

async function scene() {
  const clock = { now: Date.now() };
  const phone = { name: "phone", keys: await keysOf() };
  const paired = new Set([phone.name]);
  const pending = new PendingAnswers(
    () => clock.now,
    ({ name }) => Promise.resolve(paired.has(name)),
  );
  const over = new AbortController();
  return { clock, phone, paired, pending, over };
}

test("an answer counts once, for the request that it names", async () => {
  const { phone, pending, over, clock } = await scene();
  const [one, two] = [canaryRequest(), canaryRequest()];
  const first = pending.wait(one, over.signal);
  const second = pending.wait(two, over.signal);
  const said = await sealedAnswer(phone.keys, one, { scope: "10m" });
  const refusal = await sealedAnswer(phone.keys, one, { decision: "deny" });
  expect(await pending.offer(said, [phone])).toBe(true);
  expect(await first).toEqual({
    ...{ decision: "allow", scope: "10m", by: "phone", at: clock.now },
  });
  // Again, and a second answer to the same: nothing waits for it.
  expect(await pending.offer(said, [phone])).toBe(false);
  expect(await pending.offer(refusal, [phone])).toBe(false);
  expect(pending.size).toBe(1);
  over.abort();
  expect(await second).toBe(undefined);
  expect(pending.size).toBe(0);
});

test("two copies that come at once count once", async () => {
  const { phone, pending, over } = await scene();
  const request = canaryRequest();
  const answer = pending.wait(request, over.signal);
  const said = await sealedAnswer(phone.keys, request);
  const results = await Promise.all(
    [said, said, said].map((each) => pending.offer(each, [phone])),
  );
  expect(results.filter((each) => each).length).toBe(1);
  expect((await answer)?.decision).toBe("allow");
});

test("an answer of another id, digest, kind, decision, scope, version or time does not count", async () => {
  const { phone, pending, over, clock } = await scene();
  const request = canaryRequest();
  let answered = false;
  pending.wait(request, over.signal).then(() => answered = true);
  const wrong: Record<string, unknown>[] = [
    { id: "other" },
    { id: request.id.toUpperCase() + "x" },
    { digest: "ab".repeat(31) + "ac" },
    { digest: "" },
    { digest: [request.digest] },
    { kind: "request" },
    { v: 2 },
    { decision: "Allow" },
    { decision: true },
    { scope: "forever" },
    { scope: undefined },
    { at: clock.now + CLOCK_SKEW + 1000 },
    { at: request.at - CLOCK_SKEW - 1000 },
    { at: "now" },
    { at: 1.5 },
  ];
  for (const more of wrong) {
    const said = await sealedAnswer(phone.keys, request, more);
    expect([more, await pending.offer(said, [phone])]).toEqual([more, false]);
  }
  for (const text of ["[]", "null", "1", "{}", "", "x"]) {
    const said = await sealMessage(phone.keys, "answer", text, 64);
    expect(await pending.offer(said, [phone])).toBe(false);
  }
  // A request is no answer, though both sides have the same root key.
  const reflected = await sealMessage(
    phone.keys,
    "request",
    JSON.stringify({ v: 1, kind: "answer", ...request }),
    MESSAGE_BYTES.request,
  );
  expect(await pending.offer(reflected, [phone])).toBe(false);
  expect(await pending.offer("x".repeat(1_000_000), [phone])).toBe(false);
  expect([answered, pending.size]).toEqual([false, 1]);
  over.abort();
});

test("clocks may differ by five minutes, and no answer counts after the end", async () => {
  for (const skew of [-CLOCK_SKEW + 1000, CLOCK_SKEW - 1000]) {
    const { phone, pending, over } = await scene();
    const request = canaryRequest();
    const answer = pending.wait(request, over.signal);
    const said = await sealedAnswer(phone.keys, request, {
      at: request.at + skew,
    });
    expect([skew, await pending.offer(said, [phone])]).toEqual([skew, true]);
    expect((await answer)?.decision).toBe("allow");
  }
  const { phone, pending, over, clock } = await scene();
  const request = canaryRequest();
  pending.wait(request, over.signal);
  const said = await sealedAnswer(phone.keys, request);
  clock.now = request.expires;
  expect(await pending.offer(said, [phone])).toBe(false);
  over.abort();
});

test("a phone that was removed cannot answer any more, nor one that never was there", async () => {
  const { phone, paired, pending, over } = await scene();
  const request = canaryRequest();
  const answer = pending.wait(request, over.signal);
  const stranger = { name: "phone", keys: await keysOf(newPairingKey()) };
  const forged = await sealedAnswer(stranger.keys, request);
  expect(await pending.offer(forged, [phone])).toBe(false);
  paired.clear();
  const said = await sealedAnswer(phone.keys, request);
  expect(await pending.offer(said, [phone])).toBe(false);
  paired.add("phone");
  expect(await pending.offer(said, [stranger, phone])).toBe(true);
  expect((await answer)?.by).toBe("phone");
});

test("so many wait and no more", async () => {
  const { pending, over } = await scene();
  for (let count = 0; count < MAX_PENDING; count++) {
    expect(pending.isFull).toBe(false);
    pending.wait(canaryRequest(), over.signal);
  }
  expect(pending.isFull).toBe(true);
  over.abort();
  expect(pending.size).toBe(0);
});
