// The form for an OAuth app and what comes after it: the real command line, the real Chromium, and a provider that says no.
import { expect } from "expect";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { formConversation } from "../../lib/host/login/conversation_form.ts";
import { launchChromium, noChromium } from "../support/browser/chromium.ts";
import { bundled } from "../support/browser/states.ts";
import { freePort } from "../support/free_port.ts";
import { type LocalApi, startLocalApi } from "../support/servers/local_api.ts";
import { CliSession } from "../support/terminal/cli_session.ts";

let browser: Browser;
let api: LocalApi;
let cli: CliSession;

before(async () => {
  if (noChromium) return;
  browser = await launchChromium();
  api = await startLocalApi([], () => new Response("", { status: 404 }));
  cli = await CliSession.open(api);
});
after(async () => {
  if (noChromium) return;
  await browser.close();
  await cli[Symbol.asyncDispose]();
  await api.close();
});

async function newPage(): Promise<Page> {
  const context = await browser.newContext();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  return await context.newPage();
}

async function fill(page: Page): Promise<void> {
  await page.locator("#client_id").fill("id-1");
  await page.locator("#client_secret").fill("s3cret");
  await page.locator("button.main").click();
}

test(
  "30 minutes to register an app, its scopes in one copy, and the app is kept when the provider says no",
  { skip: noChromium },
  async () => {
    const page = await newPage();
    // The provider sends the browser back at once.
    await page.route("https://auth.atlassian.com/**", async (route) => {
      const state = new URL(route.request().url()).searchParams.get("state");
      await route.fulfill({
        status: 302,
        headers: {
          location: `${cli.redirectUri}?error=access_denied&state=${state}`,
        },
      });
    });
    const login = cli.start("authsome login atlassian");
    await page.goto(await login.url);
    expect(await page.locator("[role=timer]").innerText())
      .toMatch(/\((30:00|29:[0-5]\d) left\)/);
    await page.getByRole("button", { name: "Copy the scopes" }).click();
    await page.waitForSelector("text=Copied");
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      bundled("atlassian").definition.oauth!.scopes!.join(" "),
    );
    await fill(page);
    await page.waitForSelector("text=Atlassian is not connected");
    const text = await page.locator("main").innerText();
    expect(text).toContain("access was declined on its page");
    expect(text).toContain("client ID and secret are kept, encrypted");
    expect(text).toContain("authsome login atlassian --reset-client");
    expect(text).not.toMatch(/nothing (was|that)/i);
    const { stderr } = await login.done;
    expect(stderr).toContain("was kept for the next login");
    // So it is.
    const next = cli.start("exec authsome login atlassian --timeout 30");
    expect(new URL(await next.url).searchParams.get("client_id")).toBe("id-1");
    await page.goto(
      `${cli.redirectUri}?error=access_denied&state=${
        new URL(await next.url).searchParams.get("state")
      }`,
    );
    expect(await page.locator("main").innerText())
      .toContain("Nothing that you typed was stored.");
    await next.done;
    await page.context().close();
  },
);

test(
  "a device code follows the form, and the page says when it was entered",
  { skip: noChromium },
  async () => {
    const provider = bundled("github");
    const url = Promise.withResolvers<string>();
    const conversation = formConversation({
      provider,
      connection: "default",
      port: freePort(),
      clock: { now: () => Date.now() },
      signal: AbortSignal.timeout(60_000),
      say() {},
      tell() {},
      onUrl: url.resolve,
    });
    const asked = conversation.askClient({
      provider,
      redirectUri: conversation.redirectUri,
      scopes: [],
    });
    const page = await newPage();
    await page.goto(await url.promise);
    await fill(page);
    await asked;
    await conversation.showDeviceCode({
      userCode: "WDJB-MJHT",
      verificationUri: "https://github.com/login/device",
      expiresAt: Date.now() + 900_000,
    });
    await page.waitForSelector("text=WDJB-MJHT");
    await page.getByRole("button", { name: "Copy the code" }).click();
    await page.waitForSelector("text=Copied");
    expect(await page.evaluate("navigator.clipboard.readText()"))
      .toBe("WDJB-MJHT");
    expect(await page.getByRole("link").getAttribute("href"))
      .toBe("https://github.com/login/device");
    await conversation.end({
      kind: "connected",
      connection: "default",
      account: "@octocat",
    });
    await page.waitForSelector("text=GitHub is connected");
    expect(await page.locator(".account").innerText())
      .toBe("Signed in as @octocat");
    await page.context().close();
  },
);
