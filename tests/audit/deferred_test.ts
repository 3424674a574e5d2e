import { expect } from "expect";
import { test } from "node:test";
import { DeferredAudit } from "../../lib/audit/deferred.ts";
import type { AuditEvent } from "../../lib/audit/event.ts";

const event = (detail: string): AuditEvent => ({
  event: "get",
  profile: "default",
  ok: true,
  detail,
});

test("the sink is loaded by the first event, and gets all of them in order before flush() ends", async () => {
  let loads = 0;
  const got: string[] = [];
  const audit = new DeferredAudit(async () => {
    loads++;
    await Promise.resolve();
    return {
      record: ({ detail }) => void got.push(detail!),
      flush: () => (got.push("flushed"), Promise.resolve()),
    };
  });
  await audit.flush();
  expect([loads, got]).toEqual([0, []]);
  audit.record(event("1"));
  audit.record(event("2"));
  await audit.flush();
  audit.record(event("3"));
  await audit.flush();
  expect([loads, got]).toEqual([1, ["1", "2", "flushed", "3", "flushed"]]);
});
