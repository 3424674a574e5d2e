// What a definition says is no secret: which names and variables it may have, what may be taken of a secret, and what a
// command, the audit log and a page see of it.
import { expect } from "expect";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { publicValues } from "../../lib/connection/public_values.ts";
import { secretValues } from "../../lib/connection/secret_fields.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import { publicVariables } from "../../lib/provider/credential_fields.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  isObeyed,
  isPublicVariable,
} from "../../lib/provider/public_variable.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { injectedSecrets } from "../../lib/request/response_head_scrub.ts";
import { childEnvironment, secretVariables } from "../../lib/run/child_env.ts";
import { Secret } from "../../lib/secret.ts";
import { Authsome } from "../../mod.ts";
import { bundledProviders } from "../../providers/mod.ts";
import { connectFields, withBroker } from "../support/connected.ts";
import { runCommand } from "../support/fakes/fake_machine.ts";
import { withHome } from "../support/home.ts";
import { cliCommand, processOf } from "../support/program.ts";
import { missing, withScenario } from "../support/scenario.ts";
import { noSandbox, sandboxTest } from "../support/sandbox/sandbox.ts";

const CATALOGUE = bundledProviders.names.map((name) =>
  JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
);
const SID = `AC${"0123456789abcdef".repeat(2)}`;
const TOKEN = "canary0123456789abcdef0123456789";

function acme(
  api_key: ProviderDefinition["api_key"],
  more: Partial<ProviderDefinition> = {},
): ProviderDefinition {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "api_key",
    flow: "api_key",
    api_url: "api.acme-notes.com",
    api_key: {
      inject: [{ kind: "basic", username: "{account}", password: "{token}" }],
      secret_fields: ["token"],
      public_fields: ["account"],
      ...api_key,
    },
    ...more,
  };
}

function parse(definition: ProviderDefinition) {
  return parseDefinition(JSON.stringify(definition), { file: "x" });
}

/** Names that some program runs, loads, obeys, or gets its code from. */
const OBEYED = (`
  GIT_DIR GIT_SSH GIT_HOST GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL GIT_SSL_KEY GIT_ASKPASS NODE_OPTIONS NODE_PATH NODE_ID
  HTTP_PROXY HTTPS_PROXY http_proxy ALL_PROXY NO_PROXY HTTP_HOST PATH HOME SHELL ENV BASH_ENV LD_PRELOAD LD_LIBRARY_PATH
  DYLD_INSERT_LIBRARIES PYTHONPATH PYTHONSTARTUP PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_INDEX_URL UV_PROJECT
  NPM_CONFIG_REGISTRY npm_config_registry COREPACK_NPM_REGISTRY CARGO_REGISTRY_URL RUSTUP_DIST_SERVER
  HOMEBREW_BOTTLE_DOMAIN HOMEBREW_ARTIFACT_DOMAIN PLAYWRIGHT_DOWNLOAD_HOST PUPPETEER_DOWNLOAD_HOST ELECTRON_MIRROR
  CYPRESS_INSTALL_URL DOCKER_HOST docker_host KUBERNETES_SERVICE_HOST SSH_ASKPASS SSH_USER SUDO_USER LC_NAME
  SSL_CERT_FILE AUTHSOME_HOME AUTHSOME_USER JAVA_TOOL_OPTIONS TWINE_REPOSITORY_URL AWS_CONFIG_FILE
  AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_EC2_METADATA_SERVICE_ENDPOINT PERL5LIB RUBYOPT XDG_CONFIG_HOME EDITOR PAGER
  BROWSER IFS PS4 PROMPT_COMMAND GOPROXY RESTIC_PASSWORD_COMMAND BORG_RSH ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_ROLES TF_CLI_ARGS
  TF_PLUGIN_CACHE_DIR AWS_PROFILE KUBE_EDITOR SVN_SSH
`).trim().split(/\s+/);

test("no variable that a program obeys holds what a definition says is no secret, whatever the provider is called", () => {
  for (const name of OBEYED) {
    const [first = ""] = name.toLowerCase().split("_");
    for (const provider of ["acme", first, `${first}-tools`]) {
      expect([name, provider, isPublicVariable(name, provider, [])])
        .toEqual([name, provider, false]);
      // Not even beside a credential of the same beginning.
      const beside = [`${first.toUpperCase()}_TOKEN`];
      expect([name, provider, isPublicVariable(name, provider, beside)])
        .toEqual([name, provider, false]);
    }
  }
});

