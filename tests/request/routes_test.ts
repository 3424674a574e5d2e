import { expect } from "expect";
import { test } from "node:test";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { endpointOf, needsBaseUrl } from "../../lib/provider/tenant.ts";
import {
  buildNamedRoutes,
  buildRoutes,
  decideRoute,
  injectionsOf,
  isRoutedHost,
  type RouteInput,
} from "../../lib/request/routes.ts";
import { bundledProviders } from "../../providers/mod.ts";

function bundled(name: string): ProviderDefinition {
  return JSON.parse(bundledProviders.text(name)!);
}

function key(
  name: string,
  api_url: string | string[],
  more: Partial<ProviderDefinition> = {},
): ProviderDefinition {
  return {
    schema_version: 1,
    name,
    display_name: name,
    auth_type: "api_key",
    flow: "api_key",
    api_url,
    api_key: {},
    ...more,
  };
}

function table(
  ...inputs: (ProviderDefinition | Omit<RouteInput, "connection">)[]
) {
  return buildRoutes(inputs.map((input) => ({
    connection: "default",
    ...("definition" in input ? input : { definition: input }),
  })));
}

/** Who serves a URL: a provider, several in a tie, or why none does. */
function who(routes: ReturnType<typeof table>, url: string): string {
  const [, host, port, path] = /^https:\/\/([^/:]+)(?::(\d+))?(.*)$/.exec(url)!;
  const decision = decideRoute(routes, {
    host: host!,
    port: Number(port ?? 443),
    path: path || "/",
  });
  switch (decision.kind) {
    case "route":
      return decision.route.provider;
    case "tie":
      return decision.providers.join("+");
    case "forbidden":
      return `forbidden by ${decision.provider}`;
    case "none":
      return "none";
  }
}

test("an exact host comes before a pattern", () => {
  const routes = table(
    key("pattern", String.raw`regex:^([a-z0-9-]+\.)*example\.com$`),
    key("exact", "api.example.com"),
    key("part", "www.example.com/api"),
  );
  expect(who(routes, "https://api.example.com/x")).toBe("exact");
  expect(who(routes, "https://other.example.com/x")).toBe("pattern");
  expect(who(routes, "https://www.example.com/api/x")).toBe("part");
  expect(who(routes, "https://www.example.com/x")).toBe("pattern");
});

test("the longest path prefix wins, by whole segments", () => {
  const routes = table(
    key("root", "example.com"),
    key("mcp", "example.com/mcp"),
    key("deep", "example.com/mcp/v1"),
  );
  const cases: Record<string, string> = {
    "/": "root",
    "/mcp": "mcp",
    "/mcp/": "mcp",
    "/mcp?v1": "mcp",
    "/mcp/v10": "mcp",
    "/mcp/v1": "deep",
    "/mcp/v1/x": "deep",
    "//mcp": "mcp",
    "/mcpx": "root",
    "/MCP": "root",
    "/%6dcp/%76%31": "deep",
    "/mcp%2fv1": "root",
    "/mcp/%2e%2e/x": "none",
    "/mcp/../x": "none",
    "/mcp/.": "none",
    "/mcp/.well-known": "mcp",
    "/mcp/...": "mcp",
    "*": "none",
    "mcp": "none",
  };
  for (const [path, provider] of Object.entries(cases)) {
    const decision = decideRoute(routes, {
      host: "example.com",
      port: 443,
      path,
    });
    const got = decision.kind === "route"
      ? decision.route.provider
      : decision.kind;
    expect([path, got]).toEqual([path, provider]);
  }
});

test("two providers at one place tie; the same connection twice does not", () => {
  const routes = table(
    key("a", ["example.com", "example.com", "a.example.com"]),
    key("b", ["example.com", "example.com/b"]),
  );
  expect(who(routes, "https://example.com/x")).toBe("a+b");
  expect(who(routes, "https://example.com/b/x")).toBe("b");
  expect(who(routes, "https://a.example.com/x")).toBe("a");
  expect(isRoutedHost(routes, "example.com", 443)).toBe(true);

  const twice = buildRoutes([
    { definition: key("a", "example.com"), connection: "work" },
    { definition: key("a", "example.com"), connection: "home" },
  ]);
  expect(decideRoute(twice, { host: "example.com", port: 443, path: "/" }))
    .toEqual({ kind: "tie", providers: ["a"] });
});

