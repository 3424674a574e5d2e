// A login that ends while its page is open: the real command line, the real Chromium, and a person who is typing.
import { expect } from "expect";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { launchChromium, noChromium } from "../support/browser/chromium.ts";
import { bundled, ServedLogin } from "../support/browser/states.ts";
import { type LocalApi, startLocalApi } from "../support/servers/local_api.ts";
import { CliSession } from "../support/terminal/cli_session.ts";

let browser: Browser;
let api: LocalApi;
let cli: CliSession;
let login: ServedLogin;

before(async () => {
  if (noChromium) return;
  browser = await launchChromium();
  api = await startLocalApi([], () => new Response("", { status: 404 }));
  cli = await CliSession.open(api);
  login = new ServedLogin();
});
after(async () => {
  if (noChromium) return;
  await browser.close();
  await login.close();
  await cli[Symbol.asyncDispose]();
  await api.close();
});

async function newPage(javaScriptEnabled = true): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled });
  return await context.newPage();
}

/** Starts a login, and types into the page that it shows. */
async function typing(command: string) {
  const started = cli.start(`echo $$ > pid; exec ${command}`);
  const page = await newPage();
  await page.goto(await started.url);
  await page.locator("#client_id").fill("my-id");
  await page.locator("#client_secret").fill("my-secret");
  const pid = Number(await Deno.readTextFile(`${cli.session.work}/pid`));
  return { page, pid, done: started.done };
}

/** What a person finds on a page whose login has ended. */
async function found(page: Page) {
  await page.waitForSelector("#ended:not([hidden])");
  return {
    why: await page.locator("#why").innerText(),
    typed: await page.locator("#client_id, #client_secret").evaluateAll(
      (fields) => fields.map((field) => (field as { value?: string }).value),
    ),
    again: await page.locator("#again").innerText(),
    unsent: await page.locator("#unsent").isVisible(),
    usable: await page.locator("button[name=act]:enabled").count(),
  };
}

test(
  "Ctrl-C in the terminal: the page says so, keeps what was typed, and how to start again",
  {
    skip: noChromium,
  },
  async () => {
    const { page, pid, done } = await typing(
      "authsome login atlassian --connection work --scopes read:me",
    );
    Deno.kill(pid, "SIGINT");
    expect(await found(page)).toEqual({
      why: "Login to atlassian was interrupted",
      typed: ["my-id", "my-secret"],
      again: "authsome login atlassian --connection work --scopes read:me",
      unsent: true,
      usable: 0,
    });
    expect((await done).code).toBe(130);
    await page.keyboard.press("Enter");
    expect(page.url()).toContain("/login/");
  },
);

test("a program that was killed: the page says that nobody waits for it", {
  skip: noChromium,
}, async () => {
  const { page, pid, done } = await typing("authsome login atlassian");
  Deno.kill(pid, "SIGKILL");
  expect(await found(page)).toMatchObject({
    why: "authsome is not waiting for this page any more.",
    typed: ["my-id", "my-secret"],
    again: "authsome login atlassian",
    usable: 0,
  });
  await done;
});

test("time that is up: a countdown, spoken seldom, and then the same", {
  skip: noChromium,
}, async () => {
  const page = await newPage();
  await page.clock.install();
  await page.goto(login.begin(bundled("atlassian"), "work", 30).ask().url());
  const left = page.locator("[role=timer]");
  expect(await left.innerText()).toMatch(/^ ?\((30:00|29:5\d) left\)$/);
  expect(await left.getAttribute("aria-live")).toBe("off");
  await page.locator("#client_id").fill("my-id");
  await page.clock.runFor(60_000);
  expect(await left.innerText()).toMatch(/^ ?\((29:00|28:5\d) left\)$/);
  const spoken = page.locator("[aria-live=polite]");
  expect(await spoken.textContent()).toBe("");
  await page.clock.runFor(24 * 60_000);
  expect(await spoken.textContent()).toBe("5 minutes left");
  await page.clock.runFor(5 * 60_000);
  expect(await found(page)).toEqual({
    why: "The time for this login is up.",
    typed: ["my-id", ""],
    again: "authsome login atlassian --connection work",
    unsent: true,
    usable: 0,
  });
});

test(
  "an answer in another window: a form with nothing in it goes on, another says what became of it",
  {
    skip: noChromium,
  },
  async () => {
    for (const typed of [true, false]) {
      login.begin(bundled("openai")).ask();
      const [first, second] = [await newPage(), await newPage()];
      await first.goto(login.url());
      await second.goto(login.url());
      if (typed) await first.locator("input[type=password]").fill("half");
      await second.locator("input[type=password]").fill(
        `sk-proj-${"a1B2".repeat(10)}`,
      );
      await second.locator("button.main").click();
      login.session.end({ kind: "connected", connection: "default" });
      await first.waitForSelector(
        typed ? "text=This login succeeded in another window" : "#ended",
        { state: typed ? "visible" : "attached" },
      );
      await second.waitForSelector("text=is connected");
    }
  },
);

test(
  "without a script the page says until when it waits; a late answer is told that nothing was stored",
  {
    skip: noChromium,
  },
  async () => {
    const page = await newPage(false);
    await page.goto(login.begin(bundled("openai"), "work").ask().url());
    expect(await page.locator("time").innerText()).toMatch(
      /^\d\d:\d\d (UTC|GMT|[A-Z]+)/,
    );
    await page.locator("input[type=password]").fill("sk-late");
    login.pass(10 * 60_000);
    await page.locator("button.main").click();
    const text = await page.locator("main").innerText();
    expect(text).toContain("This login has ended");
    expect(text).toContain("Nothing that was typed on its page was stored.");
    expect(text).toContain(
      "Start again: authsome login openai --connection work",
    );
  },
);
