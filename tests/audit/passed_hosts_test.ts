import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { MAX_HOSTS, PassedHosts } from "../../lib/audit/passed_hosts.ts";

function passedHosts() {
  const events: AuditEvent[] = [];
  const passed = new PassedHosts(
    { record: (event) => void events.push(event) },
    "work",
  );
  return { passed, events };
}

test("PassedHosts records each host and port once", () => {
  const { passed, events } = passedHosts();
  for (const port of [443, 443, 8443, 80, 443]) {
    passed.note({ host: "telemetry.test", port }, "CONNECT");
  }
  const entry = {
    event: "tunnel",
    profile: "work",
    ok: true,
    reason: "no_route",
    method: "CONNECT",
    host: "telemetry.test",
  };
  expect(events).toEqual([
    entry,
    { ...entry, port: 8443 },
    { ...entry, port: 80 },
  ]);
  passed.flush();
  expect(events.length).toBe(3);
});

test("PassedHosts only counts what comes after so many hosts, and says so once", () => {
  const { passed, events } = passedHosts();
  for (let at = 0; at < MAX_HOSTS + 3; at++) {
    passed.note({ host: `h${at}.test`, port: 443 }, "CONNECT");
  }
  expect(events.length).toBe(MAX_HOSTS);
  passed.flush();
  passed.flush();
  expect(events.slice(MAX_HOSTS)).toEqual([{
    event: "dropped",
    profile: "work",
    ok: false,
    detail: "3 connections to other hosts",
  }]);
});
