// Every page in every state, as a person sees it: on a desk and on a phone, by day and by night. Look at build/screenshots/pages.
import { expect } from "expect";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { bundledProviders } from "../../providers/mod.ts";
import {
  launchChromium,
  noChromium,
  SHOTS,
} from "../support/browser/chromium.ts";
import { DENO_ONLY } from "../support/program.ts";
import { bundled, ServedLogin, STATES } from "../support/browser/states.ts";

const WIDTHS = [1280, 390, 320];
/** A phone with its browser's bars. */
const PHONE = { width: 390, height: 664 };

/** What stands beyond the edges of the window. */
const OUTSIDE = `(() => {
  const { clientWidth, scrollWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? ["the page"] : [];
  for (const element of document.body.querySelectorAll("*:not(.unseen)")) {
    const { left, right } = element.getBoundingClientRect();
    if (right > clientWidth + 1 || left < -1) {
      found.push(element.tagName + " " + element.textContent);
    }
  }
  return found;
})()`;

/** The selectors whose first element is not in the window without scrolling. */
const hidden = (selectors: string[]) =>
  `${JSON.stringify(selectors)}.filter((selector) => {
    const place = document.querySelector(selector)?.getBoundingClientRect();
    return !place || place.top < 0 || place.bottom > innerHeight;
  })`;

/** The pages are the same on Node, and so is what Chromium makes of them. */
const unseen = noChromium || DENO_ONLY;

let browser: Browser;
let login: ServedLogin;

before(async () => {
  if (unseen) return;
  browser = await launchChromium();
  login = new ServedLogin();
});
after(async () => {
  if (unseen) return;
  await browser.close();
  await login.close();
});

async function open(
  options: { javaScriptEnabled?: boolean } = {},
): Promise<Page> {
  const context = await browser.newContext({ ...options, viewport: PHONE });
  return await context.newPage();
}

for (const [state, enter] of Object.entries(STATES)) {
  test(
    `${state}: nothing scrolls sideways; screenshots`,
    { skip: unseen },
    async () => {
      const page = await open();
      await enter(page, login);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        expect([width, await page.evaluate(OUTSIDE)]).toEqual([width, []]);
        if (width === 320) continue;
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await page.screenshot({
            path: `${SHOTS}pages/${state}-${width}-${colorScheme}.png`,
            fullPage: true,
          });
        }
      }
      await page.context().close();
    },
  );

  test(
    `${state}: nothing scrolls sideways without a script`,
    {
      skip: unseen ||
        (state === "ended-while-open" && "only the script notices"),
    },
    async () => {
      const page = await open({ javaScriptEnabled: false });
      await enter(page, login);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 844 });
        expect([width, await page.evaluate(OUTSIDE)]).toEqual([width, []]);
      }
      await page.context().close();
    },
  );
}

test(
  "on a phone, step 1 of every provider is in sight, and no host is a pattern",
  { skip: unseen },
  async () => {
    const page = await open({ javaScriptEnabled: false });
    for (const name of bundledProviders.names) {
      const provider = bundled(name);
      await page.goto(login.begin(provider).ask().url());
      const first = provider.definition.auth_type === "api_key"
        ? "main form :is(input:not([type=hidden]), textarea)"
        : "#redirect";
      const found = await page.evaluate(`({
        scrolled: scrollY,
        hidden: ${hidden(["main a", first])},
        outside: ${OUTSIDE},
        goes: document.querySelector(".custody").textContent,
      })`) as Record<string, unknown>;
      expect({ name, ...found }).toEqual({
        name,
        scrolled: 0,
        hidden: [],
        outside: [],
        goes: expect.not.stringMatching(/regex:|[\\^$]|\{base_url/),
      });
    }
  },
);
