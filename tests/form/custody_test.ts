// Where the pages say that each value goes, and what they say was kept.
import { expect } from "expect";
import { test } from "node:test";
import { keptText } from "../../lib/form/custody.ts";
import { destinationOf } from "../../lib/form/destinations.ts";
import { readableHosts } from "../../lib/form/readable_host.ts";
import { clientHosts } from "../../lib/oauth/client_authentication.ts";
import { definedServer } from "../../lib/oauth/server.ts";
import { bundled } from "../support/browser/states.ts";
import {
  keyProvider,
  oauthProvider,
  openForm,
  ORIGIN,
} from "../support/browser/form.ts";

const never = new AbortController().signal;

/** The text of the page that asks for the secrets, or the client, of `provider`. */
async function pageOf(
  provider: ReturnType<typeof keyProvider>,
  fields = ["api_key"],
): Promise<string> {
  const form = openForm(provider);
  const { definition } = provider;
  if (definition.auth_type === "api_key") {
    form.session.ask<"secrets">({ kind: "secrets", fields, typed: {} }, never);
  } else {
    form.session.ask<"client">({
      kind: "client",
      redirectUri: `${ORIGIN}/auth/callback/oauth`,
      scopes: definition.oauth?.scopes ?? [],
      clientHosts: clientHosts(definedServer({ definition }), definition.oauth),
    }, never);
  }
  const page = await form.browser.get(`/login/${form.session.ticket()}`);
  return await page.text();
}

/** What the page says of the field `name`. */
function goes(html: string, name: string): string | undefined {
  const found = new RegExp(`<dd id="goes-${name}">(.*?)</dd>`, "s").exec(html);
  return found?.[1]?.replaceAll(/<[^>]*>/g, "").replaceAll(/\s+/g, " ").trim();
}

const PATTERNS: Record<string, string[]> = {
  "^([a-z0-9-]+\\.)+twilio\\.com$": ["*.twilio.com"],
  "^([a-z0-9-]+\\.)*docusign\\.net$": ["docusign.net", "*.docusign.net"],
  "^[a-z]{2}[0-9]{1,3}\\.api\\.mailchimp\\.com$": ["*.api.mailchimp.com"],
  "^[a-z0-9]{10}(-dsn)?\\.algolia\\.net$": ["*.algolia.net"],
  "^[a-z0-9]{10}-[123]\\.algolianet\\.com$": ["*-*.algolianet.com"],
  "^(eu|us)\\.api\\.acme\\.com$": ["eu.api.acme.com", "us.api.acme.com"],
  "^(?:eu\\.|us\\.)?acme\\.com$": ["acme.com", "eu.acme.com", "us.acme.com"],
  "^x{3}-[a-z]+\\.acme\\.com$": ["*-*.acme.com"],
  "^api\\.acme\\.com$": ["api.acme.com"],
  // More than anybody would read.
  [`^${"(a|b)".repeat(30)}\\.acme\\.com$`]: ["*.acme.com"],
  "^(a|b|c|d|e|f|g)\\.acme\\.com$": ["*.acme.com"],
};

test("a pattern is shown as hosts", () => {
  for (const [pattern, hosts] of Object.entries(PATTERNS)) {
    expect([pattern, readableHosts(pattern)]).toEqual([pattern, hosts]);
  }
});

test("a client secret goes to the token endpoint, not to the API; the token goes to the API", async () => {
  for (
    const [name, id, secret, token] of [
      [
        "atlassian",
        "Only to auth.atlassian.com",
        "Only to auth.atlassian.com",
        "Only to api.atlassian.com",
      ],
      [
        "google",
        "Only to accounts.google.com, oauth2.googleapis.com",
        "Only to oauth2.googleapis.com",
        "Only to *.googleapis.com, storage.googleapis.com/storage, storage.googleapis.com/upload and 8 more storage.googleapis.com/batch, storage.googleapis.com/download, aiplatform.*.rep.googleapis.com, bigquery.*.rep.googleapis.com, logging.*.rep.googleapis.com, pubsub.*.rep.googleapis.com, secretmanager.*.rep.googleapis.com, oauth2.googleapis.com",
      ],
      [
        "salesforce",
        "Only to login.salesforce.com",
        "Only to login.salesforce.com",
        "Only to the host that Salesforce names at login and login.salesforce.com",
      ],
    ] as const
  ) {
    const html = await pageOf(bundled(name));
    expect([
      goes(html, "client_id"),
      goes(html, "client_secret"),
      goes(html, "access_token"),
    ]).toEqual([id, secret, token]);
  }
});

