import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { judge } from "../../lib/cli/client_check.ts";

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
      "1 requests of curl went through with openai/default, the last with status 200",
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
  for (
    const [asked, events, text] of [
      [0, [], "did not come to the proxy"],
      [1, [], "does not trust the CA"],
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