test("a provider that was chosen over all others of a tie wins it, and no other request", () => {
  const places = ["example.com", "example.com/b"];
  const input = (name: string, preferredOver?: string[]) => ({
    definition: key(name, name === "c" ? "example.com/b" : places),
    ...(preferredOver ? { preferredOver } : {}),
  });
  const cases: [routes: ReturnType<typeof table>, at: string, below: string][] =
    [
      [table(input("a"), input("b", ["a"])), "b", "b"],
      [table(input("a", ["b"]), input("b")), "a", "a"],
      // c was part of no choice.
      [table(input("a", ["b"]), input("b"), input("c")), "a", "a+b+c"],
      [table(input("a", ["b", "c"]), input("b", ["c"]), input("c")), "a", "a"],
      [table(input("a", ["x"]), input("b")), "a+b", "a+b"],
    ];
  for (const [routes, at, below] of cases) {
    expect(who(routes, "https://example.com/x")).toBe(at);
    expect(who(routes, "https://example.com/b/x")).toBe(below);
  }
  // A choice does not beat a longer prefix.
  const longer = table(
    { definition: key("a", "example.com"), preferredOver: ["b"] },
    key("b", "example.com/b"),
  );
  expect(who(longer, "https://example.com/b")).toBe("b");
});

test("ports are part of the place", () => {
  const routes = table(key("a", "example.com:8443"), key("b", "example.com"));
  expect(who(routes, "https://example.com:8443/")).toBe("a");
  expect(who(routes, "https://example.com/")).toBe("b");
  expect(who(routes, "https://example.com:80/")).toBe("none");
});

test("excluded hosts, with all below them, are outside a pattern", () => {
  const routes = table(bundled("google"), bundled("google-gemini"));
  expect(who(routes, "https://gmail.googleapis.com/gmail/v1")).toBe("google");
  expect(who(routes, "https://generativelanguage.googleapis.com/v1")).toBe(
    "google-gemini",
  );
  expect(who(routes, "https://oauth2.googleapis.com/token")).toBe("none");
  expect(
    who(
      routes,
      "https://storage.googleapis.com/bucket/file?X-Goog-Signature=x",
    ),
  )
    .toBe("none");
  expect(who(routes, "https://storage.googleapis.com/storage/v1/b")).toBe(
    "google",
  );
  const sentry = table(bundled("sentry"));
  expect(who(sentry, "https://o1.ingest.sentry.io/api/1/envelope/")).toBe(
    "none",
  );
  expect(who(sentry, "https://acme.sentry.io/api/0/")).toBe("sentry");
});

test("a provider's own OAuth endpoints get nothing, however they are spelled", () => {
  const routes = table(bundled("notion"), bundled("github"), bundled("gitlab"));
  for (
    const path of [
      "/v1/oauth/token",
      "/v1/oauth/token/",
      "/v1/oauth/token?x=1",
      "/v1/oauth/token/x",
      "//v1//oauth//token",
      "/V1/OAuth/Token",
      "/v1/oauth/%74oken",
      "/v1/oauth/token;x=1",
      "/v1/oauth/revoke",
    ]
  ) {
    expect([path, who(routes, `https://api.notion.com${path}`)])
      .toEqual([path, "forbidden by notion"]);
  }
  expect(who(routes, "https://api.notion.com/v1/oauth/tokens")).toBe("notion");
  expect(who(routes, "https://api.github.com/applications/Iv1.a/token"))
    .toBe("forbidden by github");
  expect(who(routes, "https://api.github.com/applications/Iv1.a/x")).toBe(
    "github",
  );
  expect(who(routes, "https://gitlab.com/oauth/token")).toBe("none");
});

test("git's paths get Basic, the pages beside them nothing", () => {
  const routes = table(bundled("github"));
  const repository = "https://github.com/acme/app.git";
  for (
    const path of [
      "/info/refs?service=git-upload-pack",
      "/git-upload-pack",
      "/git-receive-pack",
      "/info/lfs/objects/batch",
    ]
  ) expect([path, who(routes, repository + path)]).toEqual([path, "github"]);
  for (
    const path of [
      "",
      "/settings",
      "/info",
      "/git-upload-packx",
      "/x?/git-upload-pack",
    ]
  ) {
    expect([path, who(routes, repository + path)]).toEqual([path, "none"]);
  }
  expect(who(routes, "https://github.com/login/oauth/access_token")).toBe(
    "none",
  );
  const decision = decideRoute(routes, {
    host: "github.com",
    port: 443,
    path: "/acme/app/info/refs",
  });
  expect(decision).toMatchObject({
    route: {
      injections: [{
        kind: "basic",
        username: "x-access-token",
        password: "{access_token}",
      }],
    },
  });
});

