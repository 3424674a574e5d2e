import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secret.ts";
import {
  browser,
  FORM_HEADERS,
  keyProvider,
  oauthProvider,
  openForm,
  ORIGIN,
  tokenOf,
} from "../support/browser/form.ts";

const never = new AbortController().signal;

function askKey(form: ReturnType<typeof openForm>, fields = ["api_key"]) {
  return form.session.ask<"secrets">(
    { kind: "secrets", fields, typed: {} },
    never,
  );
}

/** Opens the form in its first browser. */
async function opened(form: ReturnType<typeof openForm>) {
  const path = `/login/${form.session.ticket()}`;
  const page = await form.browser.get(path);
  const html = await page.text();
  return { path, token: tokenOf(html), page, html };
}

const routes = (ticket: string) =>
  [
    ["GET", `/login/${ticket}`],
    ["GET", `/login/${ticket}/next`],
    ["POST", `/login/${ticket}`],
    ["GET", "/auth/callback/oauth?code=c&state=s"],
    ["GET", "/auth/identity"],
    ["GET", "/login/form.js"],
    ["GET", "/nothing"],
  ] as const;

const hosts: Record<string, string | undefined> = {
  missing: undefined,
  "rebound name": "evil.test:7998",
  "rebound name without port": "evil.test",
  "name that ends like ours": "127.0.0.1.nip.io:7998",
  localhost: "localhost:7998",
  "localhost of somebody": "localhost.evil.test:7998",
  "another port": "127.0.0.1:80",
  "no port": "127.0.0.1",
  "other spelling": "127.1:7998",
  IPv6: "[::1]:7998",
  duplicate: "127.0.0.1:7998, 127.0.0.1:7998",
  "user part": "127.0.0.1:7998@evil.test",
};

test("no route answers under another Host", async () => {
  for (const [name, host] of Object.entries(hosts)) {
    const form = openForm(keyProvider());
    askKey(form);
    for (const [method, path] of routes(form.session.ticket())) {
      const response = await form.app.request(ORIGIN + path, {
        method,
        headers: host === undefined ? {} : { ...FORM_HEADERS, host },
      });
      expect([name, path, response.status]).toEqual([name, path, 421]);
      expect(response.headers.get("set-cookie")).toBe(null);
      expect(response.headers.get("location")).toBe(null);
    }
  }
});

test("no route answers an absolute request target of another host", async () => {
  const form = openForm(keyProvider());
  for (const [, path] of routes(form.session.ticket())) {
    const response = await form.app.request(`http://evil.test:7998${path}`, {
      headers: { host: "127.0.0.1:7998" },
    });
    expect(response.status).toBe(421);
  }
});

test("every answer forbids frames, caching, sniffing, referrers and sharing with other origins", async () => {
  const form = openForm(keyProvider(), "default", { who: "own" });
  askKey(form).catch(() => {});
  const paths = routes(form.session.ticket());
  for (const [method, path] of [...paths, ["OPTIONS", "/auth/identity"]]) {
    const { headers } = await form.app.request(ORIGIN + path!, {
      method,
      headers: { ...FORM_HEADERS, origin: "https://evil.test" },
    });
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    for (const [name] of headers) {
      expect(name).not.toMatch(/^access-control-/);
    }
  }
});

test("methods other than GET and POST are refused, so that a HEAD cannot use up a page or a callback", async () => {
  const form = openForm(oauthProvider());
  let asked = 0;
  form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://acme.test/authorize"),
    accept: () => ++asked > 0,
  }, never);
  for (const method of ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"]) {
    for (const [, path] of routes(form.session.ticket())) {
      const response = await form.app.request(ORIGIN + path, {
        method,
        headers: { host: "127.0.0.1:7998" },
      });
      expect([method, path, response.status]).toEqual([method, path, 405]);
    }
  }
  expect(asked).toBe(0);
});

