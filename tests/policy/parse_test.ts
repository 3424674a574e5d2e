// What policy.json may say, and what is said of a bad one.
import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../lib/errors.ts";
import { effectivePolicy, joined } from "../../lib/policy/file/effective.ts";
import { parsePolicy } from "../../lib/policy/file/parse_policy.ts";
import { pathGlob } from "../../lib/policy/match/path_glob.ts";
import { isWithin } from "../../lib/policy/match/time_window.ts";
import type { PolicyFile } from "../../lib/policy/rule.ts";
import { policySchemaText } from "../../scripts/generate/policy_schema.ts";

const rule = { id: "a", effect: "deny" };

async function problemOf(text: string | object): Promise<string> {
  try {
    await parsePolicy(
      typeof text === "string" ? text : JSON.stringify(text),
      "p.json",
    );
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    expect(error.code).toBe("InvalidPolicy");
    expect(error.hint).not.toBe("");
    expect(error.subject.file).toBe("p.json");
    return error.message.replace('Cannot use the rules of "p.json": ', "");
  }
  return "none";
}

test("comments, a schema and commas at the end are read", async () => {
  const text = `\ufeff{
    // mine
    "$schema": "policy.schema.json",
    "v": 1,
    "rules": [{ "id": "a", "effect": "deny", "host": ["a.example",] },],
  }`;
  expect(await parsePolicy(text, "p.json")).toEqual({
    v: 1,
    rules: [{ id: "a", effect: "deny", host: ["a.example"] }],
  });
});

const BAD: [string, string | object, string][] = [
  ["no JSON", "{", "the text is not JSON"],
  ["a list", "[]", "the text is not a JSON object"],
  ["a name twice", '{"v":1,"v":1,"rules":[]}', "the text "],
  ["huge", " ".repeat(1_048_577), "the text is longer than 1024 KiB"],
  ["no version", { rules: [] }, "v is missing"],
  ["a later version", { v: 2, rules: [] }, "v is 2; this authsome knows"],
  ["no rules", { v: 1 }, "rules is missing"],
  [
    "an unknown member",
    { v: 1, rules: [], rule: [] },
    "rule is not known here",
  ],
  ["an unknown member of a rule", {
    v: 1,
    rules: [rule, { ...rule, id: "b", methods: "GET" }],
  }, "rules[1].methods is not known here"],
  ["an unknown effect", {
    v: 1,
    rules: [{ ...rule, effect: "warn" }],
  }, 'rules[0].effect must be ("deny"'],
  [
    "a wrong type",
    { v: 1, rules: [{ ...rule, host: 1 }] },
    "rules[0].host must",
  ],
  ["a wrong entry", {
    v: 1,
    rules: [{ ...rule, host: ["a.example", "https://b"] }],
  }, "rules[0].host[1] is not a host"],
  [
    "an empty list",
    { v: 1, rules: [{ ...rule, method: [] }] },
    "rules[0].method is empty",
  ],
  [
    "an id twice",
    { v: 1, rules: [rule, rule] },
    'rules[1].id is "a", as rules[0].id is',
  ],
  ["an id twice in sections", {
    v: 1,
    rules: [rule],
    folders: { "/x y": { rules: [rule] } },
  }, 'folders["/x y"].rules[0].id is "a", as rules[0].id is'],
  [
    "an id of ours",
    { v: 1, rules: [{ ...rule, id: "read-only" }] },
    'rules[0].id is "read-only"',
  ],
  ["no id", { v: 1, rules: [{ effect: "deny" }] }, "rules[0].id is missing"],
  ["an id that no header can hold", {
    v: 1,
    rules: [{ ...rule, id: "a\nb" }],
  }, "rules[0].id is not an id"],
  [
    "a time",
    { v: 1, rules: [{ ...rule, time: { from: "24:00" } }] },
    "rules[0].time.from is not a time",
  ],
  ["no time", {
    v: 1,
    rules: [{ ...rule, time: { from: "09:00", to: "09:00" } }],
  }, "rules[0].time.to is the same as from"],
  [
    "a day",
    { v: 1, rules: [{ ...rule, time: { days: ["monday"] } }] },
    "rules[0].time.days[0] must be",
  ],
  [
    "a path",
    { v: 1, rules: [{ ...rule, path: "repos" }] },
    "rules[0].path is not a path",
  ],
  ["a path with a query", {
    v: 1,
    rules: [{ ...rule, path: ["/a", "/b?c"] }],
  }, "rules[0].path[1] has a query"],
  [
    "dot segments",
    { v: 1, rules: [{ ...rule, path: "/a/../b" }] },
    "rules[0].path has a query, a fragment or dot",
  ],
  [
    "a star as a host",
    { v: 1, rules: [{ ...rule, host: "*" }] },
    "rules[0].host is not a host",
  ],
  [
    "a condition",
    { v: 1, rules: [{ ...rule, when: "a b" }] },
    "rules[0].when is not valid CEL",
  ],
  [
    "a limit without one",
    { v: 1, rules: [{ ...rule, effect: "limit" }] },
    "rules[0].limit is missing",
  ],
  ["an empty limit", {
    v: 1,
    rules: [{ ...rule, effect: "limit", limit: {} }],
  }, "rules[0].limit is missing"],
  ["a limit of another effect", {
    v: 1,
    rules: [{ ...rule, limit: { per_run: 1 } }],
  }, "rules[0].limit belongs to a rule of the effect limit"],
  ["a half request", {
    v: 1,
    rules: [{ ...rule, effect: "limit", limit: { per_run: 1.5 } }],
  }, "rules[0].limit.per_run must be"],
  [
    "a section",
    { v: 1, rules: [], profiles: { work: 1 } },
    "profiles.work must be",
  ],
];