test("a tenant's credential stays with the tenant", () => {
  const own = (name: string, baseUrl: string) =>
    table({ definition: bundled(name), baseUrl });

  const enterprise = own("github", "https://ghe.acme.com");
  expect(who(enterprise, "https://ghe.acme.com/api/v3/user")).toBe("github");
  expect(who(enterprise, "https://ghe.acme.com/acme/app.git/info/refs")).toBe(
    "github",
  );
  expect(who(enterprise, "https://ghe.acme.com/settings")).toBe("none");
  for (
    const host of ["api.github.com", "github.com", "raw.githubusercontent.com"]
  ) {
    expect(isRoutedHost(enterprise, host, 443)).toBe(false);
  }
  for (const base of ["https://github.com", "https://github.com/"]) {
    const ordinary = own("github", base);
    expect(who(ordinary, "https://api.github.com/user")).toBe("github");
    expect(who(ordinary, "https://github.com/api/v3/user")).toBe("none");
  }

  const gitlab = own("gitlab", "https://git.acme.com:8443/lab/");
  expect(who(gitlab, "https://git.acme.com:8443/lab/api/v4/user")).toBe(
    "gitlab",
  );
  expect(who(gitlab, "https://git.acme.com:8443/api/v4/user")).toBe("none");
  expect(who(gitlab, "https://git.acme.com/lab/api/v4/user")).toBe("none");
  expect(isRoutedHost(gitlab, "gitlab.com", 443)).toBe(false);

  const microsoft = own("microsoft", "https://login.microsoftonline.com/acme");
  expect(who(microsoft, "https://graph.microsoft.com/v1.0/me")).toBe(
    "microsoft",
  );

  const zendesk = table(bundled("zendesk"));
  expect(zendesk.routes).toEqual([]);
  expect(
    who(
      own("zendesk", "https://acme.zendesk.com"),
      "https://acme.zendesk.com/api/v2/users",
    ),
  )
    .toBe("zendesk");
  expect(
    who(
      own("zendesk", "https://acme.zendesk.com"),
      "https://evil.zendesk.com/api/v2/users",
    ),
  )
    .toBe("none");
});

test("a base URL that is not https makes no route", () => {
  for (
    const baseUrl of [
      "http://git.acme.com",
      "ftp://x",
      "",
      "https://",
      "https://u:p@git.acme.com",
      "javascript:x",
    ]
  ) {
    const { routes } = table({ definition: bundled("gitlab-pat"), baseUrl });
    expect([baseUrl, routes]).toEqual([baseUrl, []]);
  }
});

test("a server's word opens no private host; the definition's and the person's do", () => {
  const definition = key("a", "{host}");
  for (const host of ["127.0.0.1", "10.0.0.1", "[fd00::1]", "git.internal"]) {
    const told = { captured: { host: `https://${host}` } };
    expect([host, table({ definition, ...told }).routes]).toEqual([host, []]);
    for (
      const named of [
        { definition: { ...definition, allow_private: true } },
        { definition, baseUrl: `https://${host}` },
      ]
    ) {
      expect(table({ ...named, ...told }).routes).toMatchObject([
        { host: { kind: "exact", host }, allowPrivate: true },
      ]);
    }
  }
});

test("a captured host is routed, once it is known", () => {
  const definition = bundled("salesforce");
  expect(table(definition).routes).toEqual([]);
  const routes = table({
    definition,
    captured: {
      instance_url: "https://acme.my.salesforce.com",
      x: "https://evil.test",
    },
  });
  expect(who(routes, "https://acme.my.salesforce.com/services/data")).toBe(
    "salesforce",
  );
  expect(who(routes, "https://evil.test/")).toBe("none");
  expect(who(routes, "https://other.my.salesforce.com/")).toBe("none");
  const wrike = table({
    definition: bundled("wrike"),
    captured: { host: "app-us2.wrike.com" },
  });
  expect(who(wrike, "https://app-us2.wrike.com/api/v4")).toBe("wrike");
  expect(table({ definition: key("a", "{constructor}"), captured: {} }).routes)
    .toEqual([]);
});

