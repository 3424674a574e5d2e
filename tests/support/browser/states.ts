/** Every page of a login in every state, on a real server. @module */
import type { Page } from "playwright-core";
import { loginApp } from "../../../lib/form/app.ts";
import type { Peer } from "../../../lib/form/peer.ts";
import { FormSession } from "../../../lib/form/session.ts";
import type { LoginOutcome } from "../../../lib/ports/conversation.ts";
import type { Provider } from "../../../lib/provider/definition.ts";
import { credentialFields } from "../../../lib/provider/credential_fields.ts";
import { bundledProviders } from "../../../providers/mod.ts";
import { keyProvider, oauthProvider } from "./form.ts";

const NEVER = new AbortController().signal;
/** Both halves are as long as they may be, without a place to break. */
const LONG = `${"Unbreakable".repeat(7)}`;

/** A bundled provider. */
export function bundled(name: string): Provider {
  const definition = JSON.parse(bundledProviders.text(name)!);
  return { definition, source: "bundled", warnings: [] };
}

/** A login whose pages are served on 127.0.0.1. */
export class ServedLogin {
  session!: FormSession;
  peer: Peer = { who: "own" };
  #app!: ReturnType<typeof loginApp>;
  #now = Date.now();
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => this.#app.fetch(request, { peer: this.peer }),
  );

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Begins another login; `minutes` until it ends. */
  begin(provider: Provider, connection = "default", minutes = 10): this {
    this.#now = 0;
    const endsAt = Date.now() + minutes * 60_000;
    this.peer = { who: "own" };
    this.session = new FormSession({
      provider,
      connection,
      baseUrl: provider.definition.base_url_example,
      clock: { now: () => Date.now() + this.#now },
      endsAt: () => endsAt,
    });
    this.#app = loginApp(this.session, this.origin, 50);
    return this;
  }

  /** Asks what the provider's own flow asks first. */
  ask(): this {
    const { definition } = this.session.provider;
    const asked = definition.auth_type === "api_key"
      ? this.session.ask<"secrets">({
        kind: "secrets",
        fields: credentialFields(definition),
        typed: {},
      }, NEVER)
      : this.session.ask<"client">({
        kind: "client",
        redirectUri: `${this.origin}/auth/callback/oauth`,
        scopes: definition.oauth?.scopes ?? [],
        clientHosts: { id: ["auth.acme.test"], secret: ["auth.acme.test"] },
      }, NEVER);
    asked.catch(() => {});
    return this;
  }

  /** Lets the time of the login pass. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  url(): string {
    return `${this.origin}/login/${this.session.ticket()}`;
  }

  /** Frees the port. */
  async close(): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Keeps pages that go on by themselves where they are. */
async function still(page: Page): Promise<void> {
  await page.route("**/login/**", async (route) => {
    const response = await route.fetch();
    const body = (await response.text())
      .replaceAll(/<meta http-equiv="refresh"[^>]*>/g, "");
    await route.fulfill({ response, body });
  });
}

function ended(outcome: LoginOutcome, provider = oauthProvider()) {
  return async (page: Page, login: ServedLogin) => {
    login.begin(provider).session.end(outcome);
    await page.goto(login.url());
  };
}

function asked(provider: () => Provider, connection?: string, minutes = 10) {
  return async (page: Page, login: ServedLogin) => {
    await page.goto(login.begin(provider(), connection, minutes).ask().url());
  };
}

/** Opens a form, fills `fields` by their names and sends it. */
function sent(provider: () => Provider, fields: Record<string, string>) {
  return async (page: Page, login: ServedLogin) => {
    await asked(provider)(page, login);
    for (const [name, value] of Object.entries(fields)) {
      await page.locator(`[name="${name}"]`).fill(value);
    }
    await page.locator("form").evaluate((form) =>
      form.setAttribute("novalidate", "")
    );
    await page.locator("button.main").click();
    await page.waitForSelector("[role=alert]:not([hidden])");
  };
}

const twoFields = () =>
  keyProvider({
    api_key: { secret_fields: ["account_sid", "auth_token"] },
  });

/** Names that try to break the page, in both directions of writing. */
export const hostile = (definition: Partial<Provider["definition"]> = {}) => ({
  ...definition,
  name: "a".repeat(63),
  display_name: `שלום ${LONG} <b>x</b>`,
  api_url: [
    `${"a".repeat(60)}.${"b".repeat(60)}.acme.com`,
    String.raw`regex:^([a-z0-9-]+\.)*acme\.com$`,
  ],
  dashboard_url: `https://${"c".repeat(60)}.acme.com/keys`,
  setup_notes: [`مرحبا ${LONG}`, "</style><script>alert(1)</script>"],
  notes: [`https://${LONG}.acme.com/${LONG}?${LONG}`],
});

/** What brings a page into each state. */
export const STATES: Readonly<
  Record<string, (page: Page, login: ServedLogin) => Promise<unknown>>
> = {
  "key": asked(() => bundled("openai")),
  "key-work": asked(() => bundled("sentry"), "work"),
  "key-fields": asked(() => bundled("aws")),
  "key-hostile": asked(() => keyProvider(hostile()), LONG.slice(0, 64)),
  "key-doubt": sent(() => bundled("openai"), { "secret.api_key": "mine" }),
  "key-missing": sent(twoFields, { "secret.account_sid": "AC1" }),
  "client": asked(() => bundled("atlassian"), "default", 30),
  "client-many-scopes": asked(() => bundled("spotify"), "default", 30),
  "client-warning": asked(() => bundled("asana"), "default", 30),
  "client-setup-notes": asked(() => bundled("tiktok"), "default", 30),
  "client-named-host": asked(() => bundled("salesforce"), "default", 30),
  "client-hostile": asked(
    () => oauthProvider(hostile()),
    LONG.slice(0, 64),
    30,
  ),
  "client-missing": sent(() => bundled("atlassian"), {
    client_secret: "s",
  }),
  "ended-while-open": async (page, login) => {
    await asked(() => bundled("atlassian"), "default", 30)(page, login);
    await page.locator("#client_id").fill("my-client-id");
    login.session.end({
      kind: "failed",
      message:
        "Cannot log in to atlassian: nobody answered within 1800 seconds",
      kept: { client: false, connection: false },
    });
    await page.waitForSelector("#ended:not([hidden])");
  },
  "device-code": async (page, login) => {
    login.begin(bundled("github")).session.showCode({
      userCode: "WDJB-MJHT",
      verificationUri: "https://github.com/login/device",
      expiresAt: Date.now() + 900_000,
    });
    await page.goto(login.url());
  },
  "continue": async (page, login) => {
    login.begin(bundled("atlassian")).session.ask<"authorize">({
      kind: "authorize",
      url: new URL("https://auth.atlassian.com/authorize?state=s"),
      accept: () => false,
    }, NEVER).catch(() => {});
    await still(page);
    await page.goto(`${login.url()}/next`);
  },
  "waiting": async (page, login) => {
    await still(page);
    await page.goto(login.begin(bundled("atlassian")).url());
  },
  "connected": ended({ kind: "connected", connection: "default" }),
  "connected-account": ended({
    kind: "connected",
    connection: "work",
    account: "@octocat",
  }, bundled("github")),
  "connected-hostile": ended({
    kind: "connected",
    connection: LONG.slice(0, 64),
    account: `${LONG}@שלום.example`,
  }, keyProvider(hostile())),
  "failed": ended({
    kind: "failed",
    message: "acme refused the login: access_denied",
    hint: "authsome login acme",
    kept: { client: true, connection: true },
  }),
  "failed-key": ended({
    kind: "failed",
    message: "Cannot use this key: openai answered 401",
    kept: { client: false, connection: false },
  }, bundled("openai")),
  "failed-hostile": ended({
    kind: "failed",
    message: `${LONG}${LONG} שלום`,
    hint: `authsome login ${LONG} --base-url https://${LONG}`,
    kept: { client: false, connection: true },
  }, keyProvider(hostile())),
  "cancelled": async (page, login) => {
    await asked(() => bundled("openai"))(page, login);
    await page.locator("button[value=cancel]").click();
    await page.waitForSelector("text=is not connected");
  },
  "timed-out": async (page, login) => {
    const url = login.begin(bundled("openai")).ask().url();
    login.pass(600_000);
    await page.goto(url);
  },
  "taken-over": async (page, login) => {
    const url = login.begin(bundled("openai")).ask().url();
    await page.goto(url);
    login.peer = { who: "other", uid: 1234 };
    await page.context().clearCookies();
    await page.goto(url);
  },
  "taken-over-own": async (page, login) => {
    const url = login.begin(bundled("openai")).ask().url();
    await page.goto(url);
    login.session.takeOver({ who: "other", uid: 1234 });
    await page.goto(url);
  },
  "other-browser": async (page, login) => {
    const url = login.begin(bundled("openai")).ask().url();
    await page.goto(url);
    await page.context().clearCookies();
    await page.goto(url);
  },
  "other-user": async (page, login) => {
    login.begin(bundled("openai")).ask().peer = { who: "other", uid: 1234 };
    await page.goto(login.origin);
  },
  "sent-twice": async (page, login) => {
    await asked(() => bundled("openai"))(page, login);
    await page.locator("input[name=token]").evaluate((input) =>
      input.setAttribute("value", "spent")
    );
    await page.locator("input[type=password]").fill("sk-1");
    await page.locator("button.main").click();
    await page.waitForSelector("text=already sent");
  },
  "too-long": async (page, login) => {
    await asked(() => bundled("openai"))(page, login);
    await page.locator("input[type=password]").fill("x".repeat(70_000));
    await page.locator("button.main").click();
    await page.waitForSelector("text=too long");
  },
  "no-login-waits": async (page, login) => {
    await page.goto(
      `${login.begin(bundled("github")).origin}/auth/callback/oauth?code=c`,
    );
  },
  "nothing-here": async (page, login) => {
    await page.goto(`${login.begin(bundled("github")).origin}/login/x`);
  },
};
