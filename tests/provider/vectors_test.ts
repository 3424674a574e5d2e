// What goes over the wire for each bundled provider, and the traps that other catalogues fell into.
import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { needsBaseUrl } from "../../lib/provider/tenant.ts";
import {
  buildRoutes,
  decideRoute,
  type RouteInput,
} from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { allProviderVectors } from "../../scripts/generate_provider_vectors.ts";

const FILE = new URL("../vectors/providers.txt", import.meta.url);
const text = readFileSync(FILE, "utf8");
const sections = new Map(
  text.trimEnd().split("\n\n").slice(1).map((section) => [
    section.slice(0, section.indexOf(":")),
    section,
  ]),
);

function inputOf(name: string): RouteInput {
  const definition: ProviderDefinition = JSON.parse(
    bundledProviders.text(name)!,
  );
  return {
    definition,
    connection: "default",
    ...needsBaseUrl(definition)
      ? { baseUrl: definition.base_url_example! }
      : {},
    captured: Object.fromEntries(
      Object.keys(definition.oauth?.capture?.token_response ?? {})
        .map((value) => [value, `https://${name}.captured.example.com`]),
    ),
  };
}

/** Everything connected. */
const ALL = buildRoutes(
  bundledProviders.names.map(inputOf).filter((input) => !isAgentLogin(input)),
);

/** Those serve only what carries the placeholder of the agent's own file. */
function isAgentLogin({ definition }: ReturnType<typeof inputOf>): boolean {
  return definition.flow === "agent_login";
}

test("every provider sends what tests/vectors/providers.txt says", async () => {
  const made = (await allProviderVectors()).trimEnd().split("\n\n");
  expect([...sections.keys()]).toEqual([...bundledProviders.names]);
  // One by one, so that a failure shows one provider.
  for (const section of made.slice(1)) {
    const name = section.slice(0, section.indexOf(":"));
    if (sections.get(name) !== section) {
      expect(section).toBe(sections.get(name));
    }
  }
  expect(made[0] + "\n").toBe(text.slice(0, made[0]!.length + 1));
});

test("every provider has all its requests there", () => {
  for (const [name, section] of sections) {
    const [head, ...lines] = section.split("\n");
    const titles = lines.filter((line) => /^ {2}\S/.test(line))
      .map((line) => line.trim().replace(/^send to .*/, "send"));
    const need = /: api_key,/.test(head!)
      ? ["send"]
      : /client_credentials/.test(head!)
      ? ["token", "send"]
      : /, agent_login/.test(head!)
      ? ["refresh", "send"]
      : /, (?:key_exchange|jwt_bearer|github_app|aws_\w+)(?:$|,)/.test(head!)
      ? ["mint", "send"]
      : /device_code$/.test(head!) && !/pkce/.test(head!)
      ? ["device", "device token", "refresh", "send"]
      : [
        "authorize",
        "token",
        name === "facebook" ? "exchange" : "refresh",
        "send",
      ];
    expect([name, need.filter((title) => !titles.includes(title))])
      .toEqual([name, []]);
    if (/dcr_pkce/.test(head!)) expect([name, ...titles]).toContain("register");
    // Each request shows where it goes or what it carries.
    for (const [at, line] of lines.entries()) {
      if (/^ {2}\S/.test(line)) {
        expect([name, line, lines[at + 1]]).toEqual([
          name,
          line,
          expect.stringMatching(/^ {4}\S/),
        ]);
      }
    }
    expect([name, /undefined|null|\{[a-z_]+\}/.exec(section)?.[0]])
      .toEqual([name, undefined]);
  }
});

test("the documented address of every API is served by its provider, or by its twin", () => {
  const urls: Record<string, string> = JSON.parse(
    readFileSync(new URL("../vectors/base_urls.json", import.meta.url), "utf8"),
  );
  expect(Object.keys(urls)).toEqual([...bundledProviders.names]);
  for (const [name, text] of Object.entries(urls)) {
    const url = new URL(text);
    const request = {
      host: url.hostname,
      port: Number(url.port || 443),
      path: url.pathname + url.search,
    };
    const alone = decideRoute(buildRoutes([inputOf(name)]), request);
    expect([name, alone]).toEqual([
      name,
      { kind: "route", route: expect.objectContaining({ provider: name }) },
    ]);
    if (isAgentLogin(inputOf(name))) continue;
    // With everything connected at once none but a sibling takes it.
    const together = decideRoute(ALL, request);
    const served = together.kind === "route"
      ? [together.route.provider]
      : together.kind === "tie"
      ? together.providers
      : [];
    const family = name.split(/[-_]/)[0]!;
    expect([name, served.length > 0, served]).toEqual([
      name,
      true,
      served.filter((other) => other.split(/[-_]/)[0] === family),
    ]);
  }
});

