// Placeholders in the form of a vendor's keys, and keys in more than one place, in runs of the real command line with
// curl as the client.
import { expect } from "expect";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { namedPlaceholder } from "../../lib/request/named_placeholder.ts";
import { connect, withBroker } from "../support/connected.ts";
import { missing, withScenario } from "../support/scenario.ts";

const DC = "0123456789abcdef".repeat(2);
const KEYS: Record<string, string> = {
  "google-gemini": "AIza-real-0123456789abcdefghijkl",
  "mailchimp": `${DC}-us14`,
  "neon": "napi_real0123456789",
  "stripe": "sk_live_real0123456789",
  "telegram-bot": "123456:real-0123456789abcdefghijklmnopqrst",
};
const WORK: Record<string, string> = {
  "stripe": "sk_live_work0123456789",
  "telegram-bot": "123456:work-0123456789abcdefghijklmnopqrst",
  "mailchimp": `${"fedcba9876543210".repeat(2)}-us7`,
};
const FORMS: Record<string, string> = {
  MAILCHIMP_API_KEY: "61757468736f6d650000000000000000-us14",
  STRIPE_SECRET_KEY: "sk_test_authsomeproxymanaged",
  TELEGRAM_BOT_TOKEN: "10000:authsome_proxy_managed_000000000000",
  NEON_API_KEY: "authsome-proxy-managed",
  GEMINI_API_KEY: "authsome-proxy-managed",
};
const HOSTS = [
  "api.telegram.org",
  "api.stripe.com",
  "console.neon.tech",
  "generativelanguage.googleapis.com",
  "us14.api.mailchimp.com",
  "us7.api.mailchimp.com",
];

/** What the server got, with the real keys by the names of their connections. */
function echo(request: Request): Response {
  const { pathname, search } = new URL(request.url);
  const seen = ["authorization", "cookie", "x-goog-api-key"].map((name) => {
    const value = request.headers.get(name);
    return value?.startsWith("Basic ") ? atob(value.slice(6)) : value;
  });
  let text = [pathname + search, ...seen].filter(Boolean).join(" | ");
  for (const [of, keys] of Object.entries({ default: KEYS, work: WORK })) {
    for (const [provider, key] of Object.entries(keys)) {
      text = text.replaceAll(key, `<${provider}/${of}>`);
    }
  }
  return new Response(`${text}\n`);
}

const CURL = "curl -sS --globoff";
const options = { skip: await missing("curl") };

test(
  "variables have the form of a key, and are exchanged wherever the vendor takes one",
  options,
  () =>
    withScenario(KEYS, HOSTS, echo, async ({ client }) => {
      const { stdout, childEnv } = await client([
        "sh",
        "-c",
        `
${CURL} https://api.telegram.org/bot$TELEGRAM_BOT_TOKEN/getMe
${CURL} https://api.telegram.org/file/bot$TELEGRAM_BOT_TOKEN/a
${CURL} -u "$STRIPE_SECRET_KEY:" https://api.stripe.com/v1/charges
${CURL} -u "any:$MAILCHIMP_API_KEY" https://\${MAILCHIMP_API_KEY##*-}.api.mailchimp.com/3.0/
${CURL} -b "zenith=$NEON_API_KEY; a=b" -H "Authorization: Bearer $NEON_API_KEY" https://console.neon.tech/api/v2/projects
${CURL} "https://generativelanguage.googleapis.com/v1beta/models?key=$GEMINI_API_KEY&pageSize=1"
${CURL} "https://generativelanguage.googleapis.com/v1beta/models?api_key=$GEMINI_API_KEY"
`,
      ]);
      const lines = stdout.split("\n");
      expect(lines.slice(0, 6)).toEqual([
        "/bot<telegram-bot/default>/getMe",
        "/file/bot<telegram-bot/default>/a",
        "/v1/charges | Bearer <stripe/default>",
        "/3.0/ | anystring:<mailchimp/default>",
        "/api/v2/projects | Bearer <neon/default> | a=b",
        "/v1beta/models?pageSize=1 | <google-gemini/default>",
      ]);
      expect(lines[6]).toContain(
        "authsome-proxy-managed is in the request target, where no credential is injected; google-gemini takes it in the header x-goog-api-key, the query parameter key",
      );
      expect(childEnv).toMatchObject(FORMS);
      expect(JSON.stringify(childEnv)).not.toContain("real0123");
    }),
);

test(
  "with --all-connections each form carries the name of its connection",
  options,
  () =>
    withScenario(KEYS, HOSTS, echo, async ({ home, client }) => {
      await withBroker(home, async (broker) => {
        for (const [provider, key] of Object.entries(WORK)) {
          await connect(broker, provider, key, "work");
        }
      });
      const { stdout, childEnv } = await client([
        "sh",
        "-c",
        `
for token in "$TELEGRAM_BOT_TOKEN" "$TELEGRAM_BOT_TOKEN__WORK" authsome-proxy-managed.work 1:authsome_proxy_managed; do
  ${CURL} https://api.telegram.org/bot$token/getMe
done
${CURL} -u "$STRIPE_SECRET_KEY__WORK:" https://api.stripe.com/v1/charges
key=$(echo "$MAILCHIMP_API_KEY__WORK" | tr a-f A-F)
${CURL} -u "any:$key" https://us7.api.mailchimp.com/3.0/
${CURL} -H "Authorization: Bearer ${
          namedPlaceholder("nobody", FORMS.STRIPE_SECRET_KEY!)
        }" https://api.stripe.com/v1/charges
`,
      ], { options: ["--all-connections"] });
      const lines = stdout.split("\n");
      expect(lines.slice(0, 6)).toEqual([
        "/bot<telegram-bot/default>/getMe",
        "/bot<telegram-bot/work>/getMe",
        "/bot<telegram-bot/work>/getMe",
        "/bot<telegram-bot/default>/getMe",
        "/v1/charges | Bearer <stripe/work>",
        "/3.0/ | anystring:<mailchimp/work>",
      ]);
      expect(lines[6]).toContain("credential_missing");
      expect(lines[6]).toContain("this run has no such connection of stripe");
      const named = (variable: string) =>
        namedPlaceholder("work", FORMS[variable]);
      expect(childEnv).toMatchObject({
        TELEGRAM_BOT_TOKEN__WORK: named("TELEGRAM_BOT_TOKEN"),
        STRIPE_SECRET_KEY__WORK: named("STRIPE_SECRET_KEY"),
        MAILCHIMP_API_KEY__WORK: named("MAILCHIMP_API_KEY")
          .replace("us14", "us7"),
        NEON_API_KEY: "authsome-proxy-managed",
      });
    }),
);

