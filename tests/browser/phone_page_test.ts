// The phone's page in a real browser: a request arrives, the person presses Allow, and the one who asked gets the answer.
import { expect } from "expect";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { phonePage } from "../../lib/approval/remote/page/phone_page.ts";
import {
  newPairingKey,
  type PairingKeys,
  pairingKeys,
  sealMessage,
} from "../../lib/approval/remote/remote_seal.ts";
import { Secret } from "../../lib/secret.ts";
import { channelScene, until } from "../approval/remote/channel_scene.ts";
import { CANARIES, canaryRequest } from "../approval/remote/phone.ts";
import { FakeNtfy } from "../support/fakes/fake_ntfy.ts";
import {
  launchChromium,
  noChromium,
  SHOTS,
} from "../support/browser/chromium.ts";

const skip = noChromium;
let browser: Browser;
before(async () => {
  if (!skip) browser = await launchChromium();
});
after(async () => {
  if (!skip) await browser.close();
});

/** The page on a web server of the person's, and a phone that opens it. */
async function opened(ntfy: FakeNtfy, answers?: string) {
  const html = await phonePage({
    ntfy: { server: ntfy.origin },
    ...answers && { listen: { host: "", port: 0, url: answers } },
  });
  const host = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(
      request.url === "/frame"
        ? '<iframe src="/approve.html" title="x"></iframe>'
        : html,
    );
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  const context = await browser.newContext({
    viewport: { width: 390, height: 664 },
  });
  const page = await context.newPage();
  const problems: string[] = [];
  const asked: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("request", (request) => asked.push(request.url()));
  return {
    ...{ page, problems, asked, html, context },
    url: `http://127.0.0.1:${portOf(host)}/approve.html`,
    async [Symbol.asyncDispose]() {
      await context.close();
      host.closeAllConnections();
      await new Promise((resolve) => host.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Opens the link of a new pairing and confirms it. */
async function pairedWith(page: Page, url: string, name = "laptop") {
  const key = newPairingKey();
  await page.goto(`${url}#pair=${key}&name=${encodeURIComponent(name)}`);
  await page.click("#pair");
  await page.waitForSelector("#paired:not([hidden])");
  return { key, keys: await pairingKeys(new Secret(key)) };
}

/** Publishes `request` to the phone as this machine does. */
async function send(ntfy: FakeNtfy, keys: PairingKeys, request: object) {
  const text = JSON.stringify({ v: 1, kind: "request", ...request });
  ntfy.publish(
    keys.topics.request,
    await sealMessage(keys, "request", text, 2_880),
  );
}

test(
  "a request arrives, the person presses Allow, and the run gets the answer",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await using phone = await opened(ntfy);
    const { page, url, problems, asked } = phone;
    const { channel, phones } = await channelScene(ntfy, { page: url });
    const { key } = await phones.add("phone", 0, false);
    await page.goto(`${url}#pair=${key.reveal()}&name=laptop`);
    await page.click("#pair");
    await page.waitForSelector("#paired:not([hidden])");
    // The key stands neither in the address nor where a script can read it.
    expect(page.url()).toBe(url);
    expect(await page.content()).not.toContain(key.reveal());

    for (
      const [button, scope, decision] of [
        ["Allow", "10m", "allow"],
        ["Deny", "once", "deny"],
      ] as const
    ) {
      const request = canaryRequest({ port: 8443, connection: "work" });
      const asking = channel.ask(request, new AbortController().signal);
      const card = page.locator("article").last();
      await card.locator(`button:text("${button}"):not([disabled])`).waitFor();
      const text = await card.textContent() ?? "";
      // All fields, the canaries among them.
      const { at: _at, expires: _expires, ...fields } = request;
      const { operations: _operations, body, ...rest } = fields;
      for (
        const value of [
          ...Object.values(rest),
          ...["issues.create (writes)", body!.size, body!.sha256, body!.type],
          ...[body!.shown, "laptop"],
        ]
      ) expect([value, text.includes(String(value))]).toEqual([value, true]);
      if (decision === "allow") {
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          await page.screenshot({
            path: `${SHOTS}phone/request-${colorScheme}.png`,
            fullPage: true,
          });
        }
      }
      await card.locator("select").selectOption(scope);
      await card.locator(`button:text("${button}")`).click();
      expect(await asking).toMatchObject({ decision, scope, by: "phone" });
      await card.locator(`text=Sent: ${decision}`).waitFor();
    }
    expect(problems).toEqual([]);
    // Nothing but the page itself and the server.
    expect(
      asked.filter((each) => each !== url && !each.startsWith(ntfy.origin)),
    )
      .toEqual([]);
    const sent = JSON.stringify(ntfy.received);
    for (const canary of [...CANARIES, key.reveal(), "allow"]) {
      expect([canary, sent.includes(canary)]).toEqual([canary, false]);
    }
  },
);

test(
  "the browser keeps the pairing without giving it away, and forgets it when it is told to",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await using phone = await opened(ntfy);
    const { page, url } = phone;
    const { keys } = await pairedWith(page, url);
    await page.reload();
    await page.waitForSelector("#paired:not([hidden])");
    await until(() => ntfy.streams === 1);
    await send(ntfy, keys, canaryRequest());
    await page.waitForSelector("article");
    const kept = await page.evaluate(`new Promise((resolve) => {
    const request = indexedDB.open("authsome");
    request.onsuccess = () => {
      const all = request.result.transaction("pairings").objectStore("pairings").getAll();
      all.onsuccess = async () => {
        const [{ root, name }] = all.result;
        const read = await crypto.subtle.exportKey("raw", root).then(() => "read", (error) => error.name);
        resolve([all.result.length, name, root.extractable, read]);
      };
    };
  })`);
    expect(kept).toEqual([
      ...[1, "laptop", false],
      expect.stringMatching(/^(InvalidAccess|NotSupported)Error$/),
    ]);
    expect(await page.evaluate("[localStorage.length, document.cookie]"))
      .toEqual([0, ""]);
    await page.click("#pairings button");
    await page.waitForSelector("#unpaired:not([hidden])");
    await page.reload();
    await page.waitForSelector("#unpaired:not([hidden])");
  },
);

test("nothing in a request becomes markup or hides: all of it is text", {
  skip,
}, async () => {
  await using ntfy = await FakeNtfy.start();
  await using phone = await opened(ntfy);
  const { page, url, problems } = phone;
  const { keys } = await pairedWith(
    page,
    url,
    "<img src=x onerror=alert(1)>\u202e",
  );
  const evil = `"><img src=x onerror="document.title='pwned'">`;
  await until(() => ntfy.streams === 1);
  await send(ntfy, keys, {
    ...canaryRequest({ path: `/${evil}`, folder: `a\u202eb\u200bc\u0007` }),
    ...{ program: evil, [`<b>${evil}`]: evil, __proto__: { x: 1 } },
    ...{ operations: [{ name: evil, reads: true }], rule: { a: [evil] } },
    body: { shown: `${evil}\u2066\nline`, type: evil },
  });
  const card = page.locator("article");
  await card.waitFor();
  expect(await page.evaluate("document.querySelectorAll('img, b b, i').length"))
    .toBe(0);
  const text = await card.innerText();
  expect(text).toContain(evil);
  expect(text).toContain("a\\u{202e}b\\u{200b}c\\u{7}");
  // deno-lint-ignore no-control-regex
  expect(text).not.toMatch(/[\u202e\u200b\u0007\u2066]/);
  expect(await page.innerText("#pairings")).toContain(
    "<img src=x onerror=alert(1)>\\u{202e}",
  );
  expect([await page.title(), problems]).toEqual(["(1) authsome", []]);
  const outside = await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(outside).toBe(0);
});

test(
  "the page runs no other script, asks no other server, and not in a frame",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await using other = await FakeNtfy.start();
    await using phone = await opened(ntfy);
    const { page, url } = phone;
    await pairedWith(page, url);
    const tried = await page.evaluate(`(async () => {
    const blocked = [];
    document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
    const failed = await fetch("${other.origin}/x").then(() => "sent", () => "blocked");
    const script = document.createElement("script");
    try { script.textContent = "globalThis.ran = true"; } catch { /* Trusted types. */ }
    document.body.append(script);
    try { document.body.insertAdjacentHTML("beforeend", "<i></i>"); } catch { blocked.push("html"); }
    const image = new Image();
    image.src = "${other.origin}/pixel";
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [failed, globalThis.ran, blocked.includes("html"), blocked.includes("connect-src"), blocked.includes("img-src")];
  })()`);
    expect(tried).toEqual(["blocked", undefined, true, true, true]);
    expect(other.received).toEqual([]);
    const frame = await phone.context.newPage();
    await frame.goto(new URL("/frame", url).href);
    const inner = frame.frames()[1]!;
    await inner.waitForSelector("text=works only by itself");
    expect(await inner.isVisible("#app")).toBe(false);
  },
);

