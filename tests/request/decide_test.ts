// The proxy, the library's fetch and explain beside each other, over requests that are generated from a fixed seed.
import { expect } from "expect";
import { test } from "node:test";
import type { Circumstances } from "../../lib/explanation.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import type { Policy } from "../../lib/request/policies/policy.ts";
import { POLICIES } from "../../lib/request/policies/policies.ts";
import type { ReasonCode } from "../../lib/request/route.ts";
import {
  addressOf,
  byExplain,
  byFetch,
  byProxy,
  byRuledExplain,
  type Outcome,
} from "../support/proxy/deciders.ts";
import type { Control } from "../../lib/request/control/control.ts";
import { controlBy } from "../policy/support.ts";
import {
  type Asked,
  generate,
  generator,
  worlds,
} from "../support/proxy/generated_requests.ts";

const ROUNDS = 1200;

/** What the proxy says of generated requests and `explain` cannot know: it is not told headers and bodies. */
const UNKNOWN_TO_EXPLAIN: readonly ReasonCode[] = [
  "authority_mismatch",
  "bad_request",
  "not_injectable",
  "not_signable",
];
/** What `explain` tells in its own words, since it knows the connections and who else could serve the request. */
const OWN_WORDS: ReadonlySet<ReasonCode> = new Set([
  "policy",
  "credential_expired",
  "refresh_failed",
]);
/** Methods that the standard `Request` does not take. */
const NOT_FETCHED = /^(?:TRACE|TRACK|CONNECT)$/;

/** The request as `fetch` puts it: its URL read as the URL standard says, and its own `Host`. */
function fetchable(asked: Asked): Asked {
  const { pathname, search } = new URL(addressOf(asked));
  return {
    ...asked,
    target: pathname + search,
    fields: asked.fields.filter(({ name }) => name !== "host"),
  };
}

/** What `explain` is told of it. */
function bare({ body: _, ...asked }: Asked): Asked {
  return { ...asked, fields: [] };
}

async function holdTogether(
  asked: Asked,
  world: Circumstances,
  control?: Control,
) {
  const seen: [by: "proxy" | "explain", reason: ReasonCode][] = [];
  const tell = ({ action, reason, provider, message, hint }: Outcome) => ({
    action,
    reason,
    provider,
    ...action === "refuse" && !OWN_WORDS.has(reason) ? { message, hint } : {},
  });
  // Explain is asked about any target, and fetch about those that a URL can have.
  for (const request of [bare(asked), bare(fetchable(asked))]) {
    const proxy = await byProxy(request, world, control);
    const explained = control
      ? await byRuledExplain(request, world, control)
      : byExplain(request, world);
    const told = { ...explained, audited: [] };
    seen.push(["explain", told.reason]);
    const { provider } = proxy;
    expect({
      request,
      told: {
        ...tell(told),
        // It also names who could have served the request, and the provider of a credential step.
        provider: provider === undefined ? undefined : told.provider,
      },
    }).toEqual({ request, told: tell(proxy) });
  }
  seen.push(["proxy", (await byProxy(asked, world, control)).reason]);
  const request = fetchable(asked);
  const proxy = await byProxy(request, world, control);
  seen.push(["proxy", proxy.reason]);
  // Fetch refuses no host for want of a route.
  if (NOT_FETCHED.test(request.method) || world.policy === "deny") return seen;
  const fetched = await byFetch(request, world, control);
  if (proxy.action === "refuse") {
    const { action, reason, message, hint } = proxy;
    expect({ request, ...fetched }).toMatchObject({
      request,
      action,
      reason,
      message,
      hint,
    });
    // What cannot be read is audited in another place, which bounds it.
    if (reason !== "bad_request") {
      expect({ request, audited: fetched.audited })
        .toEqual({ request, audited: proxy.audited });
    }
  } else if (proxy.action === "inject") {
    expect({ request, fetched }).toEqual({ request, fetched: proxy });
  } else {
    // In a tunnel that is not opened the proxy cannot see what fetch sees.
    const unseen = proxy.action === "tunnel" && proxy.reason === "no_route" &&
      (fetched.reason === "placeholder_misplaced" &&
          carriesPlaceholder(request) ||
        control !== undefined && fetched.reason === "rule");
    expect({ request, action: fetched.action }).toEqual({
      request,
      action: unseen ? "refuse" : "forward",
    });
  }
  return seen;
}