const attacks: Record<string, Record<string, string>> = {
  "from another site": {
    origin: "https://evil.test",
    "sec-fetch-site": "cross-site",
  },
  "from another port": {
    origin: "http://127.0.0.1:8000",
    "sec-fetch-site": "same-site",
  },
  "from another port, by an old browser": {
    origin: "http://127.0.0.1:8000",
    "sec-fetch-site": "",
  },
  "without an origin, by an old browser": {
    origin: "null",
    "sec-fetch-site": "",
  },
  "from a sandboxed frame": { origin: "null", "sec-fetch-site": "cross-site" },
  "typed by the user": { origin: "null", "sec-fetch-site": "none" },
  "as plain text": { "content-type": "text/plain" },
  "as JSON": { "content-type": "application/json" },
  "as multipart": { "content-type": "multipart/form-data; boundary=x" },
};

test("a form that another page sends is refused and answers nothing", async () => {
  for (const [name, headers] of Object.entries(attacks)) {
    const form = openForm(keyProvider());
    askKey(form);
    const { path, token } = await opened(form);
    const sent = { ...headers };
    if (sent["sec-fetch-site"] === "") {
      // An absent header, which fetch cannot express by a value.
      const response = await form.app.request(ORIGIN + path, {
        method: "POST",
        headers: {
          host: "127.0.0.1:7998",
          origin: sent.origin!,
          "content-type": FORM_HEADERS["content-type"],
        },
        body: new URLSearchParams({ token, step: "secrets" }).toString(),
      });
      expect([name, response.status]).toEqual([name, 403]);
    } else {
      const response = await form.browser.post(path, {
        token,
        step: "secrets",
        "secret.api_key": "ak_12345678",
      }, sent);
      expect([name, response.status]).toEqual([
        name,
        name.startsWith("as ") ? 415 : 403,
      ]);
    }
    expect(form.session.step.kind).toBe("secrets");
  }
});

test("pages open in a window only: no frame, no image, no fetch, no prefetch", async () => {
  const form = openForm(keyProvider());
  askKey(form);
  const path = `/login/${form.session.ticket()}`;
  for (
    const headers of [
      { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" },
      {
        "sec-fetch-mode": "no-cors",
        "sec-fetch-dest": "script",
        "sec-fetch-site": "cross-site",
      },
      { "sec-purpose": "prefetch;prerender" },
    ] as Record<string, string>[]
  ) {
    expect((await form.browser.get(path, headers)).status).toBe(403);
  }
  // The address is still unused.
  expect((await form.browser.get(path)).status).toBe(200);
});

test("an address belongs to the first browser that opens it; another one of the same person ends nothing", async () => {
  const form = openForm(keyProvider(), "default", { who: "own" });
  const answer = askKey(form);
  const { path, token } = await opened(form);
  const stranger = browser(form.app, { who: "own" });
  expect((await stranger.get(path)).status).toBe(403);
  const fields = { token, step: "secrets", "secret.api_key": "ak_stranger1" };
  expect((await stranger.post(path, fields)).status).toBe(403);
  expect((await stranger.get("/login/unknown")).status).toBe(404);
  // A second address of the same login is for a second browser.
  const other = `/login/${form.session.ticket()}`;
  expect((await stranger.get(other)).status).toBe(200);
  expect((await form.browser.get(path)).status).toBe(200);
  const own = { token, step: "secrets", "secret.api_key": "ak_12345678" };
  expect((await form.browser.post(path, own)).status).toBe(303);
  expect((await answer).api_key!.reveal()).toBe("ak_12345678");
});

test("when another person may have the address too, no answer is taken", async () => {
  const strange = {
    "opens the address": (path: string) => ({ path }),
    "opens the page": (_path: string, page: string) => ({ path: page }),
    "sends a form": (path: string, _page: string, token: string) => ({
      path,
      form: { token, step: "secrets", "secret.api_key": "ak_stranger1" },
    }),
    "sends a form to the page": (
      _: string,
      path: string,
      token: string,
    ) => ({ path, form: { token, step: "secrets", act: "cancel" } }),
    "sends a form to an address that nobody opened": (
      _path: string,
      _page: string,
      token: string,
      spare: string,
    ) => ({ path: spare, form: { token, step: "secrets" } }),
  };
  for (const act of Object.values(strange)) {
    const form = openForm(keyProvider());
    const ended = expect(askKey(form)).rejects.toMatchObject({
      code: "LoginTakenOver",
    });
    const { path, token, html } = await opened(form);
    const page = /action="([^"]+)"/.exec(html)![1]!;
    const spare = `/login/${form.session.ticket()}`;
    const attack = act(path, page, token, spare);
    const stranger = browser(form.app);
    const response = "form" in attack
      ? await stranger.post(attack.path, attack.form as never)
      : await stranger.get(attack.path);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("This login was stopped");
    await ended;
    expect(form.session.takenOver.aborted).toBe(true);
    const own = { token, step: "secrets", "secret.api_key": "ak_12345678" };
    expect((await form.browser.post(path, own)).status).not.toBe(422);
    const last = await form.browser.get(path);
    expect(await last.text()).toContain("was ended: a second browser opened");
    // Nothing can be asked any more.
    await expect(askKey(form)).rejects.toMatchObject({
      code: "LoginTakenOver",
    });
  }
});

