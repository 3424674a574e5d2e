// Conditions in CEL: what they can ask, that they fail closed, and that no request makes one take long.
import { expect } from "expect";
import { test } from "node:test";
import { readCondition } from "../../lib/policy/cel/condition.ts";
import type { Rule } from "../../lib/policy/rule.ts";
import { type Asked, verdictOf } from "./support.ts";

const URL =
  "https://api.github.com/repos/me/site/issues?state=open&state=x&n=1";
const ASKED: Asked = {
  method: "POST",
  url: URL,
  headers: {
    "Content-Type": "application/json",
    "Authorization": "Bearer canary",
  },
  body: JSON.stringify({
    title: "Hello",
    labels: ["a", "b"],
    n: 5,
    nested: { deep: true },
  }),
};

async function isTrue(when: string, asked: Asked = ASKED): Promise<boolean> {
  const rules: Rule[] = [{ id: "c", effect: "allow", when }];
  return await verdictOf({ default: "deny", rules }, asked) === "allow";
}

for (
  const when of [
    'request.method == "POST"',
    'request.host == "api.github.com" && request.port == 443',
    'request.path.startsWith("/repos/me/")',
    'request.path == "/repos/me/site/issues"',
    '"open" in request.query["state"] && request.query.n[0] == "1"',
    'request.headers["content-type"] == "application/json"',
    '!("authorization" in request.headers)',
    'request.path.matches("^/repos/[^/]+/site/")',
    'provider == "github" && connection == "default"',
    'profile == "default" && program == "agent" && folder.endsWith("/work")',
    'operation.name == "POST" && !operation.reads',
    "now.getHours() == 12 && now < timestamp('2027-01-01T00:00:00Z')",
    'has(body.title) && body.title == "Hello" && !has(body.other)',
    'body.labels.all(l, l in ["a", "b"]) && body.labels.exists(l, l == "b")',
    "body.n > 3 && body.nested.deep",
    "size(body.labels) == 2 && body.labels.map(l, l + '!') == ['a!', 'b!']",
  ]
) {
  test(`true: ${when}`, async () => expect(await isTrue(when)).toBe(true));
}

test("a form's members are lists of values", async () => {
  expect(
    await isTrue('body.channel == ["C1"] && body.text[0] == "a b"', {
      ...ASKED,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: "channel=C1&text=a+b",
    }),
  ).toBe(true);
});

const REFUSED: [string, string][] = [
  ["request.path ==", "is not valid CEL"],
  ["request.mehtod == 'GET'", "request has only: method"],
  ["request == 1", "uses request as a whole"],
  ['request["path"] == "/"', "uses request as a whole"],
  ["nobody == 1", "Unknown variable"],
  ["provider + 1 == 2", "is not valid CEL"],
  ["request.path.matches(provider)", "not written out"],
  ["request.path.matches('(?=a)')", "RE2 does not take"],
  ["size(request.path)", "gives int"],
  [
    "body.all(a, body.all(b, body.all(c, true)))",
    "loops in loops in loops",
  ],
  ["body.all(provider, provider == 1)", "for something else"],
  ["request.path.matchesLinear('a')", "has no matchesLinear"],
  ["(".repeat(3000) + "true" + ")".repeat(3000), "is longer than"],
  ["(".repeat(1500) + "true" + ")".repeat(1500), "is not valid CEL"],
];

for (const [when, why] of REFUSED) {
  test(`refused: ${when.slice(0, 60)}`, () => {
    expect(() => readCondition(when)).toThrow(why);
  });
}

test("what fails matches a rule that denies or asks, and none that allows", async () => {
  const fails = [
    'body.missing == "x"',
    'body.n == 1 || body.missing == "x"',
    "body.title > 3",
    "body.labels[9] == 'a'",
    "1 / 0 == 1",
    'request.query.absent[0] == "x"',
  ];
  for (const when of fails) {
    const by = (effect: "deny" | "ask" | "allow") => ({
      default: "deny" as const,
      rules: [{ id: "c", effect, when }],
    });
    expect([
      when,
      await verdictOf(by("deny"), ASKED),
      await verdictOf(by("ask"), ASKED),
      await verdictOf(by("allow"), ASKED),
    ]).toEqual([when, "rule c", "approval c", "rule default"]);
  }
});

const UNREAD: [string, Partial<Asked>][] = [
  ["not to be had", { unread: true }],
  ["no JSON", { body: "hello" }],
  ["a name twice", { body: '{"title":"Hello","title":"Other"}' }],
  ["a name twice by an escape", {
    body: '{"title":"Hello","\\u0074itle":"x"}',
  }],
  ["encoded", { headers: { "Content-Encoding": "gzip" } }],
  ["another character set", {
    headers: { "Content-Type": "application/json; charset=utf-16" },
  }],
  ["no UTF-8", { body: new Uint8Array([0x22, 0xff, 0x22]) }],
  ["too deep", { body: "[".repeat(300) + "]".repeat(300) }],
];

for (const [name, change] of UNREAD) {
  test(`a body that is ${name} fails the condition`, async () => {
    const when = 'body.title == "Hello"';
    const asked = { ...ASKED, ...change };
    expect(
      await verdictOf({ rules: [{ id: "c", effect: "deny", when }] }, asked),
    )
      .toBe("rule c");
    expect(await isTrue(when, asked)).toBe(false);
  });
}

test("every reading of path and method is asked about", async () => {
  const spelled = { ...ASKED, url: "https://api.github.com/a%2Fsecret" };
  const denies = 'request.path == "/a/secret"';
  expect(
    await verdictOf(
      { rules: [{ id: "c", effect: "deny", when: denies }] },
      spelled,
    ),
  ).toBe("rule c");
  const allows = 'request.path != "/other"';
  expect(await isTrue(allows, { url: "https://api.github.com/a/../other" }))
    .toBe(false);
  expect(
    await isTrue('request.method == "POST"', {
      ...ASKED,
      headers: { "X-HTTP-Method-Override": "DELETE" },
    }),
  ).toBe(false);
});

test("no text makes a regular expression, and no body a loop, take long", async () => {
  const began = performance.now();
  expect(
    await isTrue('request.path.matches("^/(a+)+$")', {
      url: `https://api.github.com/${"a".repeat(5_000)}!`,
    }),
  ).toBe(false);
  const many = JSON.stringify(Array.from({ length: 20_000 }, (_, at) => at));
  // Loops in each other over so much are not begun.
  expect(
    await isTrue("body.all(a, body.all(b, a + b >= 0.0))", {
      ...ASKED,
      body: many,
    }),
  ).toBe(false);
  expect(await isTrue("body.all(a, a >= 0.0)", { ...ASKED, body: many }))
    .toBe(true);
  // Backtracking would take hours.
  expect(performance.now() - began).toBeLessThan(30_000);
});
