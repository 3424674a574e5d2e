import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../../lib/audit/event.ts";
import { judge } from "../../../lib/cli/commands/doctor/client_check.ts";

const inject: AuditEvent = {
  event: "inject",
  profile: "default",
  provider: "openai",
  connection: "default",
  host: "api.openai.com",
  path: "/v1",
  ok: true,
  status: 200,
};

test("a client is judged by what the proxy saw of it", () => {
  expect(judge("curl", 2, [inject])).toEqual({
    name: "client",
    ok: true,
    message:
      "1 request from curl used openai/default, the last with status 200",
  });
  const deny: AuditEvent = {
    ...inject,
    event: "deny",
    ok: false,
    reason: "tie",
  };
  const broken: AuditEvent = {
    ...inject,
    ok: false,
    reason: "upstream_unreachable",
  };
  const distrust: AuditEvent = {
    ...deny,
    method: "CONNECT",
    reason: "handshake_failed",
  };
  for (
    const [asked, events, text] of [
      [0, [], "did not come to the proxy"],
      [1, [], "made no request that shows more"],
      [1, [distrust], "does not trust the CA"],
      [3, [inject, distrust], "does not trust the CA"],
      [3, [inject, deny], "was refused api.openai.com/v1 (tie)"],
      [3, [inject, broken], "did not answer (upstream_unreachable)"],
    ] as const
  ) {
    const check = judge("curl", asked, events);
    expect(check).toMatchObject({ ok: false, exitCode: 1 });
    expect(check.message).toContain(text);
    expect(check.fix).not.toBe("");
  }
});

test("the canary's answer shows that all is well, whatever else was asked", () => {
  const canary: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "doctor.invalid",
    ok: false,
    reason: "credential_missing",
  };
  expect(judge("curl", 1, [canary])).toMatchObject({ ok: true });
  expect(judge("curl", 1, [{ ...canary, reason: "handshake_failed" }]))
    .toMatchObject({ ok: false });
});

test("a client that reads none of the usual variables gets advice on what it reads", () => {
  const fix = (name: string, asked: number, events: AuditEvent[] = []) =>
    judge(name, asked, events).fix;
  const distrust: AuditEvent = {
    event: "deny",
    profile: "default",
    host: "doctor.invalid",
    ok: false,
    reason: "handshake_failed",
  };
  expect(fix("/usr/bin/java", 0)).toContain("JAVA_TOOL_OPTIONS");
  expect(fix("mvn", 1, [distrust])).toContain("trustStore");
  expect(fix("python3", 0)).toContain("trust_env");
  expect(fix("npx", 1, [distrust])).toContain("NODE_EXTRA_CA_CERTS");
  expect(fix("my tool", 0)).toContain("'my tool' --help");
  expect(fix("constructor", 0)).toContain("constructor --help");
});
