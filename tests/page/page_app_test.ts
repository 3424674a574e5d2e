// The local page: who is let in, what each page shows, what each form does, and that nothing from outside becomes markup.
import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../lib/errors.ts";
import { OPEN_PATH } from "../../lib/page/page_app.ts";
import {
  approval,
  connection,
  entry,
  type FakeBrowser,
  FakeSource,
  FORM_HEADERS,
  HOST,
  openLocalPage,
  ORIGIN,
} from "./local_page.ts";

const PAGES = [
  ...["/", "/providers", "/runs", "/approvals", "/log", "/rules"],
  ...["/profiles", "/doctor"],
];
const DATA = ["/page.js", "/alive", "/events?place=/runs"];
const ACTS = [
  ...["login", "logout", "revoke", "default", "stop", "show", "verify"],
  ...["answer", "test"],
];

const routes = (ticket: string) => [
  ...[OPEN_PATH + ticket, ...PAGES, ...DATA, "/login/x", "/nothing"]
    .map((path) => ["GET", path] as const),
  ...ACTS.map((act) => ["POST", `/act/${act}`] as const),
];

test("no route answers under another Host, or for an absolute target of another host", async () => {
  for (
    const host of [
      ...[undefined, "evil.test:8123", "127.0.0.1.nip.io:8123"],
      ...["localhost:8123", "127.0.0.1:80", "127.0.0.1", "[::1]:8123"],
      ...["127.0.0.1:8123, 127.0.0.1:8123", "127.0.0.1:8123@evil.test"],
    ]
  ) {
    const page = openLocalPage();
    const browser = await page.browser().open(page.session);
    const ticket = page.session.ticket();
    for (const [method, path] of routes(ticket)) {
      const cookie = [...browser.cookies].map((each) => each.join("="))
        .join("; ");
      const response = await page.app.request(ORIGIN + path, {
        method,
        headers: host === undefined
          ? { cookie }
          : { ...FORM_HEADERS, cookie, host },
      });
      expect([host, path, response.status]).toEqual([host, path, 421]);
      expect(response.headers.get("set-cookie")).toBe(null);
      if (host !== undefined) continue;
      const absolute = await page.app.request(`http://evil.test:8123${path}`, {
        headers: { host: HOST, cookie },
      });
      expect([path, absolute.status]).toEqual([path, 421]);
    }
    expect(page.source.asked).toEqual([]);
    page.over.abort();
  }
});

test("without the cookie, or with another, no route shows or does anything", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const token = await browser.token();
  for (const cookie of ["", "authsome_page_8123=guess", "other=1"]) {
    for (const [method, path] of routes("unknown")) {
      const response = await page.app.request(ORIGIN + path, {
        method,
        headers: { ...FORM_HEADERS, cookie },
        ...method === "POST"
          ? { body: `token=${token}&provider=github&connection=default` }
          : {},
      });
      const text = await response.text();
      expect([path, response.status]).toEqual([path, 403]);
      expect(text).not.toContain("octocat");
      expect(text).not.toContain(token);
    }
  }
  expect(page.source.asked).toEqual([]);
  page.over.abort();
});

test("an address is good for one browser, which may load it again; a second one closes the page for both", async () => {
  const page = openLocalPage();
  const first = page.browser();
  const ticket = page.session.ticket();
  const opened = await first.request(OPEN_PATH + ticket);
  expect(opened.status).toBe(200);
  for (const line of opened.headers.getSetCookie()) {
    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(
      line.startsWith("authsome_page") ? /SameSite=Strict/ : /Path=\/open\//,
    );
  }
  // The address is not in what follows, and the way there is the browser's own.
  const led = await opened.text();
  expect(led).toContain('content="0; url=/"');
  expect(led).not.toContain(ticket);
  expect(await first.get("/")).toContain("octocat");
  expect((await first.request(OPEN_PATH + ticket)).status).toBe(200);
  expect(await first.get("/")).toContain("octocat");
  // What another user asks for uses nothing up.
  const stranger = page.browser("other");
  expect((await stranger.request(OPEN_PATH + ticket)).status).toBe(403);
  expect(await first.get("/")).toContain("octocat");

  const second = page.browser();
  expect((await second.request(OPEN_PATH + ticket)).status).toBe(403);
  expect(page.session.closed.reason).toMatchObject({ code: "LoginTakenOver" });
  for (const browser of [first, second]) {
    const { status } = await browser.request("/");
    expect(status).toBe(403);
  }
  const spare = await page.browser().request(OPEN_PATH + "other");
  expect(spare.status).toBe(403);
  page.over.abort();
});

