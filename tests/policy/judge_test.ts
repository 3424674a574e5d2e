// Which rule decides about a request.
import { expect } from "expect";
import { test } from "node:test";
import type { Rule } from "../../lib/policy/rule.ts";
import { readOnlyRules } from "../../lib/policy/judge/read_only.ts";
import { compilePolicy } from "../../lib/policy/judge/compiled_policy.ts";
import { ownRules } from "../../lib/policy/file/effective.ts";
import { policyControl } from "../../lib/policy/judge/policy_control.ts";
import {
  type Asked,
  controlBy,
  fakeOperationOf,
  nameOf,
  settled,
  verdictOf,
} from "./support.ts";

const GITHUB = "https://api.github.com";

test("without rules everything is allowed, and nothing is read", async () => {
  expect(await verdictOf({ rules: [] }, { method: "POST", body: "x" }))
    .toBe("allow");
});

const TABLE: [string, Partial<Rule>, Asked, boolean][] = [
  ["method", { method: "POST" }, { method: "POST" }, true],
  ["another method", { method: "POST" }, { method: "GET" }, false],
  ["a method in lower case", { method: "delete" }, { method: "DELETE" }, true],
  ["HEAD is GET", { method: "GET" }, { method: "HEAD" }, true],
  ["one of a list", { method: ["PUT", "PATCH"] }, { method: "PATCH" }, true],
  [
    "a method in a header",
    { method: "DELETE" },
    { method: "POST", headers: { "X-HTTP-Method-Override": "DELETE" } },
    true,
  ],
  [
    "a method in the query",
    { method: "DELETE" },
    { method: "POST", url: `${GITHUB}/x?_method=delete` },
    true,
  ],
  [
    "a method in a form",
    { method: "DELETE" },
    {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "a=1&_method=delete",
    },
    true,
  ],
  [
    "a form without one",
    { method: "DELETE" },
    {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "a=1&method_name=b",
    },
    false,
  ],
  ["provider", { provider: "github" }, {}, true],
  ["another provider", { provider: "gitlab" }, {}, false],
  ["without a credential", { provider: "github" }, { provider: null }, false],
  ["connection", { connection: ["work", "x"] }, { connection: "work" }, true],
  ["another connection", { connection: "work" }, {}, false],
  ["host", { host: "api.github.com" }, {}, true],
  ["host in capitals", { host: "API.GitHub.com" }, {}, true],
  ["a dot at the end", { host: "api.github.com" }, {
    url: "https://api.github.com./user",
  }, true],
  ["subdomain", { host: "*.github.com" }, {}, true],
  ["the domain itself", { host: "*.github.com" }, {
    url: "https://github.com/",
  }, false],
  ["a look-alike", { host: "*.github.com" }, {
    url: "https://api.xgithub.com/",
  }, false],
  ["path", { path: "/user" }, {}, true],
  ["a query is no part of the path", { path: "/user" }, {
    url: `${GITHUB}/user?a=/b`,
  }, true],
  ["below", { path: "/repos/**" }, { url: `${GITHUB}/repos/a/b` }, true],
  ["** is none too", { path: "/repos/**" }, { url: `${GITHUB}/repos` }, true],
  ["** in the middle", { path: "/repos/**/keys" }, {
    url: `${GITHUB}/repos/a/b/keys`,
  }, true],
  ["* is one segment", { path: "/repos/*" }, {
    url: `${GITHUB}/repos/a/b`,
  }, false],
  ["* is a part", { path: "/v1/*:generate" }, {
    url: `${GITHUB}/v1/gemini:generate`,
  }, true],
  ["reads", { reads: true }, {}, true],
  ["does not read", { reads: false }, {}, false],
  ["writes", { reads: false }, { method: "POST" }, true],
  ["operation", { operation: "write *" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: '{"op":"write issue"}',
  }, true],
  ["one of a batch", { operation: "write *" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: '{"op":["read a","write b"]}',
  }, true],
  ["a batch that reads", { reads: false }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: '{"op":["read a","read b"]}',
  }, false],
  ["an operation that cannot be read", { operation: "write *" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: "x",
    unread: true,
  }, true],
  ["one that cannot be read does not read", { reads: true }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: "x",
    unread: true,
  }, false],
];

