// Definitions of services where a wrong place is easy to take for the right one, and of remote MCP servers.
import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { mintingRulesAt } from "../../lib/request/decide_route.ts";
import {
  decidingBody,
  mintedByHead,
} from "../../lib/request/minting/minting.ts";
import { buildRoutes, decideRoute } from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";

const SENT = new Map(
  readFileSync(new URL("../vectors/providers.txt", import.meta.url), "utf8")
    .trimEnd().split("\n\n").map((section) => [
      section.slice(0, section.indexOf(":")),
      section,
    ]),
);

function definitionOf(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

/** Provider, the place of its key, and what it is taken for. */
const PLACES: [name: string, sent: string, never?: RegExp][] = [
  ["rollbar", "X-Rollbar-Access-Token: API_KEY", /Bearer/],
  ["axiom", "eu-central-1.aws.edge.axiom.co\n    Authorization: Bearer"],
  ["opsgenie", "Authorization: GenieKey API_KEY", /Bearer/],
  ["dynatrace", "Authorization: Api-Token API_KEY", /Bearer/],
  ["razorpay", "Authorization: Basic base64(KEY_ID:KEY_SECRET)"],
  ["chargebee", "Authorization: Basic base64(API_KEY:)", /Bearer/],
  ["adyen", "    X-API-Key: API_KEY", /Bearer/],
  ["customerio", "api-eu.customer.io\n    Authorization: Bearer API_KEY"],
  ["customerio-track", "Basic base64(SITE_ID:API_KEY)", /to api\.customer/],
  ["activecampaign", "acme.api-us1.com/api\n    Api-Token: API_KEY"],
  ["kit", "X-Kit-Api-Key: API_KEY", /Bearer|convertkit/],
  ["mailerlite", "api.mailerlite.com/api\n    X-MailerLite-ApiKey: API_KEY"],
  ["mailjet", "api.us.mailjet.com\n    Authorization: Basic base64(PUBLIC_KEY"],
  ["vonage", "Authorization: Basic base64(KEY_ID:API_SECRET)"],
  ["gong", "Authorization: Basic base64(ACCESS_KEY_ID:ACCESS_KEY_SECRET)"],
  ["luma", "x-luma-api-key: API_KEY", /lumalabs/],
  ["luma-ai", "api.lumalabs.ai\n    Authorization: Bearer API_KEY"],
  ["hume", "X-Hume-Api-Key: API_KEY", /Bearer/],
  ["heygen", "X-Api-Key: API_KEY", /Bearer/],
  ["typesense", "X-TYPESENSE-API-KEY: API_KEY", /Bearer/],
  ["chroma", "x-chroma-token: API_KEY"],
  ["clickhouse", "X-ClickHouse-User: USER\n    X-ClickHouse-Key: PASSWORD"],
  ["clickhouse-cloud", "Basic base64(KEY_ID:KEY_SECRET)"],
  ["polygon", "delayed.massive.com\n    WebSocket message: params=API_KEY"],
  ["unsplash", "Authorization: Client-ID API_KEY", /Bearer/],
  ["snowflake-pat", "Authorization-Token-Type: PROGRAMMATIC_ACCESS_TOKEN"],
];

for (const [name, sent, never] of PLACES) {
  test(`${name} is sent where its API takes it`, () => {
    const section = SENT.get(name)!;
    expect(section).toContain(sent);
    if (never) expect(section).not.toMatch(never);
  });
}

test("a name of a service is no name of another's host", () => {
  const none: [name: string, host: string, path: string][] = [
    ["adyen", "www.adyen.com", "/"],
    ["adyen", "checkout-test.adyen.com.evil.test", "/"],
    ["adyen", "checkout-staging.adyen.com", "/"],
    ["gong", "app.gong.io", "/"],
    ["gong", "us-12345.app.gong.io", "/"],
    ["turbopuffer", "docs.turbopuffer.com", "/"],
    ["betterstack", "betterstack.com", "/api/v2/monitors"],
    ["ahrefs-mcp", "api.ahrefs.com", "/v3/subscription-info"],
    ["wrike-token", "www.wrike.com", "/frontend"],
  ];
  for (const [name, host, path] of none) {
    const routes = buildRoutes([{
      definition: definitionOf(name),
      connection: "default",
    }]);
    expect([host, path, decideRoute(routes, { host, port: 443, path }).kind])
      .toEqual([host, path, "none"]);
  }
});

test("an API server of Kubernetes that the person names may be on a private network and have a port", () => {
  const definition = definitionOf("kubernetes");
  const decide = (baseUrl: string, host: string, port: number, path: string) =>
    decideRoute(
      buildRoutes([{ definition, connection: "default", baseUrl }]),
      { host, port, path },
    );
  expect(decide("https://10.1.2.3:6443", "10.1.2.3", 6443, "/api/v1/pods"))
    .toMatchObject({ kind: "route", route: { allowPrivate: true } });
  expect(decide("https://10.1.2.3:6443", "10.1.2.3", 443, "/api/v1/pods").kind)
    .toBe("none");
  const rancher = "https://rancher.acme.dev/k8s/clusters/c-1";
  expect(decide(rancher, "rancher.acme.dev", 443, "/k8s/clusters/c-1/api/v1"))
    .toMatchObject({ kind: "route" });
  expect(decide(rancher, "rancher.acme.dev", 443, "/v3/tokens").kind)
    .toBe("none");
});

/** Provider, method and path, body; what is made, if anything. */
const MADE: [string, string, string, string?][] = [
  [
    "kubernetes",
    "POST /api/v1/namespaces/dev/serviceaccounts/bot/token",
    "{}",
    "a service account's token",
  ],
  [
    "kubernetes",
    "POST /api/v1/namespaces/dev/secrets",
    '{"type":"kubernetes.io/service-account-token"}',
    "a service account's token by a secret",
  ],
  [
    "kubernetes",
    "POST /api/v1/namespaces/dev/secrets",
    '{"type":"Opaque","data":{"url":"aGk="}}',
  ],
  ["kubernetes", "POST /api/v1/namespaces/dev/configmaps", "{}"],
  ["clickhouse", "POST /", "SELECT 1"],
  [
    "clickhouse",
    "POST /",
    "CREATE USER ada IDENTIFIED WITH plaintext_password BY 'x'",
    "a user's password by SQL",
  ],
  ["typesense", "POST /keys", "{}", "an API key"],
  ["typesense", "POST /collections", "{}"],
  ["meilisearch", "POST /indexes", "{}"],
];

for (const [name, line, body, reason] of MADE) {
  test(`${name}: ${line} ${body}`, () => {
    const [method = "", path = ""] = line.split(" ");
    const host = "tenant.acme-notes.com";
    const table = buildRoutes([{
      definition: definitionOf(name),
      connection: "default",
      baseUrl: `https://${host}`,
    }]);
    const rules = mintingRulesAt(table, { host, path });
    const type = body.startsWith("{") ? "application/json" : "text/plain";
    const request = {
      method,
      target: path,
      fields: [{ name: "Content-Type", value: type }],
    };
    const rule = mintedByHead(rules, request) ??
      decidingBody(rules, request)?.minted(new TextEncoder().encode(body))
        ?.rule;
    expect(rule?.reason).toBe(reason);
  });
}

test("a remote MCP server gets the token for its own address, over https and by its own registration", () => {
  const servers = bundledProviders.names.map(definitionOf)
    .filter(({ oauth, flow }) => flow === "dcr_pkce" && oauth?.resource);
  expect(servers.length).toBeGreaterThanOrEqual(50);
  for (const { name, api_url, oauth } of servers) {
    const { resource, registration_endpoint, authorization_url, token_url } =
      oauth!;
    const { hostname } = new URL(resource!);
    expect([name, [api_url].flat().some((url) => url.startsWith(hostname))])
      .toEqual([name, true]);
    for (const url of [registration_endpoint, authorization_url, token_url]) {
      expect([name, url]).toEqual([name, expect.stringMatching(/^https:\/\//)]);
    }
  }
});
