// Another user of the machine who wants to answer somebody's login: the real program, the real table of processes, and a
// second user id.
import { expect } from "expect";
import { after, afterEach, before, test } from "node:test";
import { launchChromium, noChromium } from "../../support/browser/chromium.ts";
import { CliSession } from "../../support/terminal/cli_session.ts";
import { tokenOf } from "../../support/browser/form.ts";
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";
import { fillKeyForm } from "../../support/browser/login_page.ts";
import { forwards, OpenedPage } from "../../support/browser/opened_page.ts";
import {
  asOtherUser,
  NO_OTHER_USER,
  seenArguments,
  visitAsOtherUser,
} from "../../support/sandbox/other_user.ts";

const ORIGIN = "https://mcp.acme.com";
const KEY = `sk-proj-${"a1B2".repeat(10)}`;

let api: LocalApi;
let cli: CliSession;
let opened: OpenedPage;

before(async () => {
  api = await startLocalApi(["mcp.acme.com"], (request) => {
    switch (new URL(request.url).pathname) {
      case "/.well-known/oauth-protected-resource/mcp":
        return Response.json({
          resource: `${ORIGIN}/mcp`,
          authorization_servers: [ORIGIN],
        });
      case "/.well-known/oauth-authorization-server":
        return Response.json({
          issuer: ORIGIN,
          authorization_endpoint: `${ORIGIN}/authorize`,
          token_endpoint: `${ORIGIN}/token`,
          registration_endpoint: `${ORIGIN}/register`,
          code_challenge_methods_supported: ["S256"],
        });
      case "/register":
        return Response.json({ client_id: "x" }, { status: 201 });
      case "/token":
        return Response.json({ access_token: "at", token_type: "bearer" });
    }
    return new Response("", { status: 404 });
  });
  cli = await CliSession.open(api);
  opened = await OpenedPage.install(cli.session.work);
});
afterEach(() => opened.close());
after(async () => {
  await cli[Symbol.asyncDispose]();
  await api.close();
});

/** A login that opens the browser of {@linkcode opened}. */
function loginInBrowser(words: string) {
  return cli.start(
    `AUTHSOME_NO_BROWSER= BROWSER='${opened.program}' authsome login ${words} --timeout 60`,
  );
}

async function connected(): Promise<string[]> {
  const { stdout } = await cli.run("authsome list --connected --json");
  const { bundled, custom } = JSON.parse(stdout);
  return [...bundled, ...custom].map(({ name }) => name);
}

const auditLog = () => Deno.readTextFile(`${cli.session.work}/home/audit.log`);

test(
  "what leads to a login stands in no argument of a program, and in a file of its owner alone",
  { skip: NO_OTHER_USER },
  async () => {
    const login = loginInBrowser("openai");
    const argument = await opened.argument();
    expect(argument).toMatch(/^file:\/\//);
    const seen = await seenArguments();
    // They look where there is something to see.
    expect(seen).toContain(argument);
    const url = forwards(argument);
    expect(url).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:${cli.port}/login/[\\w-]{43}$`),
    );
    const ticket = url.split("/").at(-1)!;
    for (const word of seen) {
      expect(word).not.toContain(`:${cli.port}`);
      expect(word).not.toContain(ticket);
    }
    const { pathname } = new URL(argument);
    const folder = pathname.replace(/\/[^/]*$/, "");
    expect(Deno.statSync(pathname).mode! & 0o777).toBe(0o600);
    expect(Deno.statSync(folder).mode! & 0o777).toBe(0o700);
    expect(await asOtherUser(`cat '${pathname}'; ls '${folder}'`)).toBe("");
    // What they can guess gets them nothing, and ends nothing.
    for (const path of ["/", "/login/", "/login/guessed", "/nothing"]) {
      const { status } = await visitAsOtherUser(
        `http://127.0.0.1:${cli.port}${path}`,
      );
      expect([path, status]).toEqual([path, "403"]);
    }
    expect(await fillKeyForm(url, KEY)).toContain("You can close this window");
    expect((await login.done).code).toBe(0);
    expect(() => Deno.statSync(folder)).toThrow(Deno.errors.NotFound);
  },
);

const strangers: Record<string, (url: string) => Promise<unknown>> = {
  "opens it first": (url) => visitAsOtherUser(url),
  "opens it after its owner": async (url) => {
    await (await fetch(url)).body?.cancel();
    await visitAsOtherUser(url);
  },
  "opens the owner's page": async (url) => {
    const page = await fetch(url);
    const path = /action="([^"]+)"/.exec(await page.text())![1]!;
    await visitAsOtherUser(new URL(path, url).href);
  },
  "sends a key with all that the owner's browser has": async (url) => {
    const page = await fetch(url);
    const cookie = page.headers.get("set-cookie")!.split(";")[0]!;
    await visitAsOtherUser(
      url,
      ...["-H", `Cookie: ${cookie}`],
      ...["-H", `Origin: ${new URL(url).origin}`],
      "-d",
      `token=${
        tokenOf(await page.text())
      }&step=secrets&secret.api_key=${KEY}&anyway.secret.api_key=yes`,
    );
  },
};