test("a stranger's definition cannot set such a variable by a public field, a part of its own base URL, or a client id", () => {
  const sources = ["account", "word", "base_url", "base_url_host"];
  for (const name of [...OBEYED, "OPENAI_BASE_URL", "OTHER_URL", "URL"]) {
    for (const source of sources) {
      const definition = acme({ base_url: "https://x.acme-notes.com/--run" }, {
        api_url: "{base_url_host}",
        public_values: { word: { from: "base_url", pattern: "/(--.*)$" } },
        export: { env: { ACME_TOKEN: "token", [name]: source } },
      });
      expect(() => parse(definition)).toThrow(
        /is a system variable|not named like this provider/,
      );
    }
  }
  expect(() =>
    parse({
      ...acme({}),
      api_key: undefined,
      auth_type: "oauth2",
      flow: "pkce",
      oauth: { issuer: "https://acme-notes.com" },
      export: { env: { GIT_USER: "client_id" } },
    } as unknown as ProviderDefinition)
  ).toThrow(/not named like this provider/);
});

test("variables named like the provider or one of its credentials are accepted, and every one of the catalogue", () => {
  for (
    const [name, provider, credentials] of [
      ["ACME_ACCOUNT_ID", "acme", []],
      ["ACME_URL", "acme-notes", []],
      ["NEW_RELIC_ACCOUNT_ID", "newrelic", []],
      ["DD_SITE", "datadog", ["DD_API_KEY"]],
      ["JIRA_URL", "atlassian-api-token", ["JIRA_API_TOKEN"]],
    ] as const
  ) {
    expect([name, isPublicVariable(name, provider, credentials)])
      .toEqual([name, true]);
  }
  expect(isPublicVariable("DD_SITE", "datadog", [])).toBe(false);
  expect(
    CATALOGUE.flatMap((definition) =>
      [...publicVariables(definition).keys()].filter(isObeyed)
    ),
  ).toEqual([]);
});

test("a variable that slipped through sets nothing that a run relies on, and never takes a placeholder's place", () => {
  const reserved = ["PATH", "HTTPS_PROXY", "no_proxy", "SSL_CERT_FILE"];
  const { env, given } = childEnvironment({ PATH: "/usr/bin" }, {
    proxyUrl: "http://authsome:pw@127.0.0.1:4000",
    caBundlePath: "/ca.pem",
    wgetrcPath: "/wgetrc",
    placeholders: new Map([["ACME_TOKEN", PLACEHOLDER]]),
    publics: new Map(
      [...reserved, "LD_PRELOAD", "NODE_OPTIONS", "ACME_TOKEN", "ACME_URL"]
        .map((name) => [name, "https://evil.test"]),
    ),
    secrets: [],
    hosts: [],
  });
  expect(Object.entries(env).filter(([, value]) => /evil/.test(value)))
    .toEqual([["ACME_URL", "https://evil.test"]]);
  // Of two that have one name, the secret's.
  expect(env.ACME_TOKEN).toBe(PLACEHOLDER);
  expect(given.sort()).toEqual(["ACME_TOKEN", "ACME_URL"]);
});

