// Every bundled definition: valid, in step with the index, routed where it says and nowhere that only looks like it.
import { expect } from "expect";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { defaultBaseUrl, needsBaseUrl } from "../../lib/provider/tenant.ts";
import {
  buildRoutes,
  decideRoute,
  isRoutedHost,
} from "../../lib/request/routes.ts";
import type { RouteTable } from "../../lib/request/route.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { providerIndex } from "../../scripts/generate_provider_index.ts";
import { providerSchema } from "../../scripts/generate_provider_schema.ts";
import {
  CAPTURED_HOST,
  PATTERN_HOSTS,
} from "../../scripts/generate/provider_vectors.ts";

const FOLDER = new URL("../../providers/", import.meta.url);
const files = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json") && name !== "schema.json");

function definitionOf(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

/** A host that an entry of the table serves, for the tests to bend. */
function exampleHosts(
  table: RouteTable,
): { host: string; port: number; path: string }[] {
  return table.routes.filter((route) => route.paths === undefined).map(
    ({ host, port, pathPrefix }) => ({
      port,
      host: host.kind === "exact"
        ? host.host
        : PATTERN_HOSTS.find((name) =>
          host.pattern.test(name) &&
          !host.exclude.some((part) => name.endsWith(part))
        )!,
      path: pathPrefix,
    }),
  );
}

function routesOf(definition: ProviderDefinition): RouteTable {
  return buildRoutes([{
    definition,
    connection: "default",
    baseUrl: needsBaseUrl(definition) ? definition.base_url_example : undefined,
    captured: Object.fromEntries(
      Object.keys(definition.oauth?.capture?.token_response ?? {})
        .map((name) => [name, CAPTURED_HOST]),
    ),
  }]);
}

test("the index and the schema are in step with the definitions", async () => {
  const stale = "is out of date: deno task providers";
  for (
    const [file, wanted] of [
      ...Object.entries(await providerIndex()),
      ["schema.json", await providerSchema()],
    ] as const
  ) {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    if (text !== wanted) throw new Error(`providers/${file} ${stale}`);
  }
  expect(files.map((name) => name.slice(0, -5)).sort()).toEqual([
    ...bundledProviders.names,
  ]);
  expect(bundledProviders.names.length).toBeGreaterThanOrEqual(350);
});

for (const file of files) {
  const name = file.slice(0, -5);
  test(`${name} is valid and routes only its own hosts`, () => {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    const { definition, warnings } = parseDefinition(text, {
      file,
      configFiles: JSON.parse(text).config_files,
    });
    expect(warnings).toEqual(
      /^google(?:-service-account)?$/.test(name)
        ? [expect.stringContaining("googleapis.com")]
        : [],
    );
    expect(definition.name).toBe(name);
    // An agent's own login is handed out to nobody.
    expect(Object.keys(definition.export?.env ?? {}).length > 0)
      .toBe(definition.flow !== "agent_login");
    expect(definition.category).toBeDefined();
    expect(definition.docs_url).toMatch(/^https:\/\//);
    // When its facts were checked, and from which sources besides the provider's documentation.
    expect(definition.checked).toMatch(/^20[0-9]{2}-(?:0[1-9]|1[0-2])$/);
    const { sources = [], unverified } = definition;
    expect(sources.length > 0 || unverified).toBe(true);
    for (const source of sources) {
      expect(source).toMatch(
        /^(?:https:\/\/\S+|(?:npm|PyPI) \S+ [0-9]+\.[0-9][\w.-]*)$/,
      );
      expect(source).not.toBe(definition.docs_url);
    }
    if (needsBaseUrl(definition)) {
      expect(definition.base_url_example).toBeDefined();
    }

    const table = routesOf(definition);
    const examples = exampleHosts(table);
    expect(examples.length).toBeGreaterThan(0);
    for (const { host, port, path } of examples) {
      for (const spelling of [host, host.toUpperCase()]) {
        expect(isRoutedHost(table, spelling, port)).toBe(true);
        const decision = decideRoute(table, {
          host: spelling,
          port,
          path: path === "/" ? "/v1/me?x=1" : `${path}/me`,
        });
        expect(decision).toMatchObject({
          kind: "route",
          route: { provider: name },
        });
      }
      for (const look of lookAlikes(host)) {
        expect([look, isRoutedHost(table, look, port)]).toEqual([look, false]);
        expect(decideRoute(table, { host: look, port, path }).kind)
          .toBe("none");
      }
      for (const other of [0, 80, 8443, 4433, 65_979]) {
        expect(decideRoute(table, { host, port: other, path }).kind).toBe(
          "none",
        );
      }
      if (path !== "/") {
        for (
          const other of [
            "/",
            `${path}x`,
            `/x${path}`,
            `${path}%2fx`,
            path.slice(0, -1),
          ]
        ) {
          // A wider route of the same host may serve it, this one never.
          const decision = decideRoute(table, { host, port, path: other });
          const served = decision.kind === "route"
            ? decision.route.pathPrefix
            : undefined;
          expect([other, served]).toEqual([
            other,
            table.routes.some((route) =>
                route.host.kind === "exact" && route.host.host === host &&
                route.pathPrefix === "/" && !route.paths
              )
              ? "/"
              : undefined,
          ]);
        }
      }
      for (
        const way of [
          "/../",
          "/x/..",
          "/.",
          "/%2e%2e/x",
          "/.%2E/x",
          "/x/..%2fy",
          "/..\\x",
          "/..;/x",
        ]
      ) {
        const bent = (path === "/" ? "" : path) + way;
        expect([bent, decideRoute(table, { host, port, path: bent }).kind])
          .toEqual([bent, "none"]);
      }
    }
  });
}

/** Names that people or programs could take for `host`. */
function lookAlikes(host: string): string[] {
  const [first, ...rest] = host.split(".");
  const domain = rest.join(".");
  return [
    `${host}.`,
    `${host}..`,
    `${host}.evil.test`,
    `${host}evil.test`,
    `evil${host.replace(/^.*?(?=[^.]+\.[^.]+$)/, "")}`,
    `${host.replaceAll(".", "-")}.evil.test`,
    `evil.test/${host}`,
    `evil.test#.${host}`,
    `evil.test\\.${host}`,
    `evil.test?.${host}`,
    `evil.test@${host}`,
    `user:pw@${host}`,
    `${host}@evil.test`,
    `${host}:443`,
    `${host}\0`,
    `${host}\0.evil.test`,
    `${host}\n`,
    `\n${host}`,
    ` ${host}`,
    `${host} `,
    `${host}%00`,
    `${host}%2eevil.test`,
    host.replace(".", "%2e"),
    host.replace(".", "。"),
    host.replace(".", "\uff0e"),
    host.replace(".", ".."),
    host.replace(/\.(?=[^.]*$)/, "x"),
    host.replace(
      /[aeio]/,
      (letter) => ({ a: "а", e: "е", i: "і", o: "о" })[letter]!,
    ),
    host.replace(/k/, "\u212a").replace(/s/, "\u017f").replace(
      /^([^ſ\u212a]*)$/,
      "ſ$1",
    ),
    `xn--${first}-9ua.${
      domain.replace(/[a-z0-9-]+(?=\.[a-z]+$)/, "xn--$&-9ua")
    }`,
    `[${host}]`,
    `*.${host}`,
    `http://${host}`,
    `https://${host}`,
    "",
    ".",
    "localhost",
    "127.0.0.1",
  ];
}

/** Definitions that share a place on purpose: a person uses one or the other. */
const TWINS = [
  ["airtable", "airtable-pat"],
  ["anthropic", "claude"],
  ["asana", "asana-pat"],
  ["attio", "attio-api-key"],
  ["aws", "aws-role", "aws-sso"],
  ["bitbucket", "bitbucket-api-token"],
  ["bitly", "bitly-token"],
  ["calendly", "calendly-oauth"],
  ["clickup", "clickup-token"],
  ["copilot", "github", "github-app", "github-pat"],
  ["copilot", "github", "github-pat"],
  ["discord", "discord-bot"],
  ["facebook", "facebook-system-user"],
  ["figma", "figma-pat"],
  ["github", "github-app", "github-pat"],
  ["github", "github-pat"],
  ["gitlab", "gitlab-pat"],
  ["google", "google-service-account"],
  ["hubspot", "hubspot-private-app"],
  ["huggingface", "huggingface-oauth"],
  ["klaviyo", "klaviyo-oauth"],
  ["linear", "linear-api-key"],
  ["microsoft", "microsoft-app"],
  ["miro", "miro-token"],
  ["monday", "monday-token"],
  ["notion", "notion-token"],
  ["pipedrive", "pipedrive-token"],
  ["railway", "railway-project"],
  ["sentry", "sentry-oauth"],
  ["slack", "slack-bot"],
  ["smartsheet", "smartsheet-token"],
  ["spotify", "spotify-app"],
  ["stripe", "stripe-mcp"],
  ["tailscale", "tailscale-oauth"],
  ["todoist", "todoist-token"],
  ["twitch", "twitch-app"],
  ["webex", "webex-token"],
  ["webflow", "webflow-token"],
  ["x", "x-bearer-token"],
  ["xero", "xero-custom-connection"],
].map((pair) => pair.join(" "));

test("no two definitions serve the same place, except the twins", () => {
  const places = new Map<string, Set<string>>();
  const inputs = bundledProviders.names.map(definitionOf)
    .map((definition) => ({ definition, connection: "default" }));
  for (
    const { provider, host, port, pathPrefix, paths } of buildRoutes(inputs)
      .routes
  ) {
    const place = [
      host.kind === "exact" ? host.host : host.pattern.source,
      port,
      pathPrefix,
      paths,
    ].join(" ");
    places.set(place, (places.get(place) ?? new Set()).add(provider));
  }
  const shared = [...places.values()].filter((names) => names.size > 1)
    .map((names) => [...names].sort().join(" "));
  expect([...new Set(shared)].sort()).toEqual(TWINS);
});

test("no definition puts a credential on its own OAuth endpoints", () => {
  for (const name of bundledProviders.names) {
    const definition = definitionOf(name);
    const table = routesOf(definition);
    const { oauth } = definition;
    const base = defaultBaseUrl(definition) ?? definition.base_url_example ??
      "";
    for (
      const url of [
        oauth?.token_url,
        oauth?.refresh_url,
        oauth?.revocation_url,
        oauth?.registration_endpoint,
        oauth?.device_authorization_url,
      ]
    ) {
      if (!url) continue;
      const { hostname, pathname } = new URL(
        url.replace("{base_url}", base).replace("{client_id}", "Iv1.abc"),
      );
      for (
        const path of [
          pathname,
          `${pathname}/`,
          `${pathname}?x`,
          `/${pathname}`,
          pathname.toUpperCase(),
          pathname.replace(/o/, "%6f"),
        ]
      ) {
        const { kind } = decideRoute(table, {
          host: hostname,
          port: 443,
          path,
        });
        expect([name, path, ["none", "forbidden"].includes(kind)])
          .toEqual([name, path, true]);
      }
    }
  }
});

test("atlassian is what its page says", () => {
  const atlassian = definitionOf("atlassian");
  expect(atlassian).toMatchObject({
    display_name: "Atlassian",
    auth_type: "oauth2",
    flow: "pkce",
    api_url: "api.atlassian.com",
    oauth: {
      authorization_url: "https://auth.atlassian.com/authorize",
      pkce: true,
      scopes: [
        "read:jira-work",
        "write:jira-work",
        "read:jira-user",
        "manage:jira-project",
        "manage:jira-configuration",
      ],
      refresh_scopes: ["offline_access"],
      authorization_params: {
        audience: "api.atlassian.com",
        prompt: "consent",
      },
    },
    export: {
      env: {
        ATLASSIAN_ACCESS_TOKEN: "access_token",
        ATLASSIAN_REFRESH_TOKEN: "refresh_token",
      },
    },
    dashboard_url: "https://developer.atlassian.com/console/myapps/",
  });
  expect(atlassian.oauth!.supports_device_code ?? false).toBe(false);
  expect(atlassian.oauth!.supports_dcr ?? false).toBe(false);
});

/** Names and variables that users of the Python implementation have in their scripts. */
const KNOWN =
  "ahrefs apollo ashby atlassian beehiiv brevo buffer calendly clearbit discord dub g2 github gitlab google hubspot hunter instantly intercom keywords-everywhere klaviyo klaviyo-oauth lemlist linear livestorm mailchimp mention-me microsoft notion notion_dcr openai optimizely postiz postmark resend rewardful savvycal semrush sendgrid slack tolt typeform wistia x zapier";

test("the providers of the Python implementation keep their names and variables", () => {
  const OTHER: Record<string, string> = {
    g2: "G2_API_TOKEN",
    livestorm: "LIVESTORM_API_TOKEN",
    "mention-me": "MENTIONME_API_KEY",
    notion_dcr: "NOTION_ACCESS_TOKEN",
    zapier: "ZAPIER_API_KEY",
  };
  const names = KNOWN.split(" ");
  expect(names.length).toBe(45);
  for (const name of names) {
    const { auth_type, export: { env } = { env: {} } } = definitionOf(name);
    const stem = name.toUpperCase().replaceAll("-", "_");
    const variable = OTHER[name] ??
      `${stem}_${auth_type === "oauth2" ? "ACCESS_TOKEN" : "API_KEY"}`;
    expect(Object.keys(env)).toContain(variable);
    expect(env[variable]).toBe(
      auth_type === "oauth2" ? "access_token" : "api_key",
    );
  }
});
