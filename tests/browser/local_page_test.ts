// The local page in a real Chromium: every page by day and by night down to 320 px, what happens while it is open, one key
// for an answer, and the ways of other sites. Look at build/screenshots/local.
import axe from "axe-core";
import { expect } from "expect";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { Broker } from "../../lib/broker/broker.ts";
import { openRuntime } from "../../lib/host/wiring.ts";
import { beginPage } from "../broker/page/served_page.ts";
import { approval } from "../page/local_page.ts";
import {
  launchChromium,
  noChromium,
  SHOTS,
} from "../support/browser/chromium.ts";
import { connect } from "../support/connected.ts";
import { withHome } from "../support/home.ts";
import { processOf } from "../support/program.ts";
import { Session } from "../support/terminal/terminal_script.ts";
import { askingRun } from "../support/page/asking_run.ts";

const skip = noChromium ||
  (Deno.build.os === "linux" ? false : "it looks into /proc");
const WIDTHS = [1280, 390, 320];

/** What stands beyond the edges of the window, but for tables in a region of their own. */
const OUTSIDE = `(() => {
  const { clientWidth, scrollWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? ["the page"] : [];
  for (const element of document.body.querySelectorAll("*:not(.unseen, .skip, .scroll *)")) {
    const { left, right } = element.getBoundingClientRect();
    if (right > clientWidth + 1 || left < -1) found.push(element.tagName + " " + element.textContent);
  }
  return found;
})()`;

/** What axe-core, with its best practices, has against the page as it is shown now. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 200))))`);
}

let browser: Browser;
before(async () => {
  if (!skip) browser = await launchChromium();
});
after(async () => {
  if (!skip) await browser.close();
});

interface Opened {
  broker: Broker;
  context: BrowserContext;
  page: Page;
  origin: string;
  url: string;
  /** What must not happen: messages of the console, requests to others. */
  complaints: string[];
}

/** A home with two connections, and its page in a browser that has opened its address. */
function withOpened(
  body: (opened: Opened) => Promise<void>,
  open: (page: Page, url: string) => Promise<void> = async (page, url) => {
    await page.goto(url);
    await page.waitForURL((url) => url.pathname === "/");
  },
): Promise<void> {
  return withHome(async (home) => {
    await using broker = await Broker.open(await openRuntime({ home }));
    await connect(broker, "groq", "gsk_canary");
    await connect(broker, "groq", "gsk_canary-2", "work");
    const { url, stop } = await beginPage(broker);
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^https?:$/.test(protocol) && hostname !== "127.0.0.1") {
        complaints.push(request.url());
      }
    });
    try {
      await open(page, url);
      const { origin } = new URL(url);
      await body({ broker, context, page, origin, url, complaints });
    } finally {
      await context.close();
      await stop();
    }
  });
}

function record(broker: Broker, path: string, ok = true): Promise<void> {
  broker.audit.record({
    event: ok ? "inject" : "deny",
    profile: "default",
    provider: "groq",
    connection: "default",
    ok,
    method: "GET",
    host: "api.groq.com",
    path,
    status: ok ? 200 : 401,
    ...ok ? {} : { reason: "credential_expired" },
  });
  return broker.audit.flush();
}

test(
  "every page: nothing scrolls sideways, and axe-core finds nothing",
  {
    skip,
  },
  () =>
    withOpened(async ({ broker, page, origin, complaints }) => {
      await record(broker, "/openai/v1/models");
      await record(broker, "/openai/v1/refused", false);
      await using run = await askingRun(broker);
      const asked = run.ask(
        approval({ at: Date.now(), expires: Date.now() + 120_000 }),
      );
      const places = await page.locator("nav a").evaluateAll((links) =>
        links.map((link) => link.getAttribute("href")!)
      );
      expect(places).toEqual(
        expect.arrayContaining([
          "/",
          "/providers",
          "/runs",
          "/approvals",
          "/log",
        ]),
      );
      for (const place of places) {
        await page.goto(origin + place);
        await page.waitForTimeout(100);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 844 });
          // Of the catalogue, the first is like the others.
          expect([place, width, await page.evaluate(OUTSIDE)])
            .toEqual([place, width, []]);
          for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            if (width === 320) continue;
            expect([place, width, colorScheme, await violations(page)])
              .toEqual([place, width, colorScheme, []]);
            await page.screenshot({
              path: `${SHOTS}local/${
                place.slice(1) || "connections"
              }-${width}-${colorScheme}.png`,
            });
          }
        }
      }
      expect(complaints).toEqual([]);
      await page.goto(`${origin}/approvals`);
      await page.waitForTimeout(900);
      await page.keyboard.press("n");
      expect(await asked).toMatchObject({ decision: "deny" });
    }),
);

