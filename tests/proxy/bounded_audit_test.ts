import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import {
  BoundedAudit,
  MAX_EVENTS,
  WINDOW_MS,
} from "../../lib/proxy/bounded_audit.ts";

function bounded() {
  const events: AuditEvent[] = [];
  const clock = { now: 1_000 };
  const audit = new BoundedAudit(
    { record: (event) => events.push(event) },
    "work",
    () => clock.now,
  );
  return { audit, events, clock };
}

test("BoundedAudit records so many refusals in a window, then counts them", () => {
  const { audit, events, clock } = bounded();
  for (let at = 0; at < MAX_EVENTS + 7; at++) audit.deny({ status: 407 });
  expect(events).toEqual(
    Array(MAX_EVENTS).fill({
      event: "deny",
      profile: "work",
      ok: false,
      status: 407,
    }),
  );

  clock.now += WINDOW_MS - 1;
  audit.deny({ status: 407 });
  expect(events.length).toBe(MAX_EVENTS);
  clock.now += 1;
  audit.deny({ status: 400 });
  expect(events.slice(MAX_EVENTS)).toEqual([
    {
      event: "dropped",
      profile: "work",
      ok: false,
      detail: "8 refusals by the proxy",
    },
    { event: "deny", profile: "work", ok: false, status: 400 },
  ]);
});

test("BoundedAudit says at the end what it only counted, and nothing if that was nothing", () => {
  const { audit, events } = bounded();
  audit.flush();
  for (let at = 0; at < MAX_EVENTS; at++) audit.deny({});
  audit.flush();
  expect(events.length).toBe(MAX_EVENTS);
  audit.deny({});
  audit.flush();
  audit.flush();
  expect(events.slice(MAX_EVENTS)).toMatchObject([
    { event: "dropped", detail: "1 refusal by the proxy" },
  ]);
});
