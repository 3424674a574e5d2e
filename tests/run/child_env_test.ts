import { expect } from "expect";
import { test } from "node:test";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import {
  childEnvironment,
  type ChildEnvironmentOptions,
  placeholderVariables,
  secretVariables,
} from "../../lib/run/child_env.ts";
import { CA_VARIABLES } from "../../lib/sandbox/ca_variables.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import type { HostMatch } from "../../lib/request/route.ts";

const PROXY = "http://authsome:pw@127.0.0.1:4000";
const CA = "/home/run/1/ca.pem";
const GITHUB: HostMatch = { kind: "exact", host: "api.github.com" };
const TENANT: HostMatch = {
  kind: "pattern",
  pattern: /^[a-z0-9-]+\.atlassian\.net$/,
  exclude: [],
};

function build(
  parent: Record<string, string>,
  options: Partial<ChildEnvironmentOptions> = {},
) {
  return childEnvironment(parent, {
    proxyUrl: PROXY,
    caBundlePath: CA,
    wgetrcPath: "/wgetrc",
    placeholders: new Map(),
    secrets: [],
    hosts: [],
    ...options,
  });
}

test("an empty environment gets exactly the proxy, the roots and the mode", () => {
  const { env } = build({});
  expect(env).toEqual({
    HTTPS_PROXY: PROXY,
    https_proxy: PROXY,
    HTTP_PROXY: PROXY,
    http_proxy: PROXY,
    NO_PROXY: "localhost,127.0.0.1,::1",
    no_proxy: "localhost,127.0.0.1,::1",
    grpc_proxy: PROXY,
    no_grpc_proxy: "localhost,127.0.0.1,::1",
    NODE_USE_ENV_PROXY: "1",
    AUTHSOME_PROXY_MODE: "true",
    SYSTEM_WGETRC: "/wgetrc",
    GIT_HTTP_PROXY_AUTHMETHOD: "basic",
    ...Object.fromEntries(CA_VARIABLES.map((name) => [name, CA])),
  });
});

test("other variables pass unchanged", () => {
  const parent = {
    PATH: "/bin",
    LANG: "C",
    EMPTY: "",
    SSL_CERT_DIR: "/etc/ssl",
  };
  expect(build(parent).env).toMatchObject(parent);
});

test("secrets of authsome and of providers are removed, connected or not", () => {
  const { env, removed } = build({
    AUTHSOME_PASSPHRASE: "secret",
    AUTHSOME_PASSPHRASE_FILE: "/secret",
    AUTHSOME_SOMETHING_NEW: "secret",
    AUTHSOME_HOME: "/h",
    AUTHSOME_PROFILE: "work",
    OPENAI_API_KEY: "secret",
    GITHUB_TOKEN: "secret",
    STRIPE_API_KEY: "",
  }, {
    secrets: ["OPENAI_API_KEY", "GITHUB_TOKEN", "STRIPE_API_KEY"],
    placeholders: new Map([["OPENAI_API_KEY", PLACEHOLDER]]),
  });
  expect(Object.values(env)).not.toContain("secret");
  expect(Object.values(env)).not.toContain("/secret");
  expect(env).toMatchObject({
    AUTHSOME_HOME: "/h",
    AUTHSOME_PROFILE: "work",
    OPENAI_API_KEY: "authsome-proxy-managed",
  });
  expect(env).not.toHaveProperty("GITHUB_TOKEN");
  expect(removed).toEqual(["GITHUB_TOKEN"]);
});

test("every other proxy, in any spelling, is removed", () => {
  const names = [
    "ALL_PROXY",
    "all_proxy",
    "Https_Proxy",
    "WSS_PROXY",
    "npm_config_proxy",
    "npm_config_https_proxy",
    "npm_config_noproxy",
    "npm_config_cafile",
    "PIP_PROXY",
    "CARGO_HTTP_PROXY",
    "GLOBAL_AGENT_HTTP_PROXY",
  ];
  const { env } = build(
    Object.fromEntries(names.map((name) => [name, "http://parent:3128"])),
  );
  expect(Object.values(env)).not.toContain("http://parent:3128");
  for (const name of names) expect(env).not.toHaveProperty(name);
});