test("another user of the machine gets nothing, not even with the cookie", async () => {
  const page = openLocalPage();
  const mine = await page.browser().open(page.session);
  const theirs = page.browser("other");
  for (const [name, value] of mine.cookies) theirs.cookies.set(name, value);
  const ticket = page.session.ticket();
  for (const [method, path] of routes(ticket)) {
    const response = await theirs.request(path, {
      method,
      headers: FORM_HEADERS,
    });
    expect([path, response.status]).toEqual([path, 403]);
    expect(await response.text()).not.toContain("octocat");
  }
  // Theirs did not use it up.
  expect((await page.browser().request(OPEN_PATH + ticket)).status).toBe(200);
  page.over.abort();
});

test("an act needs the token of its page, a form of ours, and our own origin", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const token = await browser.token();
  const fields = { provider: "github", connection: "default" };
  for (const act of ACTS) {
    for (
      const [why, headers, sent] of [
        ["no token", FORM_HEADERS, undefined],
        ["wrong token", FORM_HEADERS, "x".repeat(43)],
        ["cross site", {
          ...FORM_HEADERS,
          "sec-fetch-site": "cross-site",
          origin: "https://evil.test",
        }, token],
        ["same site, other port", {
          ...FORM_HEADERS,
          "sec-fetch-site": "same-site",
          origin: "http://127.0.0.1:7998",
        }, token],
        ["no fetch metadata, foreign origin", {
          host: HOST,
          origin: "https://evil.test",
          "content-type": "application/x-www-form-urlencoded",
        }, token],
        ["no fetch metadata, no origin", {
          host: HOST,
          "content-type": "application/x-www-form-urlencoded",
        }, token],
        [
          "text/plain",
          { ...FORM_HEADERS, "content-type": "text/plain" },
          token,
        ],
      ] as const
    ) {
      const { status } = await browser.post(act, {
        ...fields,
        ...sent === undefined ? {} : { token: sent },
      }, headers);
      expect([act, why, [403, 415].includes(status)]).toEqual([act, why, true]);
    }
    // Not by a GET, and not by a method that no form has.
    for (const method of ["GET", "PUT", "DELETE", "PATCH", "HEAD"]) {
      const { status } = await browser.request(`/act/${act}?token=${token}`, {
        method,
      });
      expect([404, 405].includes(status)).toBe(true);
    }
  }
  expect(page.source.asked).toEqual([]);
  // Of another visit it is no good either.
  const other = await page.browser().open(page.session);
  const { status } = await other.post("logout", { ...fields, token });
  expect([status, page.source.asked]).toEqual([403, []]);
  page.over.abort();
});

test("every answer forbids frames, caching, sniffing, referrers, inline script and sharing with other origins", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  for (const [method, path] of routes(page.session.ticket())) {
    const { headers, body } = await browser.request(path, {
      method,
      headers: FORM_HEADERS,
    });
    await body?.cancel();
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    for (const [name] of headers) {
      expect(name).not.toMatch(/^access-control-/);
    }
  }
  for (const destination of ["iframe", "frame", "embed", "object", "image"]) {
    const { status } = await browser.request("/", {
      headers: {
        "sec-fetch-dest": destination,
        "sec-fetch-mode": destination === "image" ? "no-cors" : "navigate",
        "sec-fetch-site": "cross-site",
      },
    });
    expect([destination, status]).toEqual([destination, 403]);
  }
  // A page is for a window; a script of ours is answered only where it asks for data.
  for (const [path, expected] of [["/", 403], ["/alive", 200]] as const) {
    const { status } = await browser.request(path, {
      headers: {
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "same-origin",
      },
    });
    expect([path, status]).toEqual([path, expected]);
  }
  // Another site's script may not read the stream, nor a page.
  for (const path of ["/events?place=/runs", "/", "/alive"]) {
    const { status } = await browser.request(path, {
      headers: {
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "same-site",
      },
    });
    expect([path, status]).toEqual([path, 403]);
  }
  page.over.abort();
});