for (const [name, rule, asked, matches] of TABLE) {
  test(`a rule that denies: ${name}`, async () => {
    const rules: Rule[] = [{ id: "no", effect: "deny", ...rule }];
    expect(await verdictOf({ rules }, asked))
      .toBe(matches ? "rule no" : "allow");
  });
}

const ALLOWS: [string, Partial<Rule>, Asked, boolean][] = [
  ["path", { path: "/user" }, {}, true],
  ["path in another case", { path: "/user" }, { url: `${GITHUB}/User` }, false],
  [
    "a segment with an escaped slash",
    { path: "/projects/group%2Fname/**" },
    { url: `${GITHUB}/projects/group%2Fname/issues` },
    true,
  ],
  [
    "* is no escaped slash",
    { path: "/projects/*/issues" },
    { url: `${GITHUB}/projects/group%2Fname/issues` },
    false,
  ],
  ["dot segments", { path: "/**" }, { url: `${GITHUB}/a/%2e%2e/b` }, false],
  [
    "a method that a header changes",
    { method: "POST" },
    { method: "POST", headers: { "X-HTTP-Method-Override": "DELETE" } },
    false,
  ],
  ["operation", { operation: "read *" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: '{"op":"read issue"}',
  }, true],
  ["a batch with another", { operation: "read *" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: '{"op":["read issue","write issue"]}',
  }, false],
  ["one that cannot be read", { operation: "*" }, {
    method: "POST",
    url: `${GITHUB}/rpc`,
    body: "x",
    unread: true,
  }, false],
];

for (const [name, rule, asked, matches] of ALLOWS) {
  test(`a rule that allows where the rest is denied: ${name}`, async () => {
    const rules: Rule[] = [{ id: "yes", effect: "allow", ...rule }];
    expect(await verdictOf({ default: "deny", rules }, asked))
      .toBe(matches ? "allow" : "rule default");
  });
}

test("no spelling of a path slips by a rule that denies", async () => {
  const rules: Rule[] = [{
    id: "keys",
    effect: "deny",
    path: "/repos/me/secret/**",
  }];
  const control = await controlBy({ rules });
  for (
    const path of [
      "/repos/me/secret",
      "/repos/me/secret/",
      "//repos/me/secret/x",
      "/repos/me/%73ecret/x",
      "/repos/me/%2573ecret/x",
      "/repos/me%2Fsecret/x",
      "/REPOS/me/Secret/x",
      "/repos/me/secret;v=1/x",
      "/repos/me;a/secret/x",
      "/repos/me/./secret/x",
      "/a/../repos/me/secret/x",
      "/repos/me/secret%20/x",
      "/repos\\me\\secret\\x",
      "/repos/me/ｓecret/x",
    ]
  ) {
    const url = `${GITHUB}${path}`;
    const ruling = await settled(control, { url });
    expect([path, ruling.kind]).toEqual([path, "refuse"]);
  }
  for (const path of ["/repos/me/secrets", "/repos/me/other", "/x/secret"]) {
    const ruling = await settled(control, { url: `${GITHUB}${path}` });
    expect([path, ruling.kind]).toEqual([path, "allow"]);
  }
});

test("deny over ask over allow, and the default is for credentials alone", async () => {
  const deny: Rule = { id: "d", effect: "deny" };
  const ask: Rule = { id: "q", effect: "ask" };
  const allow: Rule = { id: "a", effect: "allow" };
  expect(await verdictOf({ rules: [allow, ask, deny] })).toBe("rule d");
  expect(await verdictOf({ rules: [allow, ask] })).toBe("approval q");
  expect(await verdictOf({ default: "deny", rules: [allow] })).toBe("allow");
  expect(await verdictOf({ default: "deny", rules: [] })).toBe("rule default");
  expect(await verdictOf({ default: "ask", rules: [] }))
    .toBe("approval default");
  expect(await verdictOf({ default: "deny", rules: [] }, { provider: null }))
    .toBe("allow");
});