test("another user of the machine is answered nothing but the server's name", async () => {
  const other = { who: "other", uid: 1234 } as const;
  const form = openForm(oauthProvider());
  let asked = 0;
  form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://acme.test/authorize"),
    accept: () => ++asked > 0,
  }, never);
  const stranger = browser(form.app, other);
  for (
    const path of [
      "/",
      "/login/guessed",
      "/login/form.js",
      "/auth/callback/oauth?code=c&state=s",
    ]
  ) {
    const response = await stranger.get(path);
    expect([path, response.status]).toEqual([path, 403]);
  }
  expect((await stranger.get("/auth/identity")).status).toBe(200);
  expect([asked, form.session.takenOver.aborted]).toEqual([0, false]);
});

test("the provider's answer must come by the browser that was sent there", async () => {
  const form = openForm(oauthProvider());
  const accept = (callback: URLSearchParams) => callback.get("state") === "s";
  const answer = form.session.ask<"authorize">(
    {
      kind: "authorize",
      url: new URL("https://acme.test/authorize"),
      accept,
      ours: true,
    },
    never,
  );
  const callback = "/auth/callback/oauth?code=c&state=s";
  expect((await form.browser.get(`/login/${form.session.ticket()}`)).status)
    .toBe(303);
  for (const cookie of ["", "authsome_login_7998=guessed", "other=1"]) {
    const response = await browser(form.app).get(callback, { cookie });
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining("This login was started in another browser"),
    ]);
  }
  const back = await form.browser.get(callback);
  expect(back.status).toBe(303);
  expect((await answer).get("code")).toBe("c");
});

test("a form token is needed and works once", async () => {
  const form = openForm(keyProvider());
  askKey(form);
  const { path, token } = await opened(form);
  const fields = { step: "secrets", "secret.api_key": "wrong shape" };
  expect((await form.browser.post(path, fields)).status).toBe(403);
  expect((await form.browser.post(path, { ...fields, token: "x" })).status)
    .toBe(403);
  expect((await form.browser.post(path, { ...fields, token })).status)
    .toBe(422);
  expect((await form.browser.post(path, { ...fields, token })).status)
    .toBe(403);
  expect(form.session.step.kind).toBe("secrets");
});

test("a form beyond 64 KiB is refused, whatever its length header says", async () => {
  const form = openForm(keyProvider());
  askKey(form);
  const { path, token } = await opened(form);
  const fields = {
    token,
    step: "secrets",
    "secret.api_key": "x".repeat(70_000),
  };
  expect((await form.browser.post(path, fields)).status).toBe(413);
  expect(
    (await form.browser.post(path, fields, { "content-length": "70000" }))
      .status,
  ).toBe(413);
  expect(form.session.step.kind).toBe("secrets");
});

test("an expired session answers 410 and takes nothing", async () => {
  const form = openForm(oauthProvider());
  let asked = 0;
  form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://acme.test/authorize"),
    accept: () => ++asked > 0,
  }, never);
  const path = `/login/${form.session.ticket()}`;
  form.wait(3_600_000);
  expect((await form.browser.get(path)).status).toBe(410);
  expect((await form.browser.post(path, { act: "cancel" })).status).toBe(410);
  const callback = await form.browser.get(
    "/auth/callback/oauth?code=c&state=s",
  );
  expect(callback.status).toBe(400);
  expect(asked).toBe(0);
});

