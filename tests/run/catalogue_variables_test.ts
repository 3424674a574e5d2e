// Whatever a run takes away as a secret of a provider it gives back as a placeholder when that provider is connected.
import { expect } from "expect";
import { test } from "node:test";
import { bundledProviders } from "../../providers/mod.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  childEnvironment,
  placeholderVariables,
  secretVariables,
  withheldVariables,
} from "../../lib/run/child_env.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";

const definitions = bundledProviders.names.map((name) =>
  JSON.parse(bundledProviders.text(name)!) as ProviderDefinition
);
const secrets = definitions.flatMap(secretVariables);

for (const definition of definitions) {
  test(`${definition.name}: each of its variables is given back, or withheld by name`, () => {
    const own = secretVariables(definition);
    const parent = Object.fromEntries(
      own.map((name) => [name, "what-the-person-has"]),
    );
    const { env, removed } = childEnvironment(parent, {
      ...{ proxyUrl: "", caBundlePath: "", wgetrcPath: "", hosts: [], secrets },
      placeholders: new Map(
        placeholderVariables(definition).map((name) => [name, PLACEHOLDER]),
      ),
    });
    expect(Object.values(env)).not.toContain("what-the-person-has");
    const missing = own.filter((name) => !(name in env));
    expect(missing.filter((name) => !withheldVariables(definition).has(name)))
      .toEqual([]);
    expect(removed.sort()).toEqual([...new Set(missing)].sort());
  });
}

/** What vendors' SDKs and command line tools read, by the provider whose credential it is. */
const READ: Readonly<Record<string, readonly string[]>> = {
  cohere: ["COHERE_API_KEY", "CO_API_KEY"],
  "google-gemini": [
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
  ],
  square: ["SQUARE_ACCESS_TOKEN", "SQUARE_TOKEN"],
  pypi: [
    "TWINE_PASSWORD",
    "UV_PUBLISH_TOKEN",
    "HATCH_INDEX_AUTH",
    "POETRY_PYPI_TOKEN_PYPI",
  ],
  circleci: ["CIRCLE_TOKEN", "CIRCLECI_TOKEN", "CIRCLECI_CLI_TOKEN"],
  "discord-bot": ["DISCORD_BOT_TOKEN", "DISCORD_TOKEN"],
  gitlab: ["GITLAB_TOKEN"],
  "gitlab-pat": ["GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN"],
  "hubspot-private-app": [
    "HUBSPOT_PRIVATE_APP_TOKEN",
    "PRIVATE_APP_ACCESS_TOKEN",
    "HUBSPOT_ACCESS_TOKEN",
  ],
  stripe: ["STRIPE_SECRET_KEY", "STRIPE_API_KEY"],
  terraform: ["TFE_TOKEN", "TF_TOKEN_app_terraform_io"],
  sentry: ["SENTRY_AUTH_TOKEN", "SENTRY_ACCESS_TOKEN"],
  "sentry-oauth": ["SENTRY_AUTH_TOKEN", "SENTRY_ACCESS_TOKEN"],
  github: ["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PERSONAL_ACCESS_TOKEN"],
  "github-pat": ["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_PERSONAL_ACCESS_TOKEN"],
  google: ["GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_AUTH_ACCESS_TOKEN"],
  npm: ["NPM_TOKEN", "NODE_AUTH_TOKEN", "YARN_NPM_AUTH_TOKEN"],
  notion: ["NOTION_TOKEN"],
  vercel: ["VERCEL_TOKEN", "VERCEL_API_TOKEN", "VERCEL_BEARER_TOKEN"],
  digitalocean: ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"],
  salesforce: ["SF_ACCESS_TOKEN"],
  slack: ["SLACK_TOKEN", "SLACK_BOT_TOKEN", "SLACK_USER_TOKEN"],
};

for (const [provider, names] of Object.entries(READ)) {
  test(`${provider} sets and exports what its clients read`, () => {
    const definition = definitions.find(({ name }) => name === provider)!;
    expect(placeholderVariables(definition))
      .toEqual(expect.arrayContaining([...names]));
    expect(Object.keys(definition.export!.env))
      .toEqual(expect.arrayContaining([...names]));
  });
}

test("a bundled configuration file lies where the sandbox hides the person's own", async () => {
  const { HIDDEN_IN_HOME } = await import("../../lib/sandbox/places.ts");
  const files = definitions.flatMap(({ name, config_files = [] }) =>
    config_files.map(({ path }) => ({ name, path }))
  );
  expect(files.length).toBeGreaterThan(10);
  for (const { path } of files) {
    const hidden = HIDDEN_IN_HOME.some((place) =>
      path === place || path.startsWith(`${place}/`)
    );
    expect({ path, hidden }).toEqual({ path, hidden: true });
  }
});