for (const [name, attack] of Object.entries(strangers)) {
  test(
    `another user who has the address and ${name} ends the login`,
    { skip: NO_OTHER_USER },
    async () => {
      const login = cli.start("authsome login anthropic --timeout 60");
      await attack(await login.url);
      const { code, stderr } = await login.done;
      expect(code).toBe(2);
      expect(stderr).toContain(
        "Login to anthropic was ended: another user of this machine (uid 1234) opened its page",
      );
      expect(stderr).toContain("authsome login anthropic");
      expect(await auditLog()).toMatch(/anthropic.*LoginTakenOver/);
      expect(await connected()).not.toContain("anthropic");
    },
  );
}

test(
  "another user cannot hide behind a connection that they have left",
  { skip: NO_OTHER_USER },
  async () => {
    const login = cli.start("authsome login anthropic --timeout 60");
    const url = new URL(await login.url);
    // The table names no user for it any more, or root.
    await asOtherUser(
      `python3 -c "import socket, struct
s = socket.create_connection(('127.0.0.1', ${cli.port}))
s.sendall(b'GET ${url.pathname} HTTP/1.1\\r\\nHost: ${url.host}\\r\\n\\r\\n')
s.close()"`,
    );
    const { code, stderr } = await login.done;
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("Login to anthropic was ended"),
    ]);
    expect(await connected()).not.toContain("anthropic");
  },
);

test(
  "the answer of the provider is taken from the browser that was sent there, and from no other user",
  { skip: NO_OTHER_USER },
  async () => {
    const login = loginInBrowser(`${ORIGIN}/mcp`);
    const argument = await opened.argument();
    const url = forwards(argument);
    const sent = await fetch(url, { redirect: "manual" });
    await sent.body?.cancel();
    const authorization = new URL(sent.headers.get("location")!);
    const cookie = sent.headers.get("set-cookie")!.split(";")[0]!;
    expect(authorization.origin).toBe(ORIGIN);
    const state = authorization.searchParams.get("state")!;
    for (const word of await seenArguments()) {
      expect(word).not.toContain(state);
      expect(word).not.toContain(
        authorization.searchParams.get("code_challenge")!,
      );
    }
    const callback = `${cli.redirectUri}?code=theirs&state=${state}`;
    const theirs = await visitAsOtherUser(
      callback,
      ...["-H", `Cookie: ${cookie}`],
    );
    expect(theirs.status).toBe("403");
    expect(theirs.text).toContain("belongs to another user");
    const elsewhere = await fetch(callback, { redirect: "manual" });
    expect(elsewhere.status).toBe(403);
    expect(await elsewhere.text()).toContain(
      "This login was started in another browser",
    );
    const back = await fetch(callback.replace("theirs", "mine"), {
      redirect: "manual",
      headers: { cookie },
    });
    expect(back.status).toBe(303);
    const end = new URL(back.headers.get("location")!, url);
    await (await fetch(end, { headers: { cookie } })).body?.cancel();
    expect((await login.done).code).toBe(0);
    const codes = api.requests.filter(({ url }) => url.pathname === "/token");
    expect(codes.length).toBe(1);
  },
);

test(
  "a login in the background shows no address in its arguments or environment",
  { skip: NO_OTHER_USER },
  async () => {
    const { stdout } = await cli.run(
      `authsome login anthropic --detach --timeout 60`,
    );
    const { url, login_id } = JSON.parse(stdout);
    const ticket = new URL(url).pathname.split("/").at(-1)!;
    for (const word of await seenArguments()) {
      expect(word).not.toContain(ticket);
    }
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      let environment = "";
      try {
        environment = Deno.readTextFileSync(`/proc/${name}/environ`);
      } catch { /* It has ended. */ }
      expect(environment).not.toContain(ticket);
    }
    await visitAsOtherUser(url);
    const { code, stderr } = await cli.run(
      `authsome login --resume ${login_id}`,
    );
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("was ended: another user of this machine"),
    ]);
  },
);

test(
  "a real browser goes from the file to the form, and keeps the address nowhere",
  { skip: noChromium },
  async () => {
    const browser = await launchChromium();
    try {
      const login = loginInBrowser("groq");
      const argument = await opened.argument();
      const ticket = forwards(argument).split("/").at(-1)!;
      const folder = new URL(argument).pathname.replace(/\/[^/]*$/, "");
      const page = await (await browser.newContext()).newPage();
      await page.goto(argument);
      await page.waitForSelector("input[type=password]");
      await page.waitForFunction(
        (ticket) => !location.href.includes(ticket),
        ticket,
      );
      // It was used.
      expect(() => Deno.statSync(folder)).toThrow(Deno.errors.NotFound);
      // The same browser may load it again.
      await page.reload();
      await page.fill("input[type=password]", `gsk_${"a1B2".repeat(13)}`);
      await page.click("button.main");
      await page.waitForSelector("text=You can close this window");
      expect(page.url()).not.toContain(ticket);
      const history = await page.context().newCDPSession(page);
      const { entries } = await history.send("Page.getNavigationHistory");
      expect(JSON.stringify(entries.map(({ url }) => url))).not.toContain(
        ticket,
      );
      expect((await login.done).code).toBe(0);
    } finally {
      await browser.close();
    }
  },
);
