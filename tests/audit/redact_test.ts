import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { neutralize, redactEvent } from "../../lib/audit/redact.ts";

const EVENT: AuditEvent = { event: "deny", profile: "default", ok: false };

test("neutralize() writes out what could move a cursor or hide text", () => {
  expect(neutralize("a\nb\r\x1b[2J\x7f\x9b\u2028\u202e\ufeff")).toBe(
    "a\\u000ab\\u000d\\u001b[2J\\u007f\\u009b\\u2028\\u202e\\ufeff",
  );
  expect(neutralize("\ud800")).toBe("\\ud800");
  expect(neutralize("é日本\u{1f511} ok")).toBe("é日本\u{1f511} ok");
});

test("redactEvent() keeps no query, user information, unknown field or control character", () => {
  const event = {
    ...EVENT,
    method: "GET\nX",
    host: "user:canary@api.example",
    path: "/v1/a?key=canary#canary",
    connection: "\x1b]0;x\x07",
    token: "canary",
  };
  expect(redactEvent(event)).toEqual({
    ...EVENT,
    method: "GET\\u000aX",
    host: "api.example",
    path: "/v1/a",
    connection: "\\u001b]0;x\\u0007",
  });
  expect(redactEvent({ ...EVENT, path: "/a\n?canary\n#canary" }).path).toBe(
    "/a\\u000a",
  );
});

test("redactEvent() hides credentials of well-known shapes and leaves ordinary paths alone", () => {
  const hidden = [
    "/bot123456:AAaaBBbbCCccDDddEEeeFFff/getMe",
    "/x/ghp_abcdefghijklmnop",
    "/x/sk-proj-abcdefghijklmnop/y",
    "/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx.c2ln",
    "/x/xoxb-1234-5678-abcdef",
  ];
  for (const path of hidden) {
    expect(redactEvent({ ...EVENT, path }).path).toMatch(/\[redacted\]/);
    expect(redactEvent({ ...EVENT, detail: path }).detail).not.toMatch(
      /AAaaBB|abcdef|c2ln|zdWIi/,
    );
  }
  const plain = [
    "/repos/octocat/task-management-system/issues",
    "/v1/projects/9f86d081884c7d659a2feaa0c55ad015/keys",
    "/2024-01-01/functions/risk-assessment-report",
  ];
  for (const path of plain) {
    expect(redactEvent({ ...EVENT, path }).path).toBe(path);
  }
});

test("redactEvent() bounds the length of every field", () => {
  const long = redactEvent({
    ...EVENT,
    path: "/" + "\x01".repeat(1_000_000),
    detail: "d".repeat(5_000),
  });
  expect(long.path!.length).toBeLessThanOrEqual(1_025);
  expect(long.detail!.length).toBeLessThanOrEqual(1_025);
});