test("NO_PROXY keeps what is not routed and loses what is", () => {
  const cases: [string, HostMatch, boolean][] = [
    ["*", GITHUB, true],
    ["api.github.com", GITHUB, true],
    ["API.GitHub.com.", GITHUB, true],
    ["api.github.com:443", GITHUB, true],
    [".github.com", GITHUB, true],
    ["*.github.com", GITHUB, true],
    ["github.com", GITHUB, true],
    ["com", GITHUB, true],
    ["*hub.com", GITHUB, true],
    ["api.*", GITHUB, true],
    ["uploads.github.com", GITHUB, false],
    ["github.com.corp", GITHUB, false],
    ["10.0.0.0/8", GITHUB, false],
    ["[::1]", GITHUB, false],
    ["corp.internal", GITHUB, false],
    ["atlassian.net", TENANT, true],
    [".net", TENANT, true],
    ["acme.atlassian.net", TENANT, true],
    ["a.b.atlassian.net", TENANT, true],
    ["atlassian.com", TENANT, false],
    ["corp.internal", TENANT, false],
  ];
  for (const [entry, host, drops] of cases) {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const { env, exemptions } = build({ [name]: `other.test, ${entry}` }, {
        hosts: [host],
      });
      expect([entry, exemptions.includes(entry)]).toEqual([entry, drops]);
      expect(env.NO_PROXY.split(",").includes(entry)).toBe(!drops);
      expect(env.no_proxy).toBe(env.NO_PROXY);
      expect(env.NO_PROXY).toMatch(/^localhost,127\.0\.0\.1,::1/);
      expect(env.no_grpc_proxy).toBe(env.NO_PROXY);
    }
    const own = build({ no_grpc_proxy: entry }, { hosts: [host] });
    expect([entry, own.exemptions.includes(entry)]).toEqual([entry, drops]);
    expect(own.env.no_grpc_proxy!.split(",").includes(entry)).toBe(!drops);
    expect(own.env.NO_PROXY).toBe("localhost,127.0.0.1,::1");
  }
});

const DEFINITION: ProviderDefinition = {
  schema_version: 1,
  name: "demo",
  display_name: "Demo",
  auth_type: "oauth2",
  flow: "pkce",
  api_url: "api.demo.test",
  api_key: { env_var: ["DEMO_KEY", "DEMO_TOKEN"] },
  client: {
    client_id_env: "DEMO_ID",
    client_secret_env: "DEMO_SECRET",
    private_key_env: "DEMO_PRIVATE_KEY",
    fields: {
      account: { public: true, env: "DEMO_ACCOUNT" },
      app_key: { env: "DEMO_APP_KEY" },
    },
  },
  export: {
    env: {
      DEMO_ACCESS_TOKEN: "access_token",
      DEMO_REFRESH_TOKEN: "refresh_token",
    },
  },
};

test("a definition's variables: all but those of the client that are no secret are secret, its exports but the refresh token and names of its key get the placeholder", () => {
  expect(secretVariables(DEFINITION).sort()).toEqual([
    "DEMO_ACCESS_TOKEN",
    "DEMO_APP_KEY",
    "DEMO_KEY",
    "DEMO_PRIVATE_KEY",
    "DEMO_REFRESH_TOKEN",
    "DEMO_SECRET",
    "DEMO_TOKEN",
  ]);
  expect(placeholderVariables(DEFINITION)).toEqual([
    ...["DEMO_ACCESS_TOKEN", "DEMO_KEY", "DEMO_TOKEN"],
  ]);
});

test("a definition cannot take PATH, the proxy, the roots or the loader away", () => {
  const reserved = [
    "PATH",
    "HTTPS_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "AUTHSOME_HOME",
  ];
  const hostile: ProviderDefinition = {
    ...DEFINITION,
    api_key: { env_var: reserved },
    export: {
      env: Object.fromEntries(reserved.map((name) => [name, "api_key"])),
    },
  };
  const parent = { PATH: "/bin", AUTHSOME_HOME: "/h" };
  const { env } = build(parent, {
    placeholders: new Map(
      placeholderVariables(hostile).map((name) => [name, PLACEHOLDER]),
    ),
    secrets: secretVariables(hostile),
  });
  expect(env).toMatchObject(parent);
  expect(Object.values(env)).not.toContain("authsome-proxy-managed");
  expect(env).not.toHaveProperty("LD_PRELOAD");
});