test("each page shows what it is for", async () => {
  const source = new FakeSource();
  source.waitingNow = [approval()];
  source.list = [
    connection({
      expires: "2026-11-28T13:00:00Z",
      lastUsed: "2026-11-28T11:00:00Z",
    }),
    connection({ name: "work", isDefault: false, status: "expired" }),
  ];
  source.entries = [
    entry(),
    entry({
      seq: 2,
      event: "deny",
      ok: false,
      reason: "credential_expired",
      status: 401,
      run: "0123456789abcdef",
    }),
  ];
  const page = openLocalPage(source);
  const browser = await page.browser().open(page.session);
  const expected: Record<string, string[]> = {
    "/": [
      ...["octocat", "repo read:org", "expired", "in 1 h", "1 h ago"],
      ...["Make default", "Log out", "Revoke", "github/work"],
    ],
    "/providers": ["OpenAI", "2 providers", "connected"],
    "/providers?q=open": ["OpenAI", "1 provider"],
    "/runs": [
      ...["claude", "/home/me/work", "1 min ago", "sandbox", "Stop"],
      ...["authsome login github --force", "01234567"],
    ],
    "/approvals": [
      ...["POST", "api.github.com", "/repos/me/work/issues", "create issue"],
      ...["writes", "github/default", "claude", "/home/me/work", "21 bytes"],
      ...["application/json", "e".repeat(64), "d".repeat(64), "from agent"],
      ...["ask-writes", "in 1 min", "Allow for 10 minutes", "Always allow"],
      ...["0123456789abcdef", 'aria-keyshortcuts="y"'],
    ],
    "/log": ["GET api.github.com/user", "credential_expired", "Verify"],
    "/log?event=inject": ["GET api.github.com/user"],
    "/rules": ["no-delete", "reads", "deny", "/home/me/.authsome/policy.json"],
    "/profiles": ["work", "shown", "default"],
    "/doctor": ["1 of 2 checks failed", "authsome log"],
  };
  for (const [path, texts] of Object.entries(expected)) {
    const html = await browser.get(path);
    for (const text of texts) {
      expect([path, text, html.includes(text)]).toEqual([path, text, true]);
    }
    expect(html).toContain("(1) ");
  }
  expect(await browser.get("/providers?q=open")).not.toContain("GitHub");
  expect(await browser.get("/log?event=inject")).not.toContain(
    "credential_expired",
  );
  page.over.abort();
});

test("each form does its work once, and the page that follows says how it went", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const token = await browser.token();
  const both = { token, provider: "github", connection: "default" };
  for (const act of ["logout", "revoke", "default"]) {
    const { status, text } = await browser.post(act, both);
    expect([status, text.includes(`Did ${act} github default.`)])
      .toEqual([303, true]);
    expect(await browser.get("/")).not.toContain("Did ");
  }
  const id = "0123456789abcdef";
  expect((await browser.post("stop", { token, id })).text)
    .toContain(`Did stop ${id}.`);
  for (
    const [answer, decision, scope] of [
      ...[["allow", "allow", "once"], ["deny", "deny", "once"]] as const,
      ...[["10m", "allow", "10m"], ["run", "allow", "run"]] as const,
      ["always", "allow", "always"],
    ]
  ) {
    await browser.post("answer", { token, id: "A", digest: "d", answer });
    expect(page.source.asked.at(-1))
      .toEqual(["answer", "A", "d", decision, scope]);
  }
  const asked = page.source.asked.length;
  for (const answer of ["", "yes", "__proto__", "constructor"]) {
    const { text } = await browser.post("answer", { token, id: "A", answer });
    expect(text).toContain("There is no such answer");
  }
  expect(page.source.asked).toHaveLength(asked);
  expect((await browser.post("verify", { token })).text)
    .toContain("ok: 1 entry");
  const tested = await browser.post("test", {
    token,
    method: "delete",
    url: "https://api.github.com/repos/me/work",
    body: "{}",
    type: "application/json",
  });
  expect(page.source.asked.at(-1)).toEqual(["test", {
    method: "DELETE",
    url: "https://api.github.com/repos/me/work",
    body: "{}",
    contentType: "application/json",
  }]);
  expect(tested.text).toContain("<b>Refused</b>");
  expect(tested.text).toContain("delete repo");

  page.source.failure = new AuthsomeError(
    "ConnectionNotFound",
    "Cannot find connection github/default",
    "authsome list --connected",
  );
  const failed = await browser.post("logout", both);
  expect(failed.text).toContain("Cannot find connection github/default");
  expect(failed.text).toContain("authsome list --connected");
  expect((await browser.post("test", { token, method: "GET", url: "x" })).text)
    .toContain("Cannot find connection");
  expect((await browser.post("nothing", { token })).status).toBe(404);
  const long = await browser.post("logout", {
    ...both,
    provider: "x".repeat(70_000),
  });
  expect(long.status).toBe(413);
  page.over.abort();
});