test("the form refuses what --stdin refuses, and doubts what it doubts", async () => {
  for (
    const [text, word] of [
      ['"ak_12345678"', "quotation marks"],
      ["ACME_KEY=ak_12345678", "sets a variable"],
      ["${ACME_KEY}", "name of a variable"],
      ["ghp_12345678", "github-pat"],
    ] as const
  ) {
    const form = openForm(keyProvider());
    askKey(form).catch(() => {});
    const { path, token } = await opened(form);
    const page = await form.browser.post(path, {
      token,
      step: "secrets",
      "secret.api_key": text,
    });
    const html = await page.text();
    expect([text, page.status]).toEqual([text, 422]);
    expect(html).toContain(word);
    expect(html).not.toContain("12345678");
  }
});

test("a key of another shape is doubted, kept, and taken when the person insists", async () => {
  const form = openForm(keyProvider());
  const answer = askKey(form);
  const { path, token } = await opened(form);
  const doubted = await form.browser.post(path, {
    token,
    step: "secrets",
    "secret.api_key": "canary-secret",
  });
  const html = await doubted.text();
  expect(doubted.status).toBe(422);
  expect(html).toContain("Starts with ak_.");
  expect(html).toContain("Use it anyway");
  expect(html).toContain("13 characters kept");
  expect(html).not.toContain("canary");
  const taken = await form.browser.post(path, {
    token: tokenOf(html),
    step: "secrets",
    "secret.api_key": "",
    "anyway.secret.api_key": "yes",
  });
  expect(taken.status).toBe(303);
  expect(taken.headers.get("location")).toBe(`${path}/next`);
  expect((await answer).api_key!.reveal()).toBe("canary-secret");
});

test("of several secrets only the wrong one is asked for again", async () => {
  const form = openForm(keyProvider({
    api_key: { secret_fields: ["account_sid", "auth_token"] },
  }));
  const answer = askKey(form, ["account_sid", "auth_token"]);
  const { path, token } = await opened(form);
  const again = await form.browser.post(path, {
    token,
    step: "secrets",
    "secret.account_sid": " AC1 ",
    "secret.auth_token": "",
  });
  const html = await again.text();
  expect(html).toContain("Auth token is missing.");
  expect(html).not.toContain("Account SID is missing.");
  await form.browser.post(path, {
    token: tokenOf(html),
    step: "secrets",
    "secret.account_sid": "",
    "secret.auth_token": "t",
  });
  const secrets = await answer;
  expect(secrets.account_sid!.reveal()).toBe("AC1");
  expect(secrets.auth_token!.reveal()).toBe("t");
});

test("a secret that may be left out is asked for and not missed", async () => {
  const form = openForm(keyProvider({
    api_key: { secret_fields: ["id", "token"], optional_fields: ["token"] },
  }));
  const answer = askKey(form, ["id", "token"]);
  const { path, token, html } = await opened(form);
  expect(html).toMatch(/name="secret\.id"[^>]* required/);
  expect(html).toMatch(/if you have one[\s\S]*name="secret\.token"/);
  expect(html).not.toMatch(/name="secret\.token"[^>]* required/);
  await form.browser.post(path, {
    token,
    step: "secrets",
    "secret.id": "i",
    "secret.token": " ",
  });
  expect(Object.keys(await answer)).toEqual(["id"]);
});