test(
  "the address is not where the page is, and a file that forwards opens it",
  {
    skip,
  },
  () =>
    withHome((folder) =>
      withOpened(
        async ({ page, context, url, origin }) => {
          const ticket = url.split("/").at(-1)!;
          expect(page.url()).toBe(`${origin}/`);
          await page.locator("h1", { hasText: "Connections" }).waitFor();
          await page.reload();
          await page.locator("h1", { hasText: "Connections" }).waitFor();
          for (const { value } of await context.cookies()) {
            expect(value).not.toContain(ticket);
          }
          expect(await page.evaluate("document.cookie")).toBe("");
          // The same browser may load it again.
          await page.goto(url);
          await page.waitForURL(`${origin}/`);
          await page.locator("h1", { hasText: "Connections" }).waitFor();
          // Another one ends it for both.
          const stranger = await browser.newContext();
          const other = await stranger.newPage();
          const answer = await other.goto(url);
          expect(answer!.status()).toBe(403);
          await stranger.close();
          await page.locator("#over").waitFor();
        },
        async (page, url) => {
          const file = `${folder}/login.html`;
          await Deno.writeTextFile(
            file,
            `<!doctype html><meta http-equiv="refresh" content="0; url=${url}">`,
          );
          await page.goto(`file://${file}`);
          await page.waitForURL((at) => at.pathname === "/");
        },
      )
    ),
);

test(
  "requests appear as they pass, and what is connected elsewhere",
  { skip },
  () =>
    withOpened(async ({ broker, page, origin, complaints }) => {
      await page.goto(`${origin}/runs`);
      await page.waitForTimeout(600);
      await record(broker, "/first-live");
      await page.locator("#rows tr", { hasText: "/first-live" }).waitFor();
      await record(broker, "/second-live", false);
      const row = page.locator("#rows tr").first();
      await row.filter({ hasText: "/second-live" }).waitFor();
      expect(await row.textContent()).toContain("authsome login groq --force");
      await page.goto(`${origin}/`);
      await page.waitForTimeout(300);
      await connect(broker, "openai", "sk-canary");
      await page.locator("li", { hasText: "openai/default" }).waitFor();
      expect(complaints).toEqual([]);
    }),
);

test(
  "a request that appears is answered with one key, after it could be read",
  {
    skip,
  },
  () =>
    withOpened(async ({ broker, page, origin }) => {
      await using run = await askingRun(broker);
      await page.goto(`${origin}/approvals`);
      await page.locator("#approvals", { hasText: "Nothing waits" }).waitFor();
      const asked = run.ask(
        approval({ at: Date.now(), expires: Date.now() + 60_000 }),
      );
      await page.locator("#approvals h2", { hasText: "/repos/me/work" })
        .waitFor();
      // A key that was meant for something else.
      await page.keyboard.press("y");
      expect(await page.locator("#waiting").textContent()).toBe("1");
      expect(await page.title()).toMatch(/^\(1\) /);
      await page.waitForTimeout(800);
      await page.keyboard.press("y");
      expect(await asked).toMatchObject({
        decision: "allow",
        scope: "once",
        by: "page",
      });
      await page.locator(".note", { hasText: "Allowed, once." }).waitFor();
    }),
);

test("a connection is deleted by keyboard alone, and without a script", {
  skip,
}, () =>
  withOpened(async ({ broker, page, context, origin }) => {
    const summary = page.locator("summary", { hasText: "groq/work" });
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".note", { hasText: "Deleted connection groq/work." })
      .waitFor();
    const names = await broker.connections.names("groq");
    expect(names.map(({ name }) => name)).toEqual(["default"]);

    const plain = await browser.newContext({ javaScriptEnabled: false });
    await plain.addCookies(await context.cookies());
    const quiet = await plain.newPage();
    await quiet.goto(`${origin}/`);
    await quiet.locator("summary", { hasText: "groq/default" }).click();
    await quiet.locator("button", { hasText: "Log out" }).click();
    await quiet.locator(".note", { hasText: "Deleted connection" }).waitFor();
    await plain.close();
  }));

