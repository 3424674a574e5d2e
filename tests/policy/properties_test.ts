// Of random rules and requests: order changes nothing, more restriction never allows, more allowance never refuses.
import { expect } from "expect";
import { test } from "node:test";
import type { PolicyFile, Rule } from "../../lib/policy/rule.ts";
import { type Asked, controlBy, settled } from "./support.ts";

const TRIALS = 400;

/** Numbers that are the same at each run (mulberry32). */
function randomBy(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function generator(seed: number) {
  const random = randomBy(seed);
  const pick = <T>(...values: T[]): T =>
    values[Math.floor(random() * values.length)]!;
  const maybe = <T extends object>(value: () => T) =>
    random() < 0.35 ? value() : {};
  let count = 0;
  const rule = (effect?: Rule["effect"]): Rule => {
    const chosen = effect ??
      pick<Rule["effect"]>("deny", "ask", "limit", "allow");
    return {
      id: `r${count++}`,
      effect: chosen,
      ...chosen === "limit" && { limit: { per_run: pick(0, 1) } },
      ...chosen === "allow" && random() < 0.3 && {
        answers: `r${Math.floor(random() * (count + 2))}`,
      },
      ...maybe(() => ({ provider: pick("github", "gitlab") })),
      ...maybe(() => ({ method: pick("GET", "POST", "DELETE") })),
      ...maybe(() => ({ host: pick("api.github.com", "*.github.com") })),
      ...maybe(() => ({
        path: pick("/a/**", "/a/*", "/rpc", "/A/b", "/**/b"),
      })),
      ...maybe(() => ({ operation: pick("read *", "write *", "GET", "*") })),
      ...maybe(() => ({ reads: pick(true, false) })),
      ...maybe(() => ({
        when: pick(
          'request.path.startsWith("/a")',
          'body.op == "read x"',
          "has(body.op)",
          "!operation.reads",
        ),
      })),
    };
  };
  const request = (): Asked => {
    const method = pick("GET", "POST", "DELETE", "HEAD");
    const hasBody = method === "POST";
    return {
      method,
      url: `https://api.github.com${
        pick(
          "/a",
          "/a/b",
          "/a%2Fb",
          "/A/b",
          "/rpc",
          "/x/b",
          "/a/../b",
          "/a;x/b",
        )
      }`,
      headers: {
        ...maybe(() => ({ "X-HTTP-Method-Override": "DELETE" })),
        ...hasBody && {
          "Content-Type": pick(
            "application/json",
            "application/x-www-form-urlencoded",
          ),
        },
      },
      ...hasBody && {
        body: pick(
          '{"op":"read x"}',
          '{"op":"write x"}',
          "_method=DELETE",
          "x",
        ),
      },
      unread: random() < 0.15,
      provider: random() < 0.15 ? null : "github",
    };
  };
  const policy = (): Omit<PolicyFile, "v"> => ({
    default: pick<PolicyFile["default"]>("allow", "ask", "deny"),
    rules: Array.from({ length: Math.floor(random() * 5) }, () => rule()),
  });
  return { rule, request, policy, random };
}

/** What becomes of a request, with nobody to ask: an ask refuses, and so it counts as less than a yes. */
async function outcome(policy: Omit<PolicyFile, "v">, asked: Asked) {
  const ruling = await settled(await controlBy(policy), asked);
  return ruling.kind === "allow"
    ? { allowed: true, by: ruling.rule }
    : { allowed: false, by: ruling.refusal.rule };
}

test("the order of rules changes nothing", async () => {
  const { policy, request, random } = generator(1);
  for (let trial = 0; trial < TRIALS; trial++) {
    const one = policy();
    const asked = request();
    const shuffled = {
      ...one,
      rules: one.rules.map((rule) => ({ rule, at: random() }))
        .sort((a, b) => a.at - b.at).map(({ rule }) => rule),
    };
    expect([one, asked, await outcome(shuffled, asked)])
      .toEqual([one, asked, await outcome(one, asked)]);
  }
});

for (const effect of ["deny", "ask", "limit"] as const) {
  test(`one more rule that says ${effect} never allows`, async () => {
    const { policy, rule, request } = generator(2);
    for (let trial = 0; trial < TRIALS; trial++) {
      const one = policy();
      const asked = request();
      if ((await outcome(one, asked)).allowed) continue;
      const more = { ...one, rules: [...one.rules, rule(effect)] };
      expect([more, asked, (await outcome(more, asked)).allowed])
        .toEqual([more, asked, false]);
    }
  });
}

test("one more rule that allows never refuses", async () => {
  const { policy, rule, request } = generator(3);
  for (let trial = 0; trial < TRIALS; trial++) {
    const one = policy();
    const asked = request();
    if (!(await outcome(one, asked)).allowed) continue;
    const more = { ...one, rules: [...one.rules, rule("allow")] };
    expect([more, asked, (await outcome(more, asked)).allowed])
      .toEqual([more, asked, true]);
  }
});

test("what a rule that allows matches, one of the same words that denies matches too", async () => {
  const { rule, request } = generator(4);
  for (let trial = 0; trial < TRIALS; trial++) {
    const one = rule("allow");
    const asked = { ...request(), provider: "github" };
    const allowed = await outcome({ default: "deny", rules: [one] }, asked);
    if (!allowed.allowed) continue;
    const { answers: _, ...words } = one;
    const denied = { rules: [{ ...words, effect: "deny" as const }] };
    expect([denied, asked, (await outcome(denied, asked)).allowed])
      .toEqual([denied, asked, false]);
  }
});