test("a body is read only if a rule that could still match needs it", async () => {
  const kind = async (rules: Rule[], asked: Asked) => {
    const control = await controlBy({ rules });
    const { requestOf } = await import("./support.ts");
    return (await control.request(requestOf(asked))).kind;
  };
  const rpc = { method: "POST", url: `${GITHUB}/rpc`, body: '{"op":"a"}' };
  const writes: Rule = { id: "w", effect: "deny", operation: "write *" };
  expect(await kind([writes], rpc)).toBe("body");
  expect(await kind([{ ...writes, path: "/other" }], rpc)).toBe("allow");
  expect(await kind([{ ...writes, provider: "slack" }], rpc)).toBe("allow");
  expect(await kind([writes, { id: "d", effect: "deny" }], rpc)).toBe("refuse");
  expect(await kind([{ ...writes, effect: "allow" }], rpc)).toBe("allow");
  expect(await kind([writes], { ...rpc, provider: null })).toBe("allow");
});

test("the read-only rule says whether it writes or nobody knows", async () => {
  const compiled = await compilePolicy(ownRules(readOnlyRules()));
  const control = policyControl({
    policy: () => compiled,
    operationOf: fakeOperationOf,
    run: "0",
    circumstances: { profile: "default", program: "a", folder: "/" },
    clock: { now: () => 0 },
  });
  expect((await settled(control)).kind).toBe("allow");
  const rpc = { method: "POST", url: `${GITHUB}/rpc` };
  const refusals = [];
  for (const body of ['{"op":"write x"}', '{"op":"odd"}']) {
    const ruling = await settled(control, { ...rpc, body });
    if (ruling.kind !== "refuse") throw new Error("it was allowed");
    expect(nameOf(ruling.refusal)).toBe("rule read-only");
    expect(ruling.refusal.hint).toContain("--read-only");
    refusals.push(ruling.refusal.message);
  }
  expect(refusals).toEqual([
    "This run only reads, and write x of github writes",
    "This run only reads, and nobody knows whether odd of github only reads",
  ]);
  expect((await settled(control, { ...rpc, body: '{"op":"read x"}' })).kind)
    .toBe("allow");
  expect((await settled(control, { ...rpc, provider: null, body: "x" })).kind)
    .toBe("allow");
});

test("tunnels are judged by what can be known of them", async () => {
  const authority = { host: "evil.example", port: 443 };
  const tunnel = async (rule: Partial<Rule>) => {
    const rules: Rule[] = [{ id: "t", effect: "deny", ...rule }];
    const refusal = await (await controlBy({ rules })).tunnel(authority);
    return refusal && nameOf(refusal);
  };
  expect(await tunnel({ host: "evil.example" })).toBe("rule t");
  expect(await tunnel({ host: "*.example" })).toBe("rule t");
  expect(await tunnel({ when: 'request.host == "evil.example"' }))
    .toBe("rule t");
  expect(await tunnel({ host: "evil.example", effect: "ask" }))
    .toBe("approval t");
  expect(await tunnel({ host: "other.example" })).toBe(undefined);
  expect(await tunnel({ host: "evil.example", path: "/x" })).toBe(undefined);
  expect(await tunnel({ host: "evil.example", method: "POST" }))
    .toBe(undefined);
  expect(await tunnel({ provider: "github" })).toBe(undefined);
  expect(await tunnel({ reads: false })).toBe(undefined);
  expect(await tunnel({ when: 'body.a == "x"' })).toBe(undefined);
});

test("rules that cannot be read refuse what would get a credential", async () => {
  const control = policyControl({
    policy: () => ({ unreadable: { message: "it is torn", hint: "mend" } }),
    operationOf: fakeOperationOf,
    run: "0",
    circumstances: { profile: "default", program: "a", folder: "/" },
    clock: { now: () => 0 },
  });
  const ruling = await settled(control);
  if (ruling.kind !== "refuse") throw new Error("it was allowed");
  expect([ruling.refusal.reason, ruling.refusal.hint]).toEqual([
    "rule",
    "mend",
  ]);
  expect(ruling.refusal.message).toContain("it is torn");
  expect((await settled(control, { provider: null })).kind).toBe("allow");
});
