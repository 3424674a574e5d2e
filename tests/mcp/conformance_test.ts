// A few scenarios of the conformance suite, with its own server and judgement; scripts/mcp/conformance.ts runs all of them.
import { expect } from "expect";
import { test } from "node:test";
import { runScenario } from "../../scripts/mcp/conformance.ts";
import { notInstalled } from "../../scripts/mcp/install.ts";
import { DENO_ONLY } from "../support/program.ts";

for (
  const scenario of [
    "tools_call",
    "sse-retry",
    "auth/metadata-default",
    "auth/token-endpoint-auth-post",
  ]
) {
  test(`conformance: ${scenario}`, {
    skip: DENO_ONLY || notInstalled("conformance"),
  }, async () => {
    const { passed, failures } = await runScenario(scenario);
    expect([failures, passed > 0]).toEqual([[], true]);
  });
}
