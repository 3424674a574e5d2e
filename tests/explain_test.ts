import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../lib/connection/connection.ts";
import {
  addressOf,
  type Circumstances,
  explain,
  type Participant,
  readRequest,
} from "../lib/explanation.ts";
import type { ProviderDefinition } from "../lib/provider/definition.ts";
import { Secret } from "../lib/secret.ts";
import { bundledProviders } from "../providers/mod.ts";

const NOW = 1_000_000;

function definition(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

function connected(
  name: string,
  change: Partial<Connection> & { expiresAt?: number; renewable?: boolean } =
    {},
): Participant {
  const { expiresAt, renewable, ...rest } = change;
  return {
    definition: definition(name),
    connection: {
      provider: name,
      name: "default",
      revision: 1,
      state: "connected",
      createdAt: 0,
      updatedAt: 0,
      credential: definition(name).auth_type === "api_key"
        ? { type: "api_key", fields: { api_key: new Secret("canary-1") } }
        : {
          type: "oauth2",
          accessToken: new Secret("canary-2"),
          ...renewable ? { refreshToken: new Secret("canary-3") } : {},
          ...expiresAt === undefined ? {} : { expiresAt },
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
      ...rest,
    },
  };
}

const OTHERS = bundledProviders.names.filter((name) =>
  !["openai", "github", "slack", "linear"].includes(name)
).map(definition);

function ask(
  url: string,
  participants = [connected("openai"), connected("github")],
  options: Partial<Pick<Circumstances, "policy" | "named" | "leftOut">> & {
    method?: string;
  } = {},
) {
  const answer = explain(readRequest(url, options.method), {
    participants,
    named: options.named ?? [],
    others: OTHERS,
    leftOut: options.leftOut ?? [],
    policy: options.policy ?? "open",
    now: NOW,
  });
  expect(JSON.stringify(answer)).not.toContain("canary");
  return [
    answer.action,
    answer.reason,
    answer.provider ?? "-",
    answer.message,
    answer.hint,
  ];
}

test("a routed request names its connection and where the credential goes", () => {
  const answer = explain(readRequest("https://API.openai.com/v1/x?key=1"), {
    participants: [connected("openai")],
    named: [],
    others: [],
    leftOut: [],
    policy: "deny",
    now: NOW,
  });
  expect(answer).toEqual({
    action: "inject",
    reason: "routed",
    provider: "openai",
    connection: "default",
    route: { host: "api.openai.com", port: 443, pathPrefix: "/" },
    injections: [{
      kind: "header",
      name: "Authorization",
      value: "Bearer {api_key}",
    }],
    defaultHeaders: {},
    message: "Sent with the credential of openai/default",
    hint: "",
  });
});

test("every reason why a request gets nothing", () => {
  const is = (got: string[], action: string, reason: string, text: RegExp) => {
    expect({ got, action: got[0], reason: got[1] }).toEqual({
      got,
      action,
      reason,
    });
    expect(got.slice(2).join(" | ")).toMatch(text);
  };
  is(ask("https://example.com"), "tunnel", "no_route", /serves example\.com/);
  is(
    ask("https://example.com", undefined, { policy: "deny" }),
    "refuse",
    "policy",
    /serves example\.com/,
  );
  is(ask("http://api.openai.com"), "tunnel", "plain_http", /explain https:/);
  is(ask("ws://api.openai.com"), "tunnel", "plain_http", /explain https:/);
  is(ask("wss://api.openai.com/x"), "inject", "routed", /openai/);
  is(
    ask("https://api.openai.com", undefined, { method: "trace" }),
    "refuse",
    "method_refused",
    /method/,
  );
  is(
    ask("https://api.stripe.com/v1"),
    "tunnel",
    "no_route",
    /stripe could .* is not connected \| authsome login stripe/,
  );
  is(
    ask("https://api.openai.com./"),
    "tunnel",
    "no_route",
    /serves api\.openai\.com\.; openai serves api\.openai\.com \| authsome explain https:\/\/api\.openai\.com\//,
  );
  is(
    ask("https://api.openai.com/v1", [], {
      leftOut: [definition("openai")],
      policy: "deny",
    }),
    "refuse",
    "policy",
    /openai serves .* --only leaves it out \| Add openai to --only/,
  );
  const shop = (name: string) =>
    connected("shopify", { name, baseUrl: `https://${name}.myshopify.com` });
  is(
    ask("https://my-side.myshopify.com/admin/api", [shop("main")], {
      named: [shop("my-side")],
    }),
    "forward",
    "no_route",
    /Only shopify\/my-side serves .* authsome-proxy-managed\.my-side \| authsome run --connection shopify=my-side -- <command>/,
  );
  is(ask("https://api.opeani.com/"), "tunnel", "no_route", /api\.openai\.com/);
  is(ask("https://api.openai.com:444/"), "tunnel", "no_route", /:444; openai/);
  is(ask("https://github.com/a/b"), "forward", "no_route", /git's paths/);
  is(
    ask("https://api.openai.com/%2f%2e%2e/x"),
    "forward",
    "no_route",
    /more than one way/,
  );
  is(
    ask("https://api.linear.app/oauth/token", [connected("linear")]),
    "refuse",
    "oauth_endpoint",
    /OAuth endpoint of linear/,
  );
  is(
    ask("https://api.github.com/user/keys", undefined, { method: "post" }),
    "refuse",
    "minting_refused",
    /SSH or GPG key.*--allow-minting github/,
  );
  is(ask("https://api.github.com/user/keys"), "inject", "routed", /github/);
  const openai = connected("openai");
  const twin = { ...openai.definition, name: "twin" };
  const both = [openai, { ...openai, definition: twin }];
  is(
    ask("https://api.openai.com/v1", both),
    "refuse",
    "tie",
    /openai and twin serve/,
  );
  is(
    ask("https://slack.com/api/x", [connected("slack", { expiresAt: NOW })]),
    "refuse",
    "credential_expired",
    /slack\/default is expired \| authsome login slack --force/,
  );
  is(
    ask("https://slack.com/api/x", [
      connected("slack", { expiresAt: NOW, renewable: true }),
    ]),
    "inject",
    "routed",
    /after its access token is refreshed/,
  );
  for (const state of ["revoked", "invalid"] as const) {
    is(
      ask("https://slack.com/api/x", [connected("slack", { state })]),
      "refuse",
      "credential_expired",
      new RegExp(`is ${state}`),
    );
  }
  is(
    ask("https://api.openai.com/", [
      connected("openai", { credential: { type: "api_key", fields: {} } }),
    ]),
    "refuse",
    "credential_missing",
    /no field "api_key"/,
  );
});

test("readRequest() reads what a client would send, and nothing private", () => {
  for (
    const [text, address] of [
      ["api.openai.com/v1", "https://api.openai.com/v1"],
      ["https://u:secret@a.example/p?token=1#x", "https://a.example/p"],
      ["HTTPS://A.EXAMPLE:443", "https://a.example/"],
      ["http://a.example:80/", "http://a.example/"],
      ["https://a.example:8443/", "https://a.example:8443/"],
      ["https://a.example/a/../b", "https://a.example/b"],
      ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ] as const
  ) expect(addressOf(readRequest(text))).toBe(address);
  for (
    const bad of ["", "ftp://x", "https://", "file:///x", "a b"]
  ) {
    expect(() => readRequest(bad)).toThrow("not one of https or http");
  }
});