test("a field that is no secret is a plain one, which keeps what was typed", async () => {
  const form = openForm(keyProvider({
    api_key: { secret_fields: ["token"], public_fields: ["account"] },
  }));
  const answer = askKey(form, ["account", "token"]);
  const { path, token, html } = await opened(form);
  const input = (page: string, name: string) =>
    new RegExp(`<input[^>]* name="secret\\.${name}"[^>]*>`).exec(page)?.[0];
  expect(input(html, "account")).toMatch(/type="text" value=""[^>]* required/);
  expect(input(html, "account")).toContain('autocomplete="off"');
  expect(input(html, "token")).toContain('type="password"');
  expect(html).not.toContain("Show Account");
  expect(html).toContain("Show Token");
  expect(html).toMatch(/what is no secret\s+as it is/);
  expect(html).toContain("No secret: to programs that you run");
  const again = await form.browser.post(path, {
    token,
    step: "secrets",
    "secret.account": 'me"&<',
    "secret.token": "",
  });
  const asked = await again.text();
  expect(input(asked, "account")).toContain('value="me&quot;&amp;&lt;"');
  // What is no longer there was deleted by the person; a secret that is kept is not on the page.
  const emptied = await form.browser.post(path, {
    token: tokenOf(asked),
    step: "secrets",
    "secret.account": "",
    "secret.token": "canary",
  });
  const third = await emptied.text();
  expect(third).toContain("Account is missing.");
  expect(third).not.toContain("canary");
  await form.browser.post(path, {
    token: tokenOf(third),
    step: "secrets",
    "secret.account": "you",
    "secret.token": "",
  });
  const secrets = await answer;
  expect([secrets.account!.reveal(), secrets.token!.reveal()])
    .toEqual(["you", "canary"]);
});

test("the client form shows what to register, and an empty secret is no secret", async () => {
  const form = openForm(oauthProvider());
  const answer = form.session.ask<"client">({
    kind: "client",
    redirectUri: `${ORIGIN}/auth/callback/oauth`,
    scopes: ["read", "write"],
  }, never);
  const { path, token, page } = await opened(form);
  expect(page.status).toBe(200);
  const html = await (await form.browser.get(path)).text();
  expect(html).toContain('value="http://127.0.0.1:7998/auth/callback/oauth"');
  expect(html).toContain("https://acme.test/keys");
  expect(html).toContain("<code>write</code>");
  const wrong = await form.browser.post(path, {
    token,
    step: "client",
    client_id: "",
    client_secret: "s",
  });
  const asked = await wrong.text();
  expect(asked).toContain("Client ID is missing.");
  await form.browser.post(path, {
    token: tokenOf(asked),
    step: "client",
    client_id: " id-1 ",
    client_secret: "",
  });
  expect(await answer).toEqual({ clientId: "id-1" });
});

test("the redirect URIs that a provider refuses are named before the person registers an app", async () => {
  const rules = {
    localhost: "only redirect URIs with the host name localhost",
    https_only: "only https redirect URIs",
    any_loopback: undefined,
  } as const;
  for (const [rule, said] of Object.entries(rules)) {
    const provider = oauthProvider({
      oauth: {
        redirect_rules: rule as keyof typeof rules,
        ...rule === "localhost"
          ? { redirect_instead: "Add it in the manifest." }
          : {},
      },
    });
    const form = openForm(provider);
    form.session.ask<"client">({
      kind: "client",
      redirectUri: `${ORIGIN}/auth/callback/oauth`,
      scopes: [],
    }, never);
    const { path } = await opened(form);
    const html = await (await form.browser.get(path)).text();
    if (said) {
      expect(html).toContain(`Acme is known to accept ${said}`);
      // What to register instead: the definition's sentence, else a general one.
      expect(html).toContain(
        rule === "localhost" ? "Add it in the manifest" : "another app type",
      );
    } else expect(html).not.toContain("is known to accept");
  }
});

test("only a callback that the flow accepts ends the wait", async () => {
  const form = openForm(oauthProvider());
  const answer = form.session.ask<"authorize">({
    kind: "authorize",
    url: new URL("https://acme.test/authorize?state=good"),
    accept: (callback) => callback.get("state") === "good",
  }, never);
  for (
    const query of ["", "?code=c", "?code=c&state=bad", "?error=access_denied"]
  ) {
    const response = await form.browser.get(`/auth/callback/oauth${query}`);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("Nothing was changed");
    expect(form.session.step.kind).toBe("authorize");
  }
  const accepted = await form.browser.get(
    "/auth/callback/oauth?code=c&state=good",
  );
  expect(accepted.status).toBe(303);
  expect(accepted.headers.get("location")).not.toContain("code");
  expect((await answer).get("code")).toBe("c");
  // No login waits for a replay.
  expect(
    (await form.browser.get("/auth/callback/oauth?code=d&state=good")).status,
  ).toBe(400);
  form.session.end({ kind: "connected", connection: "default" });
  const last = await form.browser.get(accepted.headers.get("location")!);
  expect(await last.text()).toContain("You can close this window");
});