test("another profile is shown to this browser alone, and only one that there is", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const other = await page.browser().open(page.session);
  const token = await browser.token();
  const { text } = await browser.post("show", { token, profile: "work" });
  expect(text).toContain("Profile &quot;work&quot; is shown.");
  expect(await browser.get("/")).toContain("<bdi>work</bdi>");
  expect(await other.get("/")).not.toContain("<bdi>work</bdi>");
  const none = await browser.post("show", { token, profile: "../x" });
  expect(none.text).toContain("There is no such profile");
  expect(await browser.get("/")).toContain("<bdi>work</bdi>");
  page.over.abort();
});

test("a login leads to its page; who begins another gives the first up", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const token = await browser.token();
  const { location, text } = await browser.post("login", {
    token,
    provider: "github",
    connection: "work",
    scopes: "repo, read:org  gist",
    again: "1",
  });
  expect(page.source.asked).toEqual([["login", {
    provider: "github",
    connection: "work",
    scopes: ["repo", "read:org", "gist"],
    again: true,
  }]]);
  expect(text).toContain("url=http://127.0.0.1:7998/login/x");
  // Of another visit, it leads nowhere.
  const other = await page.browser().open(page.session);
  expect((await other.request(location!)).status).toBe(404);
  await browser.post("login", { token, provider: "openai" });
  expect(page.source.asked.slice(1)).toEqual([
    ["cancelled"],
    ["login", { provider: "openai", again: false }],
  ]);
  page.over.abort();
});

/** Text that would be markup, script, an attribute, or another line of a stream. */
const XSS = [
  "<script>alert(1)</script>",
  "</title><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "'><svg/onload=alert(1)>",
  "javascript:alert(1)",
  "</textarea><script>alert(1)</script>",
  "</style><script>alert(1)</script>",
  "<!--<script>",
  "\n\nevent: row\ndata: {}\n\n",
  "${alert(1)}",
  "&lt;script&gt;",
  '" autofocus onfocus="alert(1)',
  "\u2028<b>x</b>",
];

test("nothing from outside becomes markup, in any page, notice or event", async () => {
  for (const text of XSS) {
    const source = new FakeSource();
    source.list = [
      connection({
        ...{ provider: text, name: text, displayName: text, account: text },
        ...{ scopes: [text], references: { api_key: text }, status: text },
        isDefault: false,
      }),
    ];
    source.entries = [
      entry({
        ...{ provider: text, connection: text, host: text, path: text },
        ...{ method: text, reason: text, operation: text, rule: text },
        ...{ run: text, event: "deny", ok: false },
      }),
      entry({ seq: 2, host: undefined, detail: text, event: text as "deny" }),
    ];
    source.running = [{
      ...source.running[0]!,
      ...{ program: text, folder: text, profile: text, providers: [text] },
      id: text,
    }];
    source.waitingNow = [approval({
      ...{ id: text, rule: text, profile: text, provider: text, host: text },
      ...{ connection: text, program: text, folder: text, method: text },
      ...{ path: text, digest: text, run: text },
      operations: [{ name: text }],
      body: { type: text, shown: text, sha256: text },
    })];
    source.checks = [{ name: text, ok: false, message: text, fix: text }];
    source.shownProfiles.push({ name: text, isDefault: false });
    source.catalogue = () =>
      Promise.resolve([{
        ...{ name: text, displayName: text, category: text, authType: text },
        source: "custom" as const,
        isConnected: true,
      }]);
    source.rules.read = () =>
      Promise.resolve({
        path: text,
        file: {
          v: 1,
          rules: [
            { id: text, effect: "deny", host: text, reason: text, when: text },
          ],
          folders: { [text]: { rules: [] } },
        },
      });
    const page = openLocalPage(source);
    const browser = await page.browser().open(page.session);
    const token = await browser.token();
    const query = encodeURIComponent(text);
    const pages = [
      ...PAGES,
      `/providers?q=${query}`,
      ...["provider", "connection", "run", "host", "event", "before", "n"]
        .map((name) => `/log?${name}=${query}`),
      `/${query}`,
    ];
    for (const path of pages) {
      expectHarmless(path, text, await browser.get(path));
    }
    source.failure = new AuthsomeError("Usage", text, text);
    for (
      const [act, fields] of [
        ["logout", { provider: text, connection: text }],
        ["test", { method: text, url: text, body: text, type: text }],
        ["answer", { id: text, digest: text, answer: "allow" }],
        ["show", { profile: text }],
        [encodeURIComponent(text), {}],
      ] as const
    ) {
      const { text: html } = await browser.post(act, { token, ...fields });
      expectHarmless(act, text, html);
    }
    source.failure = undefined;
    for (const place of ["/", "/runs", "/approvals", "/log"]) {
      const events = await eventsOf(
        browser,
        place,
        () => page.tell(source.entries[0]!),
        place === "/runs" || place === "/log" ? "row" : "part",
      );
      expect(events.some(({ data }) => data.html)).toBe(true);
      for (const { data } of events) {
        if (data.html) expectHarmless(place, text, data.html);
      }
    }
    page.over.abort();
  }
});