test(
  "a server that alters, replays, swaps, floods or forges shows nothing twice and gets no answer",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await using phone = await opened(ntfy);
    const { page, url, problems } = phone;
    const { keys } = await pairedWith(page, url);
    await until(() => ntfy.streams === 1);
    const request = canaryRequest();
    await send(ntfy, keys, request);
    await page.waitForSelector("article");
    const message = ntfy.messages[0]!.message!;
    const bytes = Buffer.from(message.slice(3), "base64url");
    bytes[100]! ^= 1;
    const stranger = await pairingKeys(new Secret(newPairingKey()));
    for (
      const each of [
        ...[message, message, `a1.${bytes.toString("base64url")}`],
        JSON.stringify({ v: 1, kind: "request", ...canaryRequest() }),
        await sealMessage(stranger, "request", '{"v":1,"kind":"request"}', 512),
        // An answer, sent to the one who gave it.
        await sealMessage(
          keys,
          "answer",
          JSON.stringify({ v: 1, kind: "request", ...canaryRequest() }),
          2_880,
        ),
      ]
    ) ntfy.publish(keys.topics.request, each);
    // One that is over long since, kept by the server.
    const old = Date.now() - 3_600_000;
    await send(ntfy, keys, canaryRequest({ at: old, expires: old + 120_000 }));
    ntfy.inject("[]\nnull\n{\n");
    ntfy.inject(
      `${JSON.stringify({ event: "message", topic: "__proto__", message })}\n`,
    );
    await send(ntfy, keys, canaryRequest({ host: "second.canary.example" }));
    await page.waitForSelector("text=POST second.canary.example");
    expect(await page.locator("article").count()).toBe(2);
    // A line without end is not kept: the stream is opened anew.
    const streams = () =>
      ntfy.received.filter(({ url }) => url.includes("/json?")).length;
    const before = streams();
    for (let count = 0; count < 64 && ntfy.streams > 0; count++) {
      ntfy.inject("a".repeat(65_536));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => streams() > before);
    // More than can wait are not shown.
    for (let count = 0; count < 50; count++) {
      await send(ntfy, keys, canaryRequest());
    }
    await page.waitForSelector("text=More requests wait than can be shown");
    expect(await page.locator("article").count()).toBeLessThanOrEqual(32);
    expect(ntfy.messages.filter(({ topic }) => topic === keys.topics.answer))
      .toEqual([]);
    expect(problems).toEqual([]);
  },
);