test("a field that is named like a secret cannot be public, nor can a definition have no secret at all", () => {
  for (
    const name of [
      ...["token", "auth_token", "api_key", "app_key", "secret_access_key"],
      ...["password", "client_secret", "refresh_token", "access_token", "jwt"],
      ...["private_key", "base_url", "personal_pat"],
    ]
  ) {
    expect(() => parse(acme({ secret_fields: ["x"], public_fields: [name] })))
      .toThrow(/public_fields" may not have/);
  }
  for (
    const name of ["public_key", "publishable_key", "access_key_id", "key_id"]
  ) {
    parse(acme({
      inject: [{ kind: "basic", username: `{${name}}`, password: "{token}" }],
      public_fields: [name],
    }));
  }
  expect(() => parse(acme({ public_fields: ["account", "account"] })))
    .toThrow(/there twice/);
  expect(() => parse(acme({ secret_fields: ["token", "account"] })))
    .toThrow(/there twice/);
  expect(() =>
    parse(acme({
      inject: [{ kind: "header", name: "X-Account", value: "{account}" }],
    }))
  ).toThrow(/has only what is no secret/);
  expect(() =>
    parse(acme({}, {
      extra_routes: [{
        api_url: "files.acme-notes.com",
        inject: { kind: "query", name: "account", value: "{account}" },
      }],
    }))
  ).toThrow(/extra_routes\[0\]\.inject" has only what is no secret/);
});

test("a public value is a part of a secret at most, when the definition is read and when there is a credential", () => {
  const withPattern = (pattern: string, from = "token") =>
    acme({}, { public_values: { part: { from, pattern } } });
  for (
    const [pattern, said] of [
      ["^(.*)$", /more than a part of the secret/],
      ["^(.+).$", /more than a part of the secret/],
      ["([a-z]+)", /more than a part of the secret/],
      ["([0-9a-f]*)", /more than a part of the secret/],
      ["^[a-z]+$", /has no group/],
      ["^(?:[a-z]+)$", /has no group/],
      ["^(a+)+$", /repeats a group/],
      ["^(", /is not a regular expression/],
    ] as const
  ) expect(() => parse(withPattern(pattern))).toThrow(said);
  expect(() => parse(withPattern("(.)", "refresh_token"))).toThrow(/neither/);
  expect(() => parse(withPattern("(.)", "other"))).toThrow(/neither/);
  for (const name of ["token", "account", "base_url", "session_token"]) {
    expect(() =>
      parse(acme({}, {
        public_values: { [name]: { from: "token", pattern: "-(us[0-9]+)$" } },
      }))
    ).toThrow(/has the name of another value|may not have/);
  }
  const parts = (token: string, patterns: Record<string, string>) => {
    const definition = acme({}, {
      public_values: Object.fromEntries(
        Object.entries(patterns).map(([name, pattern]) => [name, {
          from: "token",
          pattern,
        }]),
      ),
    });
    parse(definition);
    const { account: _, ...rest } = publicValues(definition, {
      credential: {
        type: "api_key",
        fields: { account: new Secret("a"), token: new Secret(token) },
      },
    });
    return rest;
  };
  const key = "0123456789abcdef0123456789abcdef";
  expect(parts(`${key}-us21`, { dc: "-([a-z]+[0-9]+)$" })).toEqual({
    dc: "us21",
  });
  // The probes of the reading do not have a dash; this key has more behind it than before.
  expect(parts(`a-${key}`, { dc: "-([a-z0-9]+)$" })).toEqual({});
  // Half by half.
  const halves = { a: "^-?([^-]{16}).*-$", b: "([^-]{16})-$" };
  expect(parts(`${key}-`, { a: halves.a })).toEqual({ a: key.slice(0, 16) });
  expect(parts(`${key}-`, halves)).toEqual({});
  expect(parts("short-us21", { dc: "-([a-z]+[0-9]+)$" })).toEqual({});
});

test("a public value that holds the secret, or a control character, is none", () => {
  const definition = acme({ public_fields: ["account", "email"] });
  const of = (account: string, baseUrl?: string) =>
    publicValues(definition, {
      credential: {
        type: "api_key",
        fields: { account: new Secret(account), token: new Secret(TOKEN) },
      },
      ...baseUrl === undefined ? {} : { baseUrl },
    });
  expect(of("me", "https://a.acme-notes.com:8443/x/")).toEqual({
    account: "me",
    base_url: "https://a.acme-notes.com:8443/x",
    base_url_host: "a.acme-notes.com:8443",
  });
  expect(of(TOKEN)).toEqual({});
  expect(of(`me:${TOKEN}`, `https://a.acme-notes.com/${TOKEN}`)).toEqual({
    base_url_host: "a.acme-notes.com",
  });
  for (const bad of ["a\nb", "a\0b", "a\r", "a\u2028b", ""]) {
    expect(of(bad)).toEqual({});
  }
});

test("the definition decides what is redacted and scrubbed; the names only where it says nothing", () => {
  const credential = {
    type: "api_key" as const,
    fields: {
      account: new Secret("account-0123456789"),
      user: new Secret("user-0123456789"),
      token: new Secret(TOKEN),
    },
  };
  const says = acme({ secret_fields: ["user", "token"] });
  const silent = acme({});
  delete silent.api_key!.public_fields;
  expect(secretValues(credential, says)).toEqual(["user-0123456789", TOKEN]);
  expect(secretValues(credential, silent)).toEqual([TOKEN]);
  const injections = [{
    kind: "header" as const,
    name: "X-Acme",
    value: "{account} {user} {token} {where}",
  }];
  const injected = { credential, values: { where: "eu-0123456789" } };
  expect(injectedSecrets({ injections, publicFields: ["account"] }, injected))
    .toEqual([
      { secret: "user-0123456789", field: "user" },
      { secret: TOKEN, field: "token" },
    ]);
  expect(injectedSecrets({ injections }, injected)).toEqual([
    { secret: "account-0123456789", field: "account" },
    { secret: TOKEN, field: "token" },
  ]);
  const basic = [{
    kind: "basic" as const,
    username: "{where}",
    password: "{token}",
  }];
  expect(injectedSecrets({ injections: basic, publicFields: [] }, injected))
    .toEqual([
      { secret: `eu-0123456789:${TOKEN}`, field: "token" },
      { secret: TOKEN, field: "token" },
    ]);
});

test("a public variable of a provider that is not connected stays as the person has it", () => {
  const { env, removed } = childEnvironment({
    TWILIO_ACCOUNT_SID: "ACmine",
    TWILIO_AUTH_TOKEN: TOKEN,
    DD_SITE: "datadoghq.eu",
  }, {
    proxyUrl: "http://authsome:pw@127.0.0.1:4000",
    caBundlePath: "/ca.pem",
    wgetrcPath: "/wgetrc",
    placeholders: new Map(),
    secrets: CATALOGUE.flatMap(secretVariables),
    hosts: [],
  });
  expect(env).toMatchObject({
    TWILIO_ACCOUNT_SID: "ACmine",
    DD_SITE: "datadoghq.eu",
  });
  expect(removed).toEqual(["TWILIO_AUTH_TOKEN"]);
});

/** Several accounts, as they are stored. */
async function fill(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    const save = (
      provider: string,
      fields: Record<string, string>,
      name?: string,
      baseUrl?: string,
    ) => connectFields(broker, provider, fields, { name, baseUrl });
    await save("twilio", { account_sid: SID, auth_token: TOKEN });
    await save("twilio", {
      account_sid: `${SID}work`,
      auth_token: `${TOKEN}work`,
    }, "work");
    await save("algolia", { application_id: "APPID12345", api_key: TOKEN });
    await save("langfuse", { public_key: "pk-lf-1", secret_key: TOKEN });
    await save(
      "atlassian-api-token",
      { email: "me@acme.test", api_token: TOKEN },
      undefined,
      "https://acme.atlassian.net",
    );
    await save(
      "datadog",
      { api_key: TOKEN, app_key: `${TOKEN}app` },
      undefined,
      "https://api.us3.datadoghq.com",
    );
  });
}

