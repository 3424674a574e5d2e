import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../../support/connected.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";

test("explain --last tells what happened, and what would happen now", () =>
  withHome(async (home) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-canary-0123456789");
      const request = { method: "POST", host: "api.openai.com", path: "/v1/x" };
      const profile = "default";
      broker.audit.record({ ...request, event: "inject", profile, ok: true });
      broker.audit.record({
        ...request,
        path: "/v1/y",
        event: "deny",
        profile,
        ok: false,
        status: 401,
        reason: "credential_expired",
        provider: "openai",
        connection: "default",
      });
      broker.audit.record({
        ...request,
        event: "deny",
        profile: "x",
        ok: false,
      });
      broker.audit.record({ event: "get", profile, ok: true });
    });
    const text = await runCommand(["explain", "--last"], { home });
    expect(text.stdout).toMatch(
      /^request {5}POST https:\/\/api\.openai\.com\/v1\/y\nthen {8}\S+Z refused, status 401, credential_expired, openai\/default\nnow {9}inject \(routed\)\n/,
    );
    const json = await runCommand(["explain", "--last", "--json"], { home });
    expect(JSON.parse(json.stdout)).toMatchObject({
      v: 1,
      last: { event: "deny", status: 401, reason: "credential_expired" },
      method: "POST",
      url: "https://api.openai.com/v1/y",
      action: "inject",
      reason: "routed",
      provider: "openai",
      connection_name: "default",
    });
    expect(text.stdout + json.stdout).not.toContain("canary");
  }));