test("answered elsewhere, it cannot be answered here any more", {
  skip,
}, async () => {
  await using ntfy = await FakeNtfy.start();
  await using phone = await opened(ntfy);
  const { page, url } = phone;
  const { channel, phones } = await channelScene(ntfy);
  const { key } = await phones.add("phone", 0, false);
  await page.goto(`${url}#pair=${key.reveal()}&name=laptop`);
  await page.click("#pair");
  await page.waitForSelector("#paired:not([hidden])");
  const over = new AbortController();
  const asking = channel.ask(canaryRequest(), over.signal);
  await page.waitForSelector("article button.allow:not([disabled])");
  over.abort();
  expect(await asking).toBe(undefined);
  await page.waitForSelector("text=It waits no more");
  expect(await page.locator("article button:not([disabled])").count()).toBe(0);
});

test(
  "a link from a chat shows the request that is sealed in it, and only to the phone it is for",
  {
    skip,
  },
  async () => {
    await using ntfy = await FakeNtfy.start();
    await using phone = await opened(ntfy);
    const { page, url } = phone;
    const { keys } = await pairedWith(page, url);
    const request = canaryRequest();
    const text = JSON.stringify({ v: 1, kind: "request", ...request });
    const sealed = await sealMessage(keys, "request", text, 1_216);
    const again = await phone.context.newPage();
    await again.goto(`${url}#m=${sealed}`);
    await again.waitForSelector("text=POST api.canary.example");
    expect(again.url()).toBe(url);
    await again.click("article button.allow:not([disabled])");
    await again.waitForSelector("text=Sent: allow");
    const key = await pairingKeys(new Secret(newPairingKey()));
    await again.goto(
      `${url}?other#m=${await sealMessage(key, "request", text, 1_216)}`,
    );
    await again.waitForSelector("text=This link is for another phone");
  },
);