const WANTED = {
  TWILIO_ACCOUNT_SID: SID,
  TWILIO_AUTH_TOKEN: PLACEHOLDER,
  ALGOLIA_APP_ID: "APPID12345",
  ALGOLIA_API_KEY: PLACEHOLDER,
  LANGFUSE_PUBLIC_KEY: "pk-lf-1",
  LANGFUSE_SECRET_KEY: PLACEHOLDER,
  ATLASSIAN_EMAIL: "me@acme.test",
  ATLASSIAN_API_TOKEN: PLACEHOLDER,
  JIRA_URL: "https://acme.atlassian.net",
  DD_SITE: "us3.datadoghq.com",
  DATADOG_HOST: "https://api.us3.datadoghq.com",
  DD_API_KEY: PLACEHOLDER,
};

function variables(output: string): Record<string, string> {
  return Object.fromEntries(
    output.split("\n").filter((line) => line.includes("=")).map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

test("a real run: the child has what is no secret, of each connection, and no secret", () =>
  withHome(async (home) => {
    await fill(home);
    const run = async (...flags: string[]) => {
      const ended = await processOf(
        cliCommand("run", ...flags, "--", "/bin/sh", "-c", "env; exit 0"),
        {
          env: {
            PATH: Deno.env.get("PATH")!,
            HOME: home,
            AUTHSOME_HOME: home,
            TWILIO_ACCOUNT_SID: "ACother",
            MY_SID: SID,
            MY_TOKEN: TOKEN,
          },
          clearEnv: true,
        },
      ).output();
      const out = new TextDecoder().decode(ended.stdout);
      const err = new TextDecoder().decode(ended.stderr);
      expect(out + err).not.toContain("canary");
      expect(err).not.toContain("TWILIO_ACCOUNT_SID");
      return variables(out);
    };
    const env = await run();
    expect(env).toMatchObject({ ...WANTED, MY_SID: SID });
    expect(env.MY_TOKEN).toMatch(PLACEHOLDER);
    expect(env).not.toHaveProperty("TWILIO_ACCOUNT_SID__WORK");
    const all = await run("--all-connections");
    expect(all).toMatchObject({
      ...WANTED,
      TWILIO_ACCOUNT_SID__WORK: `${SID}work`,
      TWILIO_AUTH_TOKEN__WORK: `${PLACEHOLDER}.work`,
    });
    const work = await run("--connection", "twilio=work");
    expect(work.TWILIO_ACCOUNT_SID).toBe(`${SID}work`);
  }));

sandboxTest(
  "a real run in the sandbox has it too",
  {},
  [],
  () => new Response("ok"),
  async (sandbox) => {
    await fill(sandbox.home);
    const { stdout } = await sandbox.inside(["env"], {
      env: { TWILIO_ACCOUNT_SID: "ACother", LANGFUSE_PROJECT: "mine" },
    });
    expect(variables(stdout)).toMatchObject(WANTED);
    expect(stdout).not.toContain("canary");
    expect(stdout).not.toContain("LANGFUSE_PROJECT");
  },
  noSandbox,
);

const noCurl = await missing("curl");

test(
  "a real client: what is no secret stands in the path, goes into injections, and comes back as it is",
  { skip: noCurl },
  () => {
    const seen: (string | null)[][] = [];
    const answer = (request: Request) => {
      const { pathname } = new URL(request.url);
      const header = (name: string) => request.headers.get(name);
      seen.push([pathname, header("authorization"), header("x-site")]);
      return new Response("ok", {
        headers: {
          "X-Account": `${SID} ${pathname}`,
          "X-Token": header("x-key") ?? TOKEN,
        },
      });
    };
    return withScenario(
      {},
      ["api.twilio.com", "eu.acme-notes.com"],
      answer,
      async (machine) => {
        Deno.mkdirSync(`${machine.home}/providers`, {
          recursive: true,
          mode: 0o700,
        });
        const definition = acme({
          inject: [
            { kind: "basic", username: "{account}", password: "{token}" },
            { kind: "header", name: "X-Site", value: "{site}/{dc}/{account}" },
          ],
        }, {
          api_url: "{base_url_host}",
          base_url_example: "https://eu.acme-notes.com",
          public_values: {
            site: { from: "base_url", pattern: "^https://([a-z]+)" },
            dc: { from: "token", pattern: "-([a-z]+[0-9]+)$" },
          },
          export: {
            env: {
              ACME_TOKEN: "token",
              ACME_ACCOUNT: "account",
              ACME_DC: "dc",
            },
          },
        });
        Deno.writeTextFileSync(
          `${machine.home}/providers/acme.json`,
          JSON.stringify(definition),
        );
        await withBroker(machine.home, async (broker) => {
          await connectFields(broker, "twilio", {
            account_sid: SID,
            auth_token: TOKEN,
          });
          await connectFields(broker, "acme", {
            account: "acme-account-1",
            token: `${TOKEN}-us21`,
          }, { baseUrl: "https://eu.acme-notes.com" });
        });
        const { stdout, childEnv } = await machine.client([
          ...["sh", "-c"],
          [
            'curl -sSi -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" "https://api.twilio.com/2010-04-01/Accounts/$TWILIO_ACCOUNT_SID/Messages.json"',
            'curl -sSi "https://eu.acme-notes.com/$ACME_ACCOUNT/$ACME_DC"',
          ].join(";"),
        ]);
        const path = `/2010-04-01/Accounts/${SID}/Messages.json`;
        expect(seen).toEqual([
          [path, `Basic ${btoa(`${SID}:${TOKEN}`)}`, null],
          [
            "/acme-account-1/us21",
            `Basic ${btoa(`acme-account-1:${TOKEN}-us21`)}`,
            "eu/us21/acme-account-1",
          ],
        ]);
        expect(stdout).toMatch(new RegExp(`x-account: ${SID} ${path}`, "i"));
        expect(stdout).toMatch(
          new RegExp(`x-account: ${SID} /acme-account-1/us21`, "i"),
        );
        expect(stdout).toMatch(new RegExp(`x-token: ${PLACEHOLDER}`, "i"));
        expect(JSON.stringify(childEnv)).not.toContain("canary");
        expect(childEnv).toMatchObject({
          ACME_ACCOUNT: "acme-account-1",
          ACME_DC: "us21",
          ACME_TOKEN: PLACEHOLDER,
        });
      },
    );
  },
);

test("an OAuth connection: the address that was captured, and the client id, for the command", () =>
  withHome(async (home) => {
    Deno.mkdirSync(`${home}/providers`, { recursive: true, mode: 0o700 });
    const salesforce = JSON.parse(bundledProviders.text("salesforce")!);
    salesforce.export.env = {
      ...salesforce.export.env,
      SALESFORCE_INSTANCE_URL: "instance_url",
      SALESFORCE_CLIENT_ID: "client_id",
    };
    Deno.writeTextFileSync(
      `${home}/providers/salesforce.json`,
      JSON.stringify(salesforce),
    );
    await withBroker(home, async ({ connections, clock }) => {
      await connections.save({
        provider: "salesforce",
        name: "default",
        revision: 0,
        credential: {
          type: "oauth2",
          accessToken: new Secret(TOKEN),
          refreshToken: new Secret(`${TOKEN}refresh`),
          scopes: [],
          requestedScopes: [],
          clientId: "client-1",
          captured: { instance_url: "https://acme.my.salesforce.com" },
        },
        state: "connected",
        createdAt: clock.now(),
        updatedAt: clock.now(),
      });
    });
    const dry = await runCommand(["run", "--dry-run", "--json", "--", "true"], {
      home,
    });
    expect(JSON.parse(dry.stdout).variables).toEqual(
      expect.arrayContaining([
        {
          name: "SALESFORCE_INSTANCE_URL",
          value: "https://acme.my.salesforce.com",
        },
        { name: "SALESFORCE_CLIENT_ID", value: "client-1" },
      ]),
    );
    expect(dry.stdout).not.toContain("canary");
    const exported = await runCommand(
      ["export", "salesforce", "--format", "dotenv"],
      { home },
    );
    expect(exported.stdout).toContain(
      'SALESFORCE_INSTANCE_URL="https://acme.my.salesforce.com"',
    );
    expect(exported.stdout).not.toContain("refresh");
  }));

test("the library can reveal what is no secret, and nothing else of a connection", () =>
  withHome(async (home) => {
    await fill(home);
    await using authsome = await Authsome.open({ home });
    const one = await authsome.getConnection("twilio");
    const [, other] = await authsome.listConnections("twilio");
    for (const { credential } of [one, other!]) {
      if (credential.type !== "api_key") throw new Error("another type");
      expect(credential.fields.account_sid!.reveal()).toMatch(SID);
      expect(`${credential.fields.account_sid}`).toBe("[redacted]");
      expect(() => credential.fields.auth_token!.reveal()).toThrow(/Cannot/);
    }
    expect(await authsome.exportCredentials({ provider: "twilio" })).toEqual({
      TWILIO_ACCOUNT_SID: SID,
      TWILIO_AUTH_TOKEN: TOKEN,
    });
    expect(await authsome.getAuthHeaders("twilio")).toEqual({
      Authorization: `Basic ${btoa(`${SID}:${TOKEN}`)}`,
    });
  }));

test("get, token, export, inspect and the audit log tell what is no secret from what is", () =>
  withHome(async (home) => {
    await fill(home);
    const call = async (line: string) => {
      const { code, stdout, stderr } = await runCommand(line.split(" "), {
        home,
      });
      return { code, stdout, text: stdout + stderr };
    };
    const audited = () =>
      (existsSync(`${home}/audit.log`)
        ? Deno.readTextFileSync(`${home}/audit.log`)
        : "").split("\n").filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter(({ event }) => event === "get" || event === "export")
        .map(({ event, detail }) => `${event} ${detail}`);

    const got = await call("get twilio");
    expect(got.stdout).toMatch(new RegExp(`account_sid +${SID}`));
    expect(got.text).not.toContain("canary");
    const json = JSON.parse((await call("get twilio --json")).stdout);
    expect(json.account_sid).toBe(SID);
    expect(json.auth_token).not.toContain("canary");
    expect((await call("get twilio --field account_sid")).stdout)
      .toBe(`${SID}\n`);
    expect((await call("get datadog --field site")).stdout)
      .toBe("us3.datadoghq.com\n");
    expect((await call("get twilio --field auth_token")).code).toBe(2);
    expect((await call("get twilio --field nothing")).code).toBe(2);
    await call("get twilio --field account_sid --show-secret");
    expect(audited()).toEqual([]);

    expect((await call("get twilio --field auth_token --show-secret")).stdout)
      .toBe(`${TOKEN}\n`);
    const whole = await call("get twilio --show-secret");
    expect(whole.stdout).toContain(TOKEN);
    expect(whole.stdout).toContain(SID);
    expect((await call("token twilio")).stdout).toBe(`${TOKEN}\n`);
    expect((await call("token datadog")).code).not.toBe(0);
    expect((await call("export twilio --format dotenv")).stdout).toBe(
      `TWILIO_ACCOUNT_SID="${SID}"\nTWILIO_AUTH_TOKEN="${TOKEN}"\n`,
    );
    expect(variables((await call("export datadog --format dotenv")).stdout))
      .toMatchObject({ DD_SITE: '"us3.datadoghq.com"' });
    expect(audited()).toEqual([
      "get auth_token",
      "get auth_token",
      "get auth_token",
      "export TWILIO_AUTH_TOKEN",
      "export DD_API_KEY,DD_APP_KEY,DATADOG_API_KEY,DATADOG_APP_KEY,DD_APPLICATION_KEY",
    ]);
    const inspected = JSON.parse((await call("inspect twilio --json")).stdout);
    expect(inspected.api_key.public_fields).toEqual(["account_sid"]);
  }));

test("a definition of before, without public fields, masks and replaces as before", () =>
  withHome(async (home) => {
    await fill(home);
    Deno.mkdirSync(`${home}/providers`, { recursive: true, mode: 0o700 });
    const old = JSON.parse(bundledProviders.text("twilio")!);
    old.api_key.secret_fields = ["account_sid", "auth_token"];
    delete old.api_key.public_fields;
    Deno.writeTextFileSync(
      `${home}/providers/twilio.json`,
      JSON.stringify(old),
    );
    const got = await runCommand(["get", "twilio"], { home });
    expect(got.stdout).not.toContain(SID);
    const dry = await runCommand(["run", "--dry-run", "--json", "--", "true"], {
      home,
    });
    expect(JSON.parse(dry.stdout).variables).toContainEqual({
      name: "TWILIO_ACCOUNT_SID",
      value: PLACEHOLDER,
    });
  }));

test("a scan takes what belongs to a key, and replaces the secret alone", () =>
  withHome(async (home) => {
    const text = `TWILIO_ACCOUNT_SID=${SID}\nTWILIO_AUTH_TOKEN=${TOKEN}\n`;
    Deno.writeTextFileSync(`${home}/.env`, text);
    const scan = async (...flags: string[]) => {
      const ended = await processOf(
        cliCommand("scan", "--file", ".env", "--json", ...flags),
        {
          cwd: home,
          env: {
            PATH: Deno.env.get("PATH")!,
            HOME: home,
            AUTHSOME_HOME: `${home}/vault`,
            AUTHSOME_NO_VERIFY: "1",
          },
          clearEnv: true,
        },
      ).output();
      return JSON.parse(new TextDecoder().decode(ended.stdout));
    };
    const { imported } = await scan("--import", "--rewrite", "--yes");
    expect(imported).toMatchObject([{ provider: "twilio" }]);
    expect(Deno.readTextFileSync(`${home}/.env`)).toBe(
      `TWILIO_ACCOUNT_SID=${SID}\nTWILIO_AUTH_TOKEN=${PLACEHOLDER}\n`,
    );
    const { variables } = await scan();
    expect(variables).toMatchObject([
      { variable: "TWILIO_ACCOUNT_SID", status: "match" },
      { variable: "TWILIO_AUTH_TOKEN", status: "authsome_only" },
    ]);
  }));

test("a dry run says what a command would have", () =>
  withHome(async (home) => {
    await fill(home);
    const dry = await runCommand(["run", "--dry-run", "--json", "--", "true"], {
      home,
    });
    expect(JSON.parse(dry.stdout).variables).toEqual(
      expect.arrayContaining([
        { name: "TWILIO_ACCOUNT_SID", value: SID },
        { name: "TWILIO_AUTH_TOKEN", value: PLACEHOLDER },
        { name: "DD_SITE", value: "us3.datadoghq.com" },
      ]),
    );
    expect(dry.stdout).not.toContain("canary");
  }));