test("each secret has its own hosts; one that signs is never sent", async () => {
  const aws = await pageOf(bundled("aws"), [
    "access_key_id",
    "secret_access_key",
  ]);
  const hosts = "*.amazonaws.com, *.amazonaws.com.cn, *.api.aws";
  expect(goes(aws, "secret.access_key_id")).toBe(`Only to ${hosts}`);
  expect(goes(aws, "secret.secret_access_key"))
    .toBe(`Never sent: requests to ${hosts} are signed with it.`);
  const postmark = await pageOf(bundled("postmark"), [
    "api_key",
    "account_token",
  ]);
  expect(goes(postmark, "secret.api_key")).toBe("Only to api.postmarkapp.com");
  expect(goes(postmark, "secret.account_token"))
    .toContain("api.postmarkapp.com/servers");
  // Routes beside those of api_url are told too.
  expect(goes(await pageOf(bundled("github-pat")), "secret.api_key"))
    .toContain("github.com (git)");
});

test("the hosts are those of the person's own instance", () => {
  const { definition } = bundled("gitlab-pat");
  const at = (base?: string) =>
    destinationOf(definition, "api_key", base).hosts;
  expect(at()).toContain("gitlab.com/api");
  expect(at("https://git.acme.com:8443")).toEqual([
    "git.acme.com:8443/api",
    "git.acme.com:8443 (git)",
  ]);
});

test("notes for later stand behind the fields, those for the set-up before them", async () => {
  for (const make of [keyProvider, oauthProvider]) {
    const html = await pageOf(
      make({ setup_notes: ["Choose Desktop."], notes: ["Tokens live long."] }),
    );
    const places = [
      "Choose Desktop.",
      'type="password"',
      'value="answer"',
      "Tokens live long.",
    ].map((text) => html.indexOf(text));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  }
});

test("password managers are asked to leave every field alone", async () => {
  for (const provider of [keyProvider(), oauthProvider()]) {
    const html = await pageOf(provider);
    const fields = html.match(/<(?:input(?! type="hidden")|form)[^>]*>/g) ?? [];
    expect(fields.length).toBeGreaterThan(1);
    for (const field of fields) {
      for (
        const attribute of [
          'autocomplete="off"',
          "data-1p-ignore",
          'data-lpignore="true"',
          'data-bwignore="true"',
          'data-protonpass-ignore="true"',
          'data-form-type="other"',
        ]
      ) expect(field).toContain(attribute);
    }
  }
});

test("every field has a label, and says where its value goes", async () => {
  for (const provider of [keyProvider(), oauthProvider()]) {
    const html = await pageOf(provider);
    for (
      const [field, id] of html.matchAll(/<input [^>]*id="([^"]+)"[^>]*>/g)
    ) {
      expect(html).toContain(`<label for="${id}"`);
      if (field.includes("readonly")) continue;
      expect(field).toContain(`goes-${id}`);
      expect(html).toContain(`<dd id="goes-${id}"`);
    }
  }
});

test("what was kept is said; where it is not known, nothing is claimed", () => {
  expect(keptText({ client: true, connection: false })).toBe(
    "Your OAuth app's client ID and secret are kept, encrypted: the next login does not ask for them. No connection was made.",
  );
  expect(keptText({ client: false, connection: true })).toBe(
    "The connection that you had is unchanged. Nothing that you typed was stored.",
  );
  expect(keptText(undefined)).toBe("No connection was made.");
});