test("from a file, without an address of the person's, the page works too", {
  skip,
}, async () => {
  await using ntfy = await FakeNtfy.start();
  const folder = await Deno.makeTempDir();
  try {
    const { channel, phones } = await channelScene(ntfy);
    const { key } = await phones.add("phone", 0, false);
    const html = await phonePage({ ntfy: { server: ntfy.origin } });
    await Deno.writeTextFile(`${folder}/approve.html`, html);
    const page = await browser.newPage();
    await page.goto(`file://${folder}/approve.html`);
    await page.fill("#code", `pair=${key.reveal()}&name=laptop`);
    await page.click("#enter");
    await page.click("#pair");
    await page.waitForSelector("#paired:not([hidden])");
    expect(await page.inputValue("#code")).toBe("");
    const request = canaryRequest();
    const asking = channel.ask(request, new AbortController().signal);
    await page.click("article button.allow:not([disabled])");
    expect((await asking)?.decision).toBe("allow");
    await page.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("the answer reaches an own address when ntfy is down", {
  skip,
}, async () => {
  await using ntfy = await FakeNtfy.start();
  await using own = await FakeNtfy.start();
  await using phone = await opened(ntfy, `${own.origin}/answers`);
  const { page, url } = phone;
  const { keys } = await pairedWith(page, url);
  await until(() => ntfy.streams === 1);
  await send(ntfy, keys, canaryRequest());
  await page.waitForSelector("article button.allow:not([disabled])");
  ntfy.down = 503;
  await page.click("article button.allow");
  await page.waitForSelector("text=Sent: allow");
  expect(own.messages.map(({ topic }) => topic)).toEqual(["answers"]);
  // Where nobody takes it, it can be tried again.
  ntfy.down = undefined;
  await until(() => ntfy.streams === 1);
  await send(ntfy, keys, canaryRequest({ host: "again.canary.example" }));
  const card = page.locator("article", { hasText: "again.canary.example" });
  await card.locator("button.allow:not([disabled])").waitFor();
  ntfy.down = own.down = 503;
  await card.locator("button.allow").click();
  await card.locator("text=Not sent").waitFor();
  ntfy.down = undefined;
  await card.locator("button.allow").click();
  await card.locator("text=Sent: allow").waitFor();
});
