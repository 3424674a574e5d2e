// The pages in a real Chromium: by keyboard only, dark and light, with nothing on the console and nothing off loopback.
import { expect } from "expect";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { formConversation } from "../../lib/host/login/conversation_form.ts";
import { Secret } from "../../lib/secret.ts";
import {
  launchChromium,
  noChromium,
  SHOTS,
} from "../support/browser/chromium.ts";
import { keyProvider, oauthProvider } from "../support/browser/form.ts";
import { freePort } from "../support/free_port.ts";

/** A page that records what must not happen. */
async function watched(
  browser: Browser,
  colorScheme: "light" | "dark",
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    colorScheme,
    viewport: { width: 760, height: 900 },
  });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on(
    "console",
    (message) => complaints.push(`console: ${message.text()}`),
  );
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") {
      complaints.push(`request: ${request.url()}`);
    }
  });
  return { page, complaints };
}

function converse(
  provider: ReturnType<typeof keyProvider>,
  port: number,
  connection = "default",
) {
  const url = Promise.withResolvers<string>();
  const conversation = formConversation({
    provider,
    connection,
    port,
    clock: { now: () => Date.now() },
    signal: AbortSignal.timeout(60_000),
    say() {},
    tell() {},
    onUrl: url.resolve,
  });
  return { conversation, url: url.promise };
}

/** Presses Tab until the focus is on `selector`; a page that needs more than 20 has lost it. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 20; presses++) {
    if (
      await page.locator(`${selector}:focus`).count() > 0
    ) {
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${selector}`);
}

test(
  "a key is given by keyboard only, doubted, shown, insisted on, and the last page says so",
  { skip: noChromium },
  async () => {
    const browser = await launchChromium();
    try {
      for (const scheme of ["light", "dark"] as const) {
        const { page, complaints } = await watched(browser, scheme);
        const { conversation, url } = converse(
          keyProvider({ notes: ["Keys of free accounts end after 30 days."] }),
          freePort(),
          "work",
        );
        const answer = conversation.askSecrets({
          provider: keyProvider(),
          connection: "work",
          fields: ["api_key"],
        });
        await page.goto(await url);
        await page.screenshot({ path: `${SHOTS}key-${scheme}.png` });
        // The field has the focus already.
        await page.keyboard.type("sk-not-theirs");
        await tabTo(page, "button[data-act=show]");
        await page.keyboard.press("Enter");
        expect(
          await page.locator("input[id='secret.api_key']").getAttribute("type"),
        )
          .toBe("text");
        await tabTo(page, "button.main");
        await page.keyboard.press("Enter");
        await page.waitForSelector("[role=alert]");
        await page.screenshot({ path: `${SHOTS}key-doubt-${scheme}.png` });
        expect(await page.content()).not.toContain("sk-not-theirs");
        await tabTo(page, "input[type=checkbox]");
        await page.keyboard.press("Space");
        await tabTo(page, "button.main");
        await page.keyboard.press("Enter");
        expect((await answer).api_key!.reveal()).toBe("sk-not-theirs");
        await conversation.end({ kind: "connected", connection: "work" });
        await page.waitForSelector("text=You can close this window");
        await page.screenshot({ path: `${SHOTS}done-${scheme}.png` });
        // Chromium reports the refused form of the doubt as a failed resource.
        expect(complaints.filter((text) => !/status of 422/.test(text)))
          .toEqual([]);
        await page.context().close();
      }
    } finally {
      await browser.close();
    }
  },
);

test(
  "what is no secret is typed in the clear, before the secret, by keyboard only",
  { skip: noChromium },
  async () => {
    const browser = await launchChromium();
    try {
      const { page, complaints } = await watched(browser, "light");
      const provider = keyProvider({
        api_key: {
          secret_fields: ["auth_token"],
          public_fields: ["account_sid"],
          inject: [{
            kind: "basic",
            username: "{account_sid}",
            password: "{auth_token}",
          }],
        },
      });
      const { conversation, url } = converse(provider, freePort());
      const answer = conversation.askSecrets({
        provider,
        connection: "default",
        fields: ["account_sid", "auth_token"],
      });
      await page.goto(await url);
      // The first field has the focus already.
      await page.keyboard.type("AC0123456789");
      const sid = page.locator("input[id='secret.account_sid']");
      expect(await sid.getAttribute("type")).toBe("text");
      expect(await sid.inputValue()).toBe("AC0123456789");
      await tabTo(page, "input[id='secret.auth_token']");
      expect(await page.locator("input:focus").getAttribute("type"))
        .toBe("password");
      await page.keyboard.type("canary-0123456789");
      expect(await page.locator("button[data-act=show]").count()).toBe(1);
      await page.screenshot({ path: `${SHOTS}key-public.png` });
      await tabTo(page, "button.main");
      await page.keyboard.press("Enter");
      const { account_sid, auth_token } = await answer;
      expect([account_sid!.reveal(), auth_token!.reveal()])
        .toEqual(["AC0123456789", "canary-0123456789"]);
      await conversation.end({ kind: "connected", connection: "default" });
      await page.waitForSelector("text=You can close this window");
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
);

test(
  "client form, provider, callback: one window, the code leaves the address bar",
  { skip: noChromium },
  async () => {
    const browser = await launchChromium();
    const port = freePort();
    const redirect = `http://127.0.0.1:${port}/auth/callback/oauth`;
    // The provider: another origin, which sends the browser back at once.
    const provider = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) =>
        Response.redirect(
          `${redirect}?code=the-code&state=${
            new URL(request.url).searchParams.get("state")
          }`,
          302,
        ),
    );
    try {
      for (const scheme of ["light", "dark"] as const) {
        const { page, complaints } = await watched(browser, scheme);
        const definition = oauthProvider({
          oauth: { scopes: ["read:jira-work"], redirect_rules: "localhost" },
        });
        const { conversation, url } = converse(definition, port);
        const asked = conversation.askClient({
          provider: definition,
          redirectUri: redirect,
          scopes: ["read:jira-work", "write:jira-work", "read:jira-user"],
        });
        await page.goto(await url);
        await tabTo(page, "button[data-act=copy]");
        await page.keyboard.press("Enter");
        await page.waitForSelector("text=Copied");
        expect(await page.evaluate("navigator.clipboard.readText()"))
          .toBe(redirect);
        await page.screenshot({
          path: `${SHOTS}client-${scheme}.png`,
          fullPage: true,
        });
        await tabTo(page, "#client_id");
        await page.keyboard.type("id-1");
        await tabTo(page, "[id=client_secret]");
        await page.keyboard.type("s3cret");
        await page.keyboard.press("Enter");
        const client = await asked;
        expect(client.clientId).toBe("id-1");
        expect(client.clientSecret).toBeInstanceOf(Secret);
        const callback = await conversation.authorize(
          new URL(`http://127.0.0.1:${provider.addr.port}/authorize?state=s1`),
          (query) => query.get("state") === "s1",
        );
        expect(callback.get("code")).toBe("the-code");
        await conversation.end({
          kind: "connected",
          connection: "default",
          account: "ada@acme.test",
        });
        await page.waitForSelector("text=You can close this window");
        expect(page.url()).not.toContain("the-code");
        await page.screenshot({ path: `${SHOTS}account-${scheme}.png` });
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    } finally {
      await provider.shutdown();
      await browser.close();
    }
  },
);