// After the vendors' own documentation; each was wrong in some catalogue.
const FACTS: Record<string, (string | RegExp)[]> = {
  apollo: ["X-Api-Key: API_KEY", "api.apollo.io", "app.apollo.io"],
  ashby: ["Authorization: Basic base64(API_KEY:)"],
  atlassian: ["audience=api.atlassian.com", "prompt=consent", "offline_access"],
  buffer: [/send to api\.buffer\.com\n/, "Bearer API_KEY"],
  clearbit: ["person.clearbit.com"],
  g2: ["data.g2.com", "Authorization: Token token=API_KEY"],
  github: [
    "uploads.github.com",
    "(git)",
    "Basic base64(x-access-token:ACCESS_TOKEN)",
    "DELETE https://api.github.com/applications/CLIENT_ID/token",
    '{"access_token":"ACCESS_TOKEN"}',
  ],
  google: ["access_type=offline", "prompt=consent"],
  hubspot: [
    "https://api.hubapi.com/oauth/2026-03/token",
    /scope=(?:\S+ )*oauth\b/,
  ],
  "klaviyo-oauth": [
    "Basic base64(CLIENT_ID:CLIENT_SECRET)",
    "code_challenge",
    "revision: 2026-10-15",
  ],
  lemlist: ["Basic base64(:API_KEY)"],
  livestorm: ["    Authorization: API_KEY"],
  mailchimp: [/api\\\.mailchimp\\\.com/, "Basic base64(anystring:API_KEY)"],
  "mention-me": ["grant_type=client_credentials", "api.mention-me.com"],
  notion: [
    "owner=user",
    "authorization: Basic base64(CLIENT_ID:CLIENT_SECRET)",
    "content-type: application/json",
    "POST https://api.notion.com/v1/oauth/revoke",
  ],
  postiz: ["    Authorization: ACCESS_TOKEN"],
  rewardful: ["Basic base64(API_KEY:)"],
  semrush: ["&key=API_KEY"],
  slack: [/scope=[a-z:]+(?:,[a-z:]+)+\n/, "files.slack.com", "code_challenge"],
  x: [
    "authorization: Basic base64(CLIENT_ID:CLIENT_SECRET)",
    "api.x.com, api.twitter.com",
    "offline.access",
  ],
  zapier: ["zapier: oauth2", "authorize"],
  brevo: ["api.sendinblue.com", "api-key: API_KEY"],
  discord: ["discord.com/api"],
  gitlab: [
    "https://gitlab.com/oauth/authorize_device",
    "gitlab.com (git)",
    "Basic base64(oauth2:ACCESS_TOKEN)",
  ],
  intercom: ["api.eu.intercom.io", "api.au.intercom.io"],
  klaviyo: [
    "Authorization: Klaviyo-API-Key API_KEY",
    "revision: 2026-10-15",
  ],
  linear: [/scope=\w+,\w+/, /send to api\.linear\.app, uploads/],
  microsoft: ["offline_access", "https://login.microsoftonline.com/common/"],
  notion_dcr: ['"token_endpoint_auth_method":"none"'],
  sendgrid: ["api.eu.sendgrid.com"],
  typeform: ["api.eu.typeform.com"],
  "supabase-project": ["    apikey: API_KEY"],
  "azure-openai": ["    api-key: API_KEY"],
  "figma-pat": ["X-Figma-Token: API_KEY"],
  "aws-bedrock-key": ["Bearer API_KEY", /bedrock-mantle/],
  "google-maps": ["&key=API_KEY", "X-Goog-Api-Key: API_KEY"],
  elasticsearch: ["Authorization: ApiKey API_KEY"],
  qdrant: [":6333\n    api-key: API_KEY"],
  contentful: ["Bearer MANAGEMENT_TOKEN", /cdn\.[^]*Bearer DELIVERY_TOKEN/],
  browserbase: ["X-BB-API-Key: API_KEY", "&apiKey=API_KEY"],
  "clickup-token": ["    Authorization: API_KEY"],
  "monday-token": ["    Authorization: API_KEY"],
  "bitbucket-api-token": [
    "Basic base64(EMAIL:API_TOKEN)",
    "Basic base64(x-bitbucket-api-token-auth:API_TOKEN)",
  ],
  brightdata: ["Bearer API_KEY", "&token=API_KEY"],
  "home-assistant": ["Bearer API_KEY"],
  cloudinary: ["Basic base64(API_KEY_ID:API_SECRET)"],
  mem0: ["Authorization: Token API_KEY"],
  baseten: ["Bearer API_KEY", /api\.baseten\.co, [^]*Api-Key API_KEY/],
  cartesia: ["Bearer API_KEY", "Cartesia-Version: "],
  "browser-use": ["X-Browser-Use-API-Key: API_KEY", "Bearer API_KEY"],
  "pipedrive-token": ["x-api-token: API_KEY"],
  close: ["Basic base64(API_KEY:)"],
  mapbox: ["&access_token=API_KEY"],
  woocommerce: ["Basic base64(CONSUMER_KEY:CONSUMER_SECRET)"],
  wordpress: ["Basic base64(USERNAME:APPLICATION_PASSWORD)"],
  metabase: ["    X-API-Key: API_KEY"],
  mux: ["Basic base64(TOKEN_ID:TOKEN_SECRET)"],
  virustotal: ["x-apikey: API_KEY", "&apikey=API_KEY"],
  wistia: ["upload.wistia.com"],
  "calendly-oauth": ["scope=users:read organizations:read event_types:read"],
  cursor: [
    /send to api\.cursor\.com\n {4}Authorization: Basic base64\(API_KEY:\)/,
    /exchange_user_api_key\n {4}Authorization: Bearer API_KEY/,
  ],
  wandb: [/inference\.wandb\.ai\n {4}Authorization: Bearer API_KEY/],
  amplitude: [
    /api2\.amplitude\.com\/batch.*\n {4}json body: api_key=API_KEY/,
    /api2\.amplitude\.com\/identify.*\n {4}form body: api_key=API_KEY/,
  ],
  "discord-bot": [
    /gateway\.discord\.gg.*\n {4}WebSocket message: d\.token=API_KEY/,
  ],
  elevenlabs: ["xi-api-key: API_KEY", "WebSocket message: xi_api_key=API_KEY"],
  mandrill: ["json body: key=API_KEY"],
  plaid: ["PLAID-SECRET: SECRET", "json body: secret=SECRET"],
  "slack-bot": ["Bearer API_KEY", "form body: token=API_KEY"],
  xero: ["accounting.invoices accounting.payments", "accounting.settings"],
};
/** What must not be sent. */
const NEVER: Record<string, RegExp> = {
  atlassian: /scope=offline_access\n/,
  discord: /discord\.com[,\n]/,
  "clickup-token": /Bearer/,
  "figma-pat": /Bearer/,
  "monday-token": /Bearer/,
  "supabase-project": /Authorization/,
  hubspot: /code_challenge|oauth\/v1/,
  "klaviyo-oauth": /client_secret=/,
  lemlist: /Bearer/,
  livestorm: /Bearer/,
  notion: /client_secret|code_challenge|urlencoded/,
  "pipedrive-token": /Bearer|oauth\.pipedrive/,
  postiz: /Bearer/,
  slack: /scope=\S+ \S/,
  x: /client_secret=/,
  xero: /accounting\.transactions/,
};

for (const [name, facts] of Object.entries(FACTS)) {
  test(`${name} is not wrong in the way it is elsewhere`, () => {
    const section = sections.get(name)!;
    for (const fact of facts) {
      if (typeof fact === "string") expect(section).toContain(fact);
      else expect(section).toMatch(fact);
    }
    if (NEVER[name]) expect(section).not.toMatch(NEVER[name]);
  });
}