function carriesPlaceholder({ target, fields }: Asked): boolean {
  return /authsome(?:-|%2D)proxy/i.test(target) ||
    fields.some(({ value }) =>
      value.includes(PLACEHOLDER) || value.startsWith("Basic ")
    );
}

test("the proxy, fetch and explain say the same of every request", async () => {
  const random = generator(1);
  const all = worlds();
  const reasons = {
    proxy: new Set<ReasonCode>(),
    explain: new Set<ReasonCode>(),
  };
  for (let round = 0; round < ROUNDS; round++) {
    const world = all[Math.floor(random() * all.length)]!;
    for (const [by, reason] of await holdTogether(generate(random), world)) {
      reasons[by].add(reason);
    }
  }
  // The requests have met whatever a decision can come to.
  expect([...reasons.explain].sort()).toEqual([
    "credential_expired",
    "credential_missing",
    "method_refused",
    "minting_refused",
    "no_route",
    "oauth_endpoint",
    "placeholder_misplaced",
    "plain_http",
    "policy",
    "refresh_failed",
    "routed",
    "tie",
  ]);
  expect([...reasons.proxy.difference(reasons.explain)].sort())
    .toEqual(UNKNOWN_TO_EXPLAIN);
});

test("the same with a person's rules, also where the body decides", async () => {
  const random = generator(2);
  const all = worlds();
  const control = await controlBy({
    rules: [
      { id: "no-puts", effect: "deny", method: ["PUT", "DELETE"] },
      {
        id: "unread",
        effect: "deny",
        provider: ["member", "maker", "signer"],
        when: 'body.text.contains("create")',
      },
      { id: "no-old", effect: "deny", provider: ["old", "dead", "empty"] },
      { id: "not-there", effect: "deny", path: "/v1/**", reads: false },
    ],
  });
  const met = new Set<string>();
  for (let round = 0; round < ROUNDS / 4; round++) {
    const world = all[Math.floor(random() * all.length)]!;
    const asked = generate(random);
    for (const [by, reason] of await holdTogether(asked, world, control)) {
      met.add(`${by} ${reason}`);
    }
  }
  expect([...met]).toEqual(
    expect.arrayContaining(["proxy rule", "explain rule", "proxy routed"]),
  );
});

test("a policy in the table is obeyed by all three, with one message", async () => {
  const teapot: Policy = ({ head, decision }) =>
    decision.kind === "route" && head.target.startsWith("/tea")
      ? {
        status: 403,
        // What a host without a route is refused for as well, and explain then tells in its own words.
        reason: "policy",
        message: `${decision.route.provider} makes no tea`,
        hint: "Ask for coffee",
      }
      : undefined;
  const [world] = worlds();
  const asked: Asked = {
    scheme: "https",
    host: "alpha.example.com",
    port: 443,
    method: "GET",
    target: "/tea?a=1",
    fields: [],
  };
  const ask = async () =>
    (await Promise.all([
      byProxy(asked, world!),
      byFetch(asked, world!),
      byExplain(asked, world!),
    ])).map(({ action, reason, message, hint }) => ({
      action,
      reason,
      message: action === "refuse" ? message : "",
      hint: hint ?? "",
    }));
  const sent = { action: "inject", reason: "routed", message: "", hint: "" };
  expect(await ask()).toEqual([sent, sent, sent]);
  const table = POLICIES as Policy[];
  table.push(teapot);
  try {
    const refused = {
      action: "refuse",
      reason: "policy",
      message: "alpha makes no tea",
      hint: "Ask for coffee",
    };
    expect(await ask()).toEqual([refused, refused, refused]);
  } finally {
    table.pop();
  }
});
