// The catalogue of places that make credentials: what is like one and makes none is let through.
import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { mintingRulesAt } from "../../lib/request/decide_route.ts";
import {
  decidingBody,
  mintedByHead,
} from "../../lib/request/minting/minting.ts";
import { buildRoutes, decideRoute } from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";

const BUCKET = "notes--usw2-az1--x-s3.s3express-usw2-az1.us-west-2";
const BASE_HOST = "tenant.acme-notes.com";
const METADATA = "POST /compute/v1/projects/p/zones/z/instances/i/setMetadata";

/** Provider, host, method and target, body; what is made, if anything. */
const CASES: [string, string, string, string?, string?][] = [
  // SDKs ask for it by themselves, and it lives for five minutes.
  ["aws", `${BUCKET}.amazonaws.com`, "GET /?session"],
  ["aws", `${BUCKET}.amazonaws.com`, "GET /session"],
  ["aws", `${BUCKET}.amazonaws.com`, "GET /?list-type=2"],
  ["aws", "notes.s3.us-west-2.amazonaws.com", "GET /?session"],
  ["aws", "notes.s3.us-west-2.amazonaws.com", "PUT /certificates"],
  ["aws", "sts.amazonaws.com", "POST /", "Action=GetCallerIdentity"],
  [
    "google",
    "compute.googleapis.com",
    METADATA,
    '{"items":[{"key":"ssh-keys","value":"ada:ssh-ed25519 AAAA"}]}',
    "an SSH key for virtual machines",
  ],
  [
    "google",
    "compute.googleapis.com",
    METADATA,
    '{"items":[{"key":"startup-script","value":"true"}]}',
  ],
  [
    "google",
    "firestore.googleapis.com",
    "POST /v1/projects/p/databases/d/documents:runQuery",
    "{}",
  ],
  [
    "google",
    "www.googleapis.com",
    "POST /storage/v1/projects/p/hmacKeys",
    ,
    "an HMAC key of Cloud Storage",
  ],
  ["google", "www.googleapis.com", "POST /storage/v1/b"],
  [
    "google",
    "www.googleapis.com",
    "POST /batch/admin/directory_v1",
    "POST /admin/directory/v1/users/ada/verificationCodes/generate HTTP/1.1",
    "a key or code in a batch",
  ],
  [
    "google",
    "www.googleapis.com",
    "POST /batch/drive/v3",
    "GET /drive/v3/files/1 HTTP/1.1",
  ],
  ["github", "api.github.com", "GET /repos/o/r/keys"],
  [
    "linear",
    "api.linear.app",
    "POST /graphql",
    '{"query":"mutation { oauthApplicationRotateSecret(id: 1) { success } }"}',
    "an OAuth app with its secret",
  ],
  [
    "linear",
    "api.linear.app",
    "POST /graphql",
    '{"query":"{ issues { nodes { title } } }"}',
  ],
  ["cloudflare", "api.cloudflare.com", "GET /client/v4/user/tokens/verify"],
  ["digitalocean", "api.digitalocean.com", "GET /v2/spaces/keys"],
  ["fastly", "api.fastly.com", "GET /tokens/self"],
  ["heroku", "api.heroku.com", "GET /oauth/authorizations"],
  ["braintrust", "api.braintrust.dev", "GET /v1/api_key"],
  ["clerk", "api.clerk.com", "POST /v1/sessions/s/revoke"],
  ["clerk", "api.clerk.com", "POST /v1/api_keys/verify"],
  ["contentful", "api.contentful.com", "GET /spaces/s/api_keys"],
  ["daytona", "app.daytona.io", "GET /api/sandbox/s/toolbox-proxy-url"],
  ["databricks", BASE_HOST, "GET /api/2.0/token/list"],
  ["elasticsearch", BASE_HOST, "GET /_security/api_key"],
  ["elasticsearch", BASE_HOST, "POST /_security/user/_has_privileges"],
  ["mapbox", "api.mapbox.com", "GET /tokens/v2/ada"],
  ["metabase", BASE_HOST, "GET /api/session/properties"],
  ["supabase-project", BASE_HOST, "POST /auth/v1/token?grant_type=password"],
  ["upstash-redis", BASE_HOST, "POST /", '["SET","k","v"]'],
  [
    "upstash-redis",
    BASE_HOST,
    "POST /",
    '["ACL","RESTTOKEN","ada","password"]',
    "a token of the database",
  ],
  [
    "upstash-redis",
    BASE_HOST,
    "POST /pipeline",
    '[["acl","resttoken","ada","password"]]',
    "a token of the database",
  ],
  ["workos", "api.workos.com", "GET /organizations/o/api_keys"],
];

for (const [name, host, line, body, reason] of CASES) {
  test(`${name}: ${line} ${body ?? ""}`, () => {
    expect(minted(name, host, line, body)).toBe(reason);
  });
}

function minted(name: string, host: string, line: string, body = "") {
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text(name)!,
  );
  const [method = "", target = ""] = line.split(" ");
  const path = target.split("?")[0]!;
  const table = buildRoutes([{
    definition,
    connection: "default",
    ...host === BASE_HOST ? { baseUrl: `https://${BASE_HOST}` } : {},
  }]);
  expect(decideRoute(table, { host, port: 443, path }).kind).toBe("route");
  const rules = mintingRulesAt(table, { host, path });
  const type = /^[{[]/.test(body)
    ? "application/json"
    : "application/x-www-form-urlencoded";
  const request = {
    method,
    target,
    fields: body ? [{ name: "Content-Type", value: type }] : [],
  };
  const rule = mintedByHead(rules, request) ??
    decidingBody(rules, request)?.minted(new TextEncoder().encode(body))?.rule;
  return rule?.reason;
}