test("a direct visit goes to the provider at once; after a form, by a page", async () => {
  const form = openForm(oauthProvider());
  const url = new URL("https://acme.test/authorize?state=good&x=%22%3E");
  form.session.ask<"authorize">(
    { kind: "authorize", url, accept: () => false },
    never,
  );
  const path = `/login/${form.session.ticket()}`;
  const direct = await form.browser.get(path);
  expect([direct.status, direct.headers.get("location")]).toEqual([
    303,
    url.href,
  ]);
  const page = await form.browser.get(`${path}/next`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain(
    'content="0; url=https://acme.test/authorize?state=good&amp;x=%22%3E"',
  );
});

test("cancelling on the page ends the login with InputCancelled", async () => {
  const form = openForm(keyProvider());
  const answer = askKey(form);
  const { path, token } = await opened(form);
  const ended = expect(answer).rejects.toMatchObject({
    code: "InputCancelled",
  });
  await form.browser.post(path, { token, step: "secrets", act: "cancel" });
  await ended;
  expect(await (await form.browser.get(`${path}/next`)).text())
    .toContain("not connected");
});

test("an interrupted login rejects with its reason and stops asking", async () => {
  const form = openForm(keyProvider());
  const controller = new AbortController();
  const answer = form.session.ask<"secrets">(
    { kind: "secrets", fields: ["api_key"], typed: {} },
    controller.signal,
  );
  const reason = new AuthsomeError("Interrupted", "Interrupted");
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
  expect(form.session.step.kind).toBe("waiting");
});

const hostile = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' autofocus onfocus=alert(1) x='`,
  `</style><script>alert(1)</script>`,
  `javascript:alert(1)`,
  `&lt;b&gt;`,
];

test("whatever a definition, a connection or a provider's error says is shown and not obeyed", async () => {
  for (const text of hostile) {
    const provider = oauthProvider({
      name: text,
      display_name: text,
      dashboard_url: text,
      docs_url: text,
      notes: [text],
      api_url: [text],
      api_key: { key_pattern_hint: text },
    });
    const questions = [
      { kind: "secrets", fields: [text], typed: { [text]: new Secret(text) } },
      { kind: "client", redirectUri: text, scopes: [text], clientId: text },
      { kind: "end" },
    ] as const;
    for (const question of questions) {
      const form = openForm(provider, text);
      if (question.kind === "end") {
        form.session.end({ kind: "failed", message: text, hint: text });
      } else if (question.kind === "secrets") {
        form.session.ask<"secrets">(
          { ...question, fields: [text], typed: { [text]: new Secret("x") } },
          never,
        );
      } else {
        form.session.ask<"client">({ ...question, scopes: [text] }, never);
      }
      const page = await form.browser.get(`/login/${form.session.ticket()}`);
      const html = await page.text();
      expect(page.status).toBe(200);
      expect(html).not.toMatch(/<script(?! src="\/login\/form\.js")/);
      expect(html).not.toMatch(
        /<img(?! src="data:image\/svg)|href="javascript:/,
      );
      // No attribute was opened: every quote of the text is an entity.
      if (/["'<]/.test(text)) expect(html).not.toContain(text);
    }
  }
});

test("a login server says what it is, and nothing more", async () => {
  const form = openForm(keyProvider(), "secret-name");
  const response = await form.browser.get("/auth/identity");
  expect(await response.json()).toEqual({
    v: 1,
    program: "authsome",
    provider: "acme",
  });
});

test("a page that waits asks again by itself", async () => {
  const form = openForm(oauthProvider());
  const path = `/login/${form.session.ticket()}`;
  const page = await form.browser.get(path);
  const html = await page.text();
  const [, self] = /content="1; url=([^"]+)\/next"/.exec(html)!;
  // The address that was handed out does not stay in the address bar.
  expect(self).not.toBe(path);
  expect(html).toContain(`data-path="${self}"`);
  expect((await form.browser.get(self!)).status).toBe(200);
  expect(form.session.pageDue).toBe(true);
});
