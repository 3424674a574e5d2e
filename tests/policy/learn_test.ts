// Rules that are made of what a run did.
import { expect } from "expect";
import { test } from "node:test";
import type { AuditEntry } from "../../lib/audit/chain.ts";
import {
  generalPaths,
  withoutIds,
} from "../../lib/policy/learn/general_path.ts";
import { learnRules } from "../../lib/policy/learn/learn_rules.ts";
import { parsePolicy } from "../../lib/policy/file/parse_policy.ts";
import { verdictOf } from "./support.ts";

const IDS: [string, string][] = [
  ["/repos/me/site/issues/17", "/repos/me/site/issues/*"],
  ["/v1/responses/resp_68af1c0a9d", "/v1/responses/*"],
  ["/u/3f2504e0-4f89-11d3-9a0c-0305e82c3301/x", "/u/*/x"],
  ["/commits/9a8b7c6d5e4f", "/commits/*"],
  ["/days/2026-11-28", "/days/*"],
  ["/files/1AbCdEfGhIjKlMnOpQrStUv", "/files/*"],
  ["/models/17:predict", "/models/*:predict"],
  ["/v1/messages", "/v1/messages"],
  ["/api/v4/projects", "/api/v4/projects"],
  ["/facade/decade", "/facade/decade"],
  ["/chat.postMessage", "/chat.postMessage"],
  ["/very-long-word-without-digits", "/very-long-word-without-digits"],
];

for (const [path, general] of IDS) {
  test(`${path} is ${general}`, () => expect(withoutIds(path)).toBe(general));
}

test("many names at one place are left open, few are named", () => {
  const users = (count: number) =>
    Array.from({ length: count }, (_, at) => `/users/n${"abcdefgh"[at]}/repos`);
  expect(generalPaths(users(8))).toEqual(["/users/*/repos"]);
  expect(generalPaths(users(3))).toEqual(users(3));
});

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  ...{ v: 1, seq: 1, ts: "2026-11-28T00:00:00.000Z", prev: "", hash: "" },
  ...{ event: "inject", profile: "default", ok: true },
  ...{ provider: "github", host: "api.github.com", method: "GET", path: "/" },
  ...more,
});

test("the rules allow what was done, and nothing else", async () => {
  const { policy, requests, leftOut } = learnRules([
    entry({ path: "/repos/me/site/issues/1" }),
    entry({ path: "/repos/me/site/issues/2" }),
    entry({ path: "/user" }),
    entry({ method: "POST", path: "/repos/me/site/issues" }),
    entry({
      provider: "anthropic",
      host: "api.anthropic.com",
      method: "POST",
      path: "/v1/messages",
    }),
    entry({ event: "deny", ok: false, path: "/denied" }),
    entry({ path: "/a/%2e%2e/b" }),
  ]);
  expect([requests, leftOut]).toEqual([6, 1]);
  expect(policy).toEqual({
    v: 1,
    default: "deny",
    rules: [
      {
        id: "anthropic-1",
        effect: "allow",
        provider: "anthropic",
        host: "api.anthropic.com",
        method: "POST",
        path: "/v1/messages",
      },
      {
        id: "github-1",
        effect: "allow",
        provider: "github",
        host: "api.github.com",
        method: "GET",
        path: ["/repos/me/site/issues/*", "/user"],
      },
      {
        id: "github-2",
        effect: "allow",
        provider: "github",
        host: "api.github.com",
        method: "POST",
        path: "/repos/me/site/issues",
      },
    ],
  });
  await parsePolicy(JSON.stringify(policy), "learned");
  const ask = (method: string, path: string) =>
    verdictOf(policy, { method, url: `https://api.github.com${path}` });
  expect(await ask("GET", "/repos/me/site/issues/99")).toBe("allow");
  expect(await ask("GET", "/repos/me/other/issues/1")).toBe("rule default");
  expect(await ask("POST", "/user")).toBe("rule default");
});
