// What mints for authsome is refused to a command: it would get what outlives the run, or is made from the source.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { FLOWS } from "../../../lib/provider/flow_facts.ts";
import { mintingRulesAt } from "../../../lib/request/decide_route.ts";
import {
  decidingBody,
  mintedByHead,
} from "../../../lib/request/minting/minting.ts";
import { buildRoutes, decideRoute } from "../../../lib/request/routes.ts";
import { bundledProviders } from "../../../providers/mod.ts";

const STS = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr";

/** Provider, host, request and body. */
const REQUESTS: [string, string, string, string?][] = [
  ["dockerhub", "hub.docker.com", "POST /v2/auth/token", "{}"],
  ["dockerhub", "hub.docker.com", "POST /v2/users/login", "{}"],
  ["dockerhub", "hub.docker.com", "POST /v2/access-tokens", "{}"],
  ["google-service-account", "oauth2.googleapis.com", "POST /token"],
  [
    "google-service-account",
    "iamcredentials.googleapis.com",
    "POST /v1/projects/-/serviceAccounts/a:generateAccessToken",
  ],
  ["shopify-app", "acme.myshopify.com", "POST /admin/oauth/access_token"],
  ["tailscale-oauth", "api.tailscale.com", "POST /api/v2/oauth/token"],
  ["paypal", "api-m.paypal.com", "POST /v1/oauth2/token"],
  [
    "github-app",
    "api.github.com",
    "POST /app/installations/1/access_tokens",
  ],
  ["github-app", "api.github.com", "POST /app-manifests/c/conversions"],
  ["aws-role", "sts.amazonaws.com", "POST /", STS],
  ["aws-role", "sts.eu-west-1.amazonaws.com", `GET /?${STS}`],
  ["aws-role", "sts.cn-north-1.amazonaws.com.cn", "POST /", STS],
  ["aws-sso", "sts.eu-west-1.amazonaws.com", "POST /", STS],
  ["aws-sso", "oidc.eu-west-1.amazonaws.com", "POST /token", "{}"],
  ["aws-sso", "oidc.eu-west-1.amazonaws.com", "POST /client/register", "{}"],
  [
    "aws-sso",
    "oidc.eu-west-1.amazonaws.com",
    "POST /device_authorization",
    "{}",
  ],
  [
    "aws-sso",
    "portal.sso.eu-west-1.amazonaws.com",
    "GET /federation/credentials?role_name=r&account_id=1",
  ],
];

const definitionOf = (name: string): ProviderDefinition =>
  JSON.parse(bundledProviders.text(name)!);

for (const [name, host, line, body = ""] of REQUESTS) {
  test(`${name}: ${line} at ${host} gets no credential`, () => {
    const definition = definitionOf(name);
    const [method = "", target = ""] = line.split(" ");
    const path = target.split("?")[0]!;
    const table = buildRoutes([{
      definition,
      connection: "default",
      ...definition.base_url_example && !definition.oauth?.base_url
        ? { baseUrl: definition.base_url_example }
        : {},
    }]);
    const { kind } = decideRoute(table, { host, port: 443, path });
    if (kind !== "route") return;
    const rules = mintingRulesAt(table, { host, path });
    const type = body.startsWith("{")
      ? "application/json"
      : "application/x-www-form-urlencoded";
    const request = {
      method,
      target,
      fields: body ? [{ name: "Content-Type", value: type }] : [],
    };
    const rule = mintedByHead(rules, request) ??
      decidingBody(rules, request)?.minted(new TextEncoder().encode(body))
        ?.rule;
    expect(rule?.reason).toBeDefined();
  });
}

test("every definition that mints is among them", () => {
  const mints = bundledProviders.names.filter((name) =>
    FLOWS[definitionOf(name).flow].mints
  );
  const tried = new Set(REQUESTS.map(([name]) => name));
  expect(mints.filter((name) => !tried.has(name))).toEqual([]);
});