test(
  "a secret that stands in another variable becomes the form of its field",
  options,
  () =>
    withScenario(KEYS, HOSTS, echo, async ({ client }) => {
      const { childEnv, stderr } = await client(["true"], {
        env: {
          BILLING: KEYS.stripe!,
          BOT_URL: `https://api.telegram.org/bot${KEYS["telegram-bot"]}/getMe`,
        },
      });
      expect(childEnv).toMatchObject({
        BILLING: FORMS.STRIPE_SECRET_KEY,
        BOT_URL:
          `https://api.telegram.org/bot${FORMS.TELEGRAM_BOT_TOKEN}/getMe`,
      });
      expect(stderr).toContain("BILLING, BOT_URL");
    }),
);

test("scan writes the form of the provider into files, and takes none from them", () =>
  withScenario({}, HOSTS, echo, async ({ folder, authsome }) => {
    const file = `${folder}/.env`;
    writeFileSync(
      file,
      `STRIPE_SECRET_KEY=${KEYS.stripe}\nMAILCHIMP_API_KEY='${KEYS.mailchimp}' # x\nNEON_API_KEY=${KEYS.neon}\n`,
    );
    const scan = (...args: string[]) =>
      authsome(["scan", "--file", file, ...args], { cwd: folder });
    const first = await scan("--import", "--rewrite", "--yes");
    expect([first.code, first.stderr]).toEqual([0, expect.any(String)]);
    const text = readFileSync(file, "utf8");
    expect(text).toBe(
      `STRIPE_SECRET_KEY=${FORMS.STRIPE_SECRET_KEY}\nMAILCHIMP_API_KEY='${FORMS.MAILCHIMP_API_KEY}' # x\nNEON_API_KEY=${FORMS.NEON_API_KEY}\n`,
    );
    const again = await scan("--import", "--json", "--yes");
    const { variables, imported } = JSON.parse(again.stdout);
    expect(imported).toEqual([]);
    expect(
      variables.map(({ status }: { status: string }) => status),
    ).toEqual(["authsome_only", "authsome_only", "authsome_only"]);
    // Nor where nothing is connected yet.
    const { stdout } = await authsome(["scan", "--file", file, "--json"], {
      cwd: folder,
      env: { AUTHSOME_PROFILE: "empty" },
    });
    expect(stdout).not.toContain("env_only");
  }));

test("a login takes no placeholder, in whatever form and from wherever it comes", () =>
  withScenario({}, HOSTS, echo, async ({ authsome }) => {
    for (
      const [provider, form] of [
        ["stripe", FORMS.STRIPE_SECRET_KEY!],
        ["mailchimp", FORMS.MAILCHIMP_API_KEY!],
        ["openai", FORMS.TELEGRAM_BOT_TOKEN!],
      ] as const
    ) {
      const { code, stderr } = await authsome(["login", provider, "--stdin"], {
        stdin: `${form}\n`,
      });
      expect([provider, code, stderr]).toEqual([
        provider,
        2,
        expect.stringContaining("This is the placeholder that programs see"),
      ]);
    }
    const { stderr } = await authsome(["login", "stripe", "--timeout", "1"], {
      env: {
        STRIPE_SECRET_KEY: FORMS.STRIPE_SECRET_KEY!,
        AUTHSOME_NO_BROWSER: "1",
      },
    });
    expect(stderr).not.toContain("Using the key in STRIPE_SECRET_KEY");
  }));

test("explain, a dry run and inspect know forms and places", () =>
  withScenario(KEYS, HOSTS, echo, async ({ authsome }) => {
    const place =
      "https://generativelanguage.googleapis.com/v1beta/models?key=authsome-proxy-managed";
    const told = await authsome(["explain", place]);
    expect(told.stdout).toMatch(/also taken +the query parameter key\n/);
    const json = JSON.parse(
      (await authsome(["explain", place, "--json"])).stdout,
    );
    expect(json).toMatchObject({
      action: "inject",
      accepts: [{ kind: "query", name: "key" }],
    });
    const wrong = await authsome(["explain", place.replace("key=", "k=")]);
    expect(wrong.stdout).toContain("google-gemini takes it in the header");
    const dry = await authsome(["run", "--dry-run", "--json", "--", "true"]);
    const { variables } = JSON.parse(dry.stdout);
    expect(variables).toEqual(expect.arrayContaining(
      Object.entries(FORMS).map(([name, value]) =>
        expect.objectContaining({ name, value })
      ),
    ));
    const { stdout } = await authsome(["inspect", "mailchimp"]);
    expect(JSON.parse(stdout).placeholder)
      .toBe("61757468736f6d650000000000000000-{data_center}");
  }));