/** Elements and attributes that the page itself never has. */
function expectHarmless(where: string, text: string, html: string) {
  const rest = html.replace(/<style[^]*?<\/style>/, "");
  const own = '<script src="/page.js" defer></script>';
  expect([where, text, rest.split(own).join("").match(/<script/gi)])
    .toEqual([where, text, null]);
  const tags = rest.match(/<[a-z][^>]*>/gi) ?? [];
  for (const tag of tags) {
    // Without the values of attributes.
    const names = tag.replaceAll(/"[^"]*"/g, '""');
    expect([where, text, /\son\w+\s*=|javascript:/i.test(names)])
      .toEqual([where, text, false]);
    expect(/^<(?:b|svg|img src=x)\b/i.test(names) && !/^<b>/.test(names))
      .toBe(false);
    const link = /\s(?:href|action|src)="([^"]*)"/.exec(tag)?.[1];
    if (link !== undefined) {
      expect([tag, /^(?:\/|#|data:image\/svg|http:\/\/127)/.test(link)])
        .toEqual([tag, true]);
    }
  }
}

/** The events of a page, until nothing comes any more. */
async function eventsOf(
  browser: FakeBrowser,
  place: string,
  act: () => void,
  awaited: "row" | "part" | "count" = "row",
): Promise<{ name: string; data: Record<string, string> }[]> {
  const response = await browser.request(`/events?place=${place}`);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const reader = response.body!.pipeThrough(new TextDecoderStream())
    .getReader();
  let text = "";
  const read = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
    }
  })();
  const settled = async (until: () => boolean) => {
    for (let tries = 0; tries < 200 && !until(); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await settled(() => text.includes("event: count"));
  act();
  await settled(() => text.includes(`event: ${awaited}`));
  await reader.cancel();
  await read;
  return [...text.matchAll(/^event: (\w+)\ndata: ([^\n]*)\n\n/gm)]
    .map(([, name, data]) => ({ name: name!, data: JSON.parse(data!) }));
}

test("what happens is told as it does: requests, approvals, what is connected", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const first = await eventsOf(browser, "/runs", () => {
    page.source.waitingNow = [approval()];
    page.tell(entry({ seq: 7, path: "/live", event: "deny", ok: false }));
  });
  const rows = first.filter(({ name }) => name === "row");
  expect(rows).toHaveLength(1);
  expect(rows[0]!.data.html).toContain("api.github.com/live");
  expect(first.filter(({ name }) => name === "count").at(-1)!.data)
    .toMatchObject({ count: 1 });
  const filtered = await eventsOf(
    browser,
    "/log&provider=openai",
    () => page.tell(entry({ seq: 8 })),
    "count",
  );
  expect(filtered.filter(({ name }) => name === "row")).toEqual([]);
  const approvals = await eventsOf(browser, "/approvals", () => {}, "part");
  expect(approvals.find(({ name }) => name === "part")!.data.html)
    .toContain("/repos/me/work/issues");
  page.over.abort();
});

test("an open page is told that it has ended", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  const response = await browser.request("/events?place=/");
  const text = response.text();
  page.over.abort();
  expect(await text).toContain("event: ended");
});

test("the page counts as used by who is let in, and by nobody else", async () => {
  const page = openLocalPage();
  const browser = await page.browser().open(page.session);
  page.wait(60_000);
  await page.browser().request("/");
  await page.browser("other").request("/");
  expect(page.session.idle).toBe(60_000);
  await browser.get("/alive");
  expect(page.session.idle).toBe(0);
  page.over.abort();
});
