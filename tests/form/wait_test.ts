// The question of an open page whether its step is still shown: who may ask, and what is answered.
import { expect } from "expect";
import { test } from "node:test";
import { browser, keyProvider, openForm } from "../support/browser/form.ts";

const never = new AbortController().signal;
/** What a browser sends with `fetch` of a page of ours. */
const ASKED = {
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "cors",
  "sec-fetch-dest": "empty",
};

async function opened() {
  const form = openForm(keyProvider(), "default", { who: "own" });
  form.session.ask<"secrets">(
    { kind: "secrets", fields: ["api_key"], typed: {} },
    never,
  ).catch(() => {});
  const page = await form.browser.get(`/login/${form.session.ticket()}`);
  const html = await page.text();
  const path = /action="([^"]+)"/.exec(html)![1]!;
  const turn = /data-turn="(\d+)"/.exec(html)![1]!;
  return { form, path, wait: `${path}/wait?turn=${turn}` };
}

test("a page is answered when its login has ended, with why and what was kept, and no secret", async () => {
  const { form, path, wait } = await opened();
  const answer = form.browser.get(wait, ASKED);
  form.session.end({
    kind: "failed",
    message: "Stopped",
    kept: { client: false, connection: true },
  });
  const response = await answer;
  expect([response.status, await response.json()]).toEqual([200, {
    v: 1,
    turn: 2,
    ended: {
      message: "Stopped",
      kept:
        "The connection that you had is unchanged. Nothing that you typed was stored.",
    },
  }]);
  // Whoever asks late is told at once.
  expect((await form.browser.get(`${path}/wait?turn=1`, ASKED)).status)
    .toBe(200);
});

test("a login that is stopped is not taken for one that went on elsewhere", async () => {
  const form = openForm(keyProvider(), "default", { who: "own" });
  const controller = new AbortController();
  form.session.ask<"secrets">(
    { kind: "secrets", fields: ["api_key"], typed: {} },
    controller.signal,
  ).catch(() => {});
  const page = await form.browser.get(`/login/${form.session.ticket()}`);
  const path = /action="([^"]+)"/.exec(await page.text())![1]!;
  const answer = form.browser.get(`${path}/wait?turn=1`, ASKED);
  controller.abort(new Error("Ctrl-C"));
  // The flow tells the page a moment later.
  await new Promise((resolve) => setTimeout(resolve));
  form.session.end({ kind: "failed", message: "Interrupted" });
  expect(await (await answer).json()).toMatchObject({
    ended: { message: "Interrupted" },
  });
});

test("nobody else is answered, and asking ends nothing", async () => {
  const { form, path, wait } = await opened();
  const own = { who: "own" } as const;
  const strangers = {
    "another browser": browser(form.app, own).get(wait, ASKED),
    "another site": form.browser.get(wait, {
      ...ASKED,
      "sec-fetch-site": "cross-site",
    }),
    "another port": form.browser.get(wait, {
      ...ASKED,
      "sec-fetch-site": "same-site",
    }),
    "a frame": form.browser.get(wait, {
      ...ASKED,
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "iframe",
    }),
    "another user": browser(form.app, { who: "other", uid: 1234 })
      .get("/login/guessed/wait?turn=1", ASKED),
    "a script of the page itself, for another address": form.browser.get(
      path,
      ASKED,
    ),
  };
  for (const [who, answer] of Object.entries(strangers)) {
    expect([who, (await answer).status]).toEqual([who, 403]);
  }
  expect(form.session.takenOver.aborted).toBe(false);
  expect(form.session.step.kind).toBe("secrets");
});