test("endpointOf() keeps a tenant's token from the public service", () => {
  const github = bundled("github");
  const { revocation_url, token_url } = github.oauth!;
  expect(endpointOf(github, revocation_url, undefined)).toBe(revocation_url);
  expect(endpointOf(github, revocation_url, "https://github.com/")).toBe(
    revocation_url,
  );
  expect(endpointOf(github, revocation_url, "https://ghe.acme.com"))
    .toBeUndefined();
  expect(endpointOf(github, token_url, "https://ghe.acme.com/")).toBe(
    "https://ghe.acme.com/login/oauth/access_token",
  );
  expect(endpointOf(bundled("zendesk"), "{base_url}/oauth/tokens", undefined))
    .toBeUndefined();
});

test("needsBaseUrl() knows who must be asked", () => {
  const asked = bundledProviders.names.filter((name) =>
    needsBaseUrl(bundled(name))
  );
  expect(asked).toEqual([
    "activecampaign",
    "atlassian-api-token",
    "auth0",
    "azure-openai",
    "chargebee",
    "clickhouse",
    "databricks",
    "dynatrace",
    "elasticsearch",
    "freshdesk",
    "gitea",
    "grafana",
    "home-assistant",
    "kubernetes",
    "meilisearch",
    "metabase",
    "microsoft-app",
    "n8n",
    "okta",
    "qdrant",
    "servicenow",
    "shopify",
    "shopify-app",
    "shopify-oauth",
    "snowflake",
    "snowflake-pat",
    "supabase-project",
    "typesense",
    "upstash-redis",
    "weaviate",
    "woocommerce",
    "wordpress",
    "zendesk",
    "zendesk-token",
  ]);
});

test("injectionsOf() says what each way of writing it means", () => {
  const header = (
    name: string,
    value: string,
  ) => [{ kind: "header", name, value }];
  expect(injectionsOf(key("a", "a.com"))).toEqual(
    header("Authorization", "Bearer {api_key}"),
  );
  const cases: [ProviderDefinition["api_key"], string, string][] = [
    [{ header_name: "X-Key" }, "X-Key", "Bearer {api_key}"],
    [{ header_name: "X-Key", header_prefix: "" }, "X-Key", "{api_key}"],
    [{ header_prefix: "Token" }, "Authorization", "Token {api_key}"],
    [{ secret_fields: ["pat"] }, "Authorization", "Bearer {pat}"],
  ];
  for (const [api_key, name, value] of cases) {
    expect(injectionsOf(key("a", "a.com", { api_key }))).toEqual(
      header(name, value),
    );
  }
  expect(injectionsOf(bundled("atlassian"))).toEqual(
    header("Authorization", "Bearer {access_token}"),
  );
  expect(injectionsOf(bundled("ashby"))).toEqual([
    { kind: "basic", username: "{api_key}", password: "" },
  ]);
  expect(injectionsOf(bundled("postiz"))).toEqual(
    header("Authorization", "{access_token}"),
  );
  expect(injectionsOf(bundled("anthropic"))).toEqual(
    header("x-api-key", "{api_key}"),
  );
});

test("a table that was made by hand is decided in the same way", () => {
  const made = {
    routes: [...table(key("a", "example.com")).routes],
    forbidden: [{ host: "example.com", path: "/token" }],
  };
  expect(decideRoute(made, { host: "example.com", port: 443, path: "/x" }).kind)
    .toBe("route");
  expect(decideRoute(made, { host: "example.com", port: 443, path: "/token" }))
    .toEqual({ kind: "forbidden" });
});

test("the routes of a connection that is only named stay behind its name", () => {
  const github = bundled("github");
  const routes = buildNamedRoutes(
    [{ definition: github, connection: "default" }],
    [{
      definition: github,
      connection: "acme",
      baseUrl: "https://ghe.acme.com",
    }],
  );
  const url = "https://ghe.acme.com/api/v3/user";
  // Its tunnel is opened, since only a request tells whose placeholder it carries.
  expect(isRoutedHost(routes, "ghe.acme.com", 443)).toBe(true);
  expect(who(routes, url)).toBe("none");
  expect(who(routes.named!.get("acme")!, url)).toBe("github");
  expect(who(routes.named!.get("acme")!, "https://api.github.com/user")).toBe(
    "none",
  );
  expect(who(routes.named!.get("default")!, "https://api.github.com/user"))
    .toBe("github");
});