test(
  "the tester says which rule decides, by the rules of the home",
  { skip },
  async () => {
    await using session = await Session.open();
    const { code } = await session.run("seed github-pat");
    expect(code).toBe(0);
    await Deno.writeTextFile(
      `${session.work}/home/policy.json`,
      JSON.stringify({
        v: 1,
        rules: [
          {
            id: "no-delete",
            effect: "deny",
            method: "DELETE",
            reason: "Nothing is deleted",
          },
        ],
      }),
      { mode: 0o600 },
    );
    const child = processOf(
      ["sh", "-c", "exec authsome ui --json"],
      {
        env: session.environment,
        clearEnv: true,
        cwd: session.work,
        stdin: "null",
        stdout: "piped",
        stderr: "null",
      },
    ).spawn();
    let text = "";
    for await (
      const part of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      text += part;
      if (text.trimEnd().endsWith("}")) break;
    }
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(JSON.parse(text).url);
    await page.waitForURL((url) => url.pathname === "/");
    await page.locator("nav a", { hasText: "Rules" }).click();
    await page.locator("h3", { hasText: "no-delete" }).waitFor();
    await page.screenshot({ path: `${SHOTS}local/rules-1280-light.png` });
    for (
      const [method, said] of [
        ["DELETE", "Refused by rule no-delete"],
        ["GET", "Allowed: no rule is against it"],
      ] as const
    ) {
      await page.getByLabel("Method").fill(method);
      await page.getByLabel("URL").fill("https://api.github.com/repos/me/work");
      await page.getByRole("button", { name: "Test" }).click();
      await page.locator("#tested", { hasText: said }).waitFor();
      expect(await page.locator("#tested").textContent())
        .toContain("github-pat/default");
    }
    await page.locator("nav a", { hasText: "Doctor" }).click();
    await page.locator("h2", { hasText: "config" }).waitFor();
    await page.goto(new URL("/log", page.url()).href);
    await page.getByRole("button", { name: /Verify/ }).click();
    await page.locator(".note", { hasText: "ok: " }).waitFor();
    await context.close();
    child.kill("SIGINT");
    await child.status;
  },
);

test("another site can neither frame the page, nor read it, nor post to it", {
  skip,
}, () =>
  withOpened(async ({ broker, context, origin }) => {
    const hostile = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(
        `<!doctype html><title>evil</title><iframe src="${origin}/" name="frame"></iframe>
        <form method="post" action="${origin}/act/logout">
        <input name="provider" value="groq"><input name="connection" value="default"><input name="token" value="guess">
        <button>Win</button></form>`,
      );
    });
    await new Promise<void>((resolve) =>
      hostile.listen(0, "127.0.0.1", resolve)
    );
    const { port } = hostile.address() as AddressInfo;
    // Of another site, and of the same one at another port.
    for (const host of ["localhost", "127.0.0.1"]) {
      const page = await context.newPage();
      await page.goto(`http://${host}:${port}/`);
      const frame = page.frame({ name: "frame" });
      expect(frame === null ? "" : await frame.content().catch(() => ""))
        .not.toContain("groq");
      expect(
        await page.evaluate(
          `fetch("${origin}/events?place=/").then((answer) => answer.text(), () => "unread")`,
        ),
      ).toBe("unread");
      await page.locator("button").click();
      await page.waitForLoadState();
      expect(await page.content()).toContain("sent by another site");
      await page.close();
    }
    expect(await broker.connections.names("groq")).toHaveLength(2);
    hostile.close();
    hostile.closeAllConnections();
  }));

test(
  "10,000 entries are shown, and scroll",
  { skip },
  () =>
    withOpened(async ({ broker, page, origin }) => {
      for (let index = 0; index < 10_000; index++) {
        broker.audit.record({
          event: "tunnel",
          profile: "default",
          ok: true,
          host: `host-${index}.example.com`,
        });
        if (index % 100 === 0) await broker.audit.flush();
      }
      await broker.audit.flush();
      await page.goto(`${origin}/log?n=10000`);
      expect(await page.locator("#rows tr").count()).toBe(10_000);
      await page.evaluate("scrollTo(0, document.body.scrollHeight)");
      await page.waitForTimeout(200);
      expect(await page.locator("#rows tr").last().isVisible()).toBe(true);
    }),
);
