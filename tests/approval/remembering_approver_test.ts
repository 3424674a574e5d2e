// Answers for longer than one request: what they are for, and until when.
import { expect } from "expect";
import { test } from "node:test";
import {
  RememberingApprover,
  TEN_MINUTES_MS,
} from "../../lib/approval/remembering_approver.ts";
import { allowRuleOf } from "../../lib/broker/approval/keep_allow_rule.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  ApprovalScope,
} from "../../lib/policy/approver.ts";
import { requestAt } from "./scene.ts";

/** A fake of a person who answers each question when the test says so. */
function scene() {
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  const asked: {
    request: ApprovalRequest;
    signal: AbortSignal;
    say(decision: "allow" | "deny", scope?: ApprovalScope): void;
  }[] = [];
  const approver = new RememberingApprover({
    ask(request, signal) {
      const { promise, resolve } = Promise.withResolvers<ApprovalAnswer>();
      asked.push({
        ...{ request, signal: signal! },
        say: (decision, scope = "once") =>
          resolve({ decision, scope, by: "page", at: clock.now() }),
      });
      return promise;
    },
  }, clock);
  const ask = (more: Partial<ApprovalRequest> = {}) =>
    approver.ask(requestAt(clock.now(), more));
  return { clock, asked, ask, approver };
}

test("an answer for once is asked again, one for longer is not", async () => {
  const { asked, ask, clock } = scene();
  const first = ask();
  asked[0]!.say("allow");
  expect((await first)!.scope).toBe("once");
  const second = ask();
  asked[1]!.say("allow", "10m");
  await second;
  expect((await ask({ digest: "another body" }))!.decision).toBe("allow");
  expect(asked.length).toBe(2);
  clock.time += TEN_MINUTES_MS - 1;
  await ask();
  clock.time += 1;
  const third = ask();
  expect(asked.length).toBe(3);
  asked[2]!.say("deny", "run");
  await third;
  clock.time += 100 * TEN_MINUTES_MS;
  expect((await ask())!.decision).toBe("deny");
  expect(asked.length).toBe(3);
});

test("an answer for longer is for its subject, whatever is shown of the request", async () => {
  const { asked, ask } = scene();
  const first = ask();
  asked[0]!.say("allow", "run");
  await first;
  const other = ask({ subject: "ef".repeat(32) });
  expect(asked.length).toBe(2);
  asked[1]!.say("deny");
  expect((await other)!.decision).toBe("deny");
});

test("what waits for the same answer gets it, and is asked no longer", async () => {
  const { asked, ask } = scene();
  const asking = [
    ask(),
    ask({ digest: "x" }),
    ask({ subject: "ef".repeat(32) }),
  ];
  expect(asked.length).toBe(3);
  asked[0]!.say("allow", "10m");
  const answers = await Promise.all(asking.slice(0, 2));
  expect(answers.map((answer) => answer!.decision)).toEqual(["allow", "allow"]);
  expect(asked.map(({ signal }) => signal.aborted))
    .toEqual([true, true, false]);
  asked[2]!.say("deny");
  expect((await asking[2])!.decision).toBe("deny");
});

test("who leaves is asked about no longer", () => {
  const { asked, approver, clock } = scene();
  const leaving = new AbortController();
  approver.ask(requestAt(clock.now()), leaving.signal);
  leaving.abort();
  expect(asked[0]!.signal.aborted).toBe(true);
});

test("a rule for good is the narrowest, or there is none", () => {
  const request = requestAt(0, {
    id: "-Ab_",
    path: "/repos/kay/a/issues?title&body",
    operations: [{ name: "POST" }],
  });
  expect(allowRuleOf(request)).toEqual({
    ...{ id: "allow-0Ab_", effect: "allow", answers: "ask-writes" },
    ...{ provider: "github", connection: "default", method: "POST" },
    ...{ host: "api.github.com", path: "/repos/kay/a/issues" },
  });
  const named = ["mutation createIssue", "mutation addComment"]
    .map((name) => ({ name, reads: false }));
  expect(allowRuleOf({ ...request, operations: named }).operation)
    .toEqual(["mutation createIssue", "mutation addComment"]);
  for (
    const path of ["/a/*", "/a/[redacted]", "/a…", "*", "/a\\b", "/a b", ""]
  ) {
    expect(() => allowRuleOf({ ...request, path })).toThrow(/No rule/);
  }
  const { provider: _, ...without } = request;
  expect(() => allowRuleOf(without)).toThrow(/No rule/);
});