for (const [name, text, problem] of BAD) {
  test(`refused: ${name}`, async () => {
    expect(await problemOf(text)).toContain(problem);
  });
}

test("no value is repeated: it could be a key in the wrong place", async () => {
  for (
    const value of [{ host: "sk canary" }, { method: "sk canary" }, {
      limit: { per_run: "sk canary" },
    }]
  ) {
    expect(await problemOf({ v: 1, rules: [{ ...rule, ...value }] }))
      .not.toContain("canary");
  }
});

test("profiles and folders add rules, and the nearest default counts", () => {
  const file: PolicyFile = {
    v: 1,
    default: "ask",
    rules: [{ id: "a", effect: "deny" }],
    profiles: {
      work: { rules: [{ id: "p", effect: "deny" }], default: "deny" },
    },
    folders: {
      "/home/me/api/deep": { rules: [], default: "deny" },
      "/home/me/api/": { rules: [{ id: "f", effect: "deny" }] },
      "/home/me": { rules: [{ id: "h", effect: "deny" }], default: "allow" },
      "/home/me/ap": { rules: [{ id: "x", effect: "deny" }] },
      "/link": { rules: [{ id: "l", effect: "deny" }] },
    },
  };
  const at = (profile: string, folder: string) => {
    const { rules, default: fallback } = effectivePolicy(file, "p.json", {
      profile,
      folder,
      realFolder: (path) => path === "/link" ? "/srv/real" : path,
    });
    return [rules.map(({ rule }) => rule.id).join(""), fallback];
  };
  expect(at("default", "/")).toEqual(["a", "ask"]);
  expect(at("work", "/tmp")).toEqual(["ap", "deny"]);
  expect(at("default", "/home/me")).toEqual(["ah", "allow"]);
  expect(at("work", "/home/me/api/src")).toEqual(["aphf", "allow"]);
  expect(at("work", "/home/me/api/deep")).toEqual(["aphf", "deny"]);
  expect(at("default", "/home/me/api2")).toEqual(["ah", "allow"]);
  expect(at("default", "/srv/real/x")).toEqual(["al", "ask"]);
  expect(at("constructor", "/")).toEqual(["a", "ask"]);
});

test("of several files the strictest default counts", () => {
  const of = (...all: ("allow" | "ask" | "deny")[]) =>
    joined(all.map((each) => ({ rules: [], default: each }))).default;
  expect([of(), of("allow", "ask"), of("deny", "allow"), of("allow")])
    .toEqual(["allow", "ask", "deny", "allow"]);
});

test("times are of the day that they begin on", () => {
  const at = (day: number, hour: number) =>
    new Date(2026, 10, day, hour, 30).getTime();
  // The 27th is a Friday.
  const night = { days: ["fri" as const], from: "22:00", to: "06:00" };
  expect([
    isWithin(night, at(27, 21)),
    isWithin(night, at(27, 23)),
    isWithin(night, at(28, 5)),
    isWithin(night, at(28, 6)),
    isWithin(night, at(27, 5)),
    isWithin(night, at(28, 23)),
  ]).toEqual([false, true, true, false, false, false]);
  const day = { from: "09:30", to: "17:00" };
  expect([isWithin(day, at(27, 9)), isWithin(day, at(27, 17))])
    .toEqual([true, false]);
  expect(isWithin({ days: ["sat"] }, at(28, 0))).toBe(true);
});

test("the published schema is in step", async () => {
  const text = await Deno.readTextFile(
    new URL("../../docs/reference/policy.schema.json", import.meta.url),
  );
  if (text !== await policySchemaText()) {
    throw new Error("docs/reference/policy.schema.json is out of date");
  }
  const page = await Deno.readTextFile(
    new URL("../../docs/reference/policy.md", import.meta.url),
  );
  const schema = JSON.parse(text);
  for (
    const name of [
      ...Object.keys(schema.properties),
      ...Object.keys(schema.properties.rules.items.properties),
      ...Object.keys(schema.properties.rules.items.properties.limit.properties),
    ]
  ) {
    expect([name, page.includes(`\`${name}\``) || name === "$schema"]).toEqual([
      name,
      true,
    ]);
  }
});

test("stars of a path cost no more than its length", () => {
  const began = performance.now();
  const glob = pathGlob(`/${"*a".repeat(200)}b`)!;
  expect(glob.readings.length).toBe(1);
  expect(performance.now() - began).toBeLessThan(5_000);
});
