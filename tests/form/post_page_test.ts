// A step that posts a form to the provider: shown on a page of ours, and only there other forms may go out.
import { expect } from "expect";
import { test } from "node:test";
import { oauthProvider, openForm } from "../support/browser/form.ts";

const never = new AbortController().signal;

test("a manifest is posted from a page of ours, which sends forms nowhere else", async () => {
  const form = openForm(oauthProvider());
  const manifest = JSON.stringify({ name: `<"&'>` });
  const answer = form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://github.com/settings/apps/new?state=s"),
    accept: (callback) => callback.get("state") === "s",
    ours: true,
    post: { manifest },
  }, never);
  const page = await form.browser.get(`/login/${form.session.ticket()}`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain(
    "form-action 'self' https://github.com;",
  );
  const html = await page.text();
  expect(html).toMatch(
    /<form method="post"\s+action="https:\/\/github\.com\/settings\/apps\/new\?state=s">/,
  );
  const [, value] = /name="manifest" value="([^"]*)"/.exec(html)!;
  expect(
    value!.replaceAll("&quot;", '"').replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">").replaceAll("&#39;", "'").replaceAll(
        "&amp;",
        "&",
      ),
  ).toBe(manifest);
  await form.browser.get("/auth/callback/oauth?state=s&code=c");
  expect((await answer).get("code")).toBe("c");
});

test("every other page may post to itself alone", async () => {
  const form = openForm(oauthProvider());
  form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://github.com/login"),
    accept: () => false,
  }, never).catch(() => {});
  const page = await form.browser.get(`/login/${form.session.ticket()}/next`);
  expect(page.headers.get("content-security-policy")).toContain(
    "form-action 'self';",
  );
});
