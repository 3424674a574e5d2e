// The page of the Atlassian provider, word for word: the real command line, the real Chromium by keyboard only, the real
// names of the hosts, and a certified authorization server behind them. Nothing leaves loopback.
import { expect } from "expect";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import {
  API_HOST,
  APP,
  type Atlassian,
  AUTH_HOST,
  startAtlassian,
} from "../support/atlassian.ts";
import {
  type ConnectProxy,
  startConnectProxy,
} from "../support/connect_proxy.ts";
import { Session } from "../support/terminal_script.ts";

const CHROMIUM = "/usr/bin/chromium";
const SHOTS = new URL("../../build/screenshots/", import.meta.url).pathname;
const SCOPES = [
  "read:jira-work",
  "write:jira-work",
  "read:jira-user",
  "manage:jira-project",
  "manage:jira-configuration",
];
const PLACEHOLDER = "authsome-proxy-managed";

const present = (() => {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
})();
const skip = present
  ? false
  : `there is no ${CHROMIUM}: apt-get install chromium`;
if (skip) console.error(`SKIPPED: a login in a real browser, since ${skip}`);

let port: number;
let atlassian: Atlassian;
let session: Session;
let context: BrowserContext;
/** The browser's way out, so that what Chromium asks Google for is not taken for ours; it leads to Atlassian alone. */
let browserProxy: ConnectProxy;
const complaints: string[] = [];

before(async () => {
  if (skip) return;
  mkdirSync(SHOTS, { recursive: true });
  port = freePort();
  atlassian = await startAtlassian(
    `http://127.0.0.1:${port}/auth/callback/oauth`,
  );
  session = await Session.open();
  await Deno.writeTextFile(`${session.work}/ca.pem`, atlassian.api.caPem);
  // What is opened is written down; the test's browser visits it.
  await Deno.writeTextFile(
    `${session.work}/bin/open-page`,
    `#!/bin/sh\nprintf '%s\\n' "$1" >> '${session.work}/opened'\n`,
    { mode: 0o755 },
  );
  browserProxy = await startConnectProxy((authority) =>
    authority === `${AUTH_HOST}:443` ? atlassian.api.port : undefined
  );
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--proxy-server=${browserProxy.url}`,
      `--ignore-certificate-errors-spki-list=${atlassian.api.keyHash}`,
    ],
  });
  context = await browser.newContext({ viewport: { width: 760, height: 900 } });
});
after(async () => {
  if (skip) return;
  await context.browser()!.close();
  await browserProxy.close();
  await session[Symbol.asyncDispose]();
  await atlassian.close();
});

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** A command line of the person's shell. */
function shell(
  command: string,
  options: { shell?: string; env?: Record<string, string> } = {},
) {
  return session.run(command, {
    ...options,
    env: {
      AUTHSOME_PORT: String(port),
      AUTHSOME_CA_BUNDLE: `${session.work}/ca.pem`,
      HTTPS_PROXY: atlassian.api.proxyUrl,
      BROWSER: `${session.work}/bin/open-page`,
      NO_COLOR: "1",
      ...options.env,
    },
  });
}

async function eventually<T>(what: string, look: () => T | undefined) {
  for (let tries = 0; tries < 600; tries++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never saw ${what}`);
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(`${session.work}/${path}`);
  } catch {
    return undefined;
  }
}

async function newPage(): Promise<Page> {
  const page = await context.newPage();
  page.on("console", (message) => {
    // The provider's own pages are its own business.
    const { url } = message.location();
    if (!url.startsWith(`https://${AUTH_HOST}/`)) {
      complaints.push(`${url}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (
      protocol !== "data:" && !["127.0.0.1", AUTH_HOST].includes(hostname)
    ) complaints.push(`request: ${request.url()}`);
  });
  return page;
}

/** Presses Tab until the focus is on `selector`. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 25; presses++) {
    if (await page.locator(`${selector}:focus`).count() > 0) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${selector}`);
}

/**
 * Runs a login as a person does: what the program opens is visited, and each page is answered by keyboard. Returns how
 * the command ended and the titles of the pages.
 */
async function logIn(command: string, shots?: string) {
  const opened = read("opened")?.length ?? 0;
  const ending = shell(command);
  const url = await eventually(
    "a page to open",
    () => read("opened")?.slice(opened).split("\n").find(Boolean),
  );
  const page = await newPage();
  const seen: string[] = [];
  const shoot = async (name: string) => {
    seen.push(name);
    if (shots) {
      await page.screenshot({
        path: `${SHOTS}${shots}-${seen.length}-${name}.png`,
      });
    }
  };
  await page.goto(url);
  for (let step = 0; step < 10; step++) {
    await page.waitForSelector(
      "#client_id, input[name=login], .login-submit, :text('You can close this window')",
    );
    if (await page.locator("#client_id").count() > 0) {
      await shoot("form");
      await tabTo(page, "#client_id");
      await page.keyboard.type(APP.clientId);
      await tabTo(page, "[id=client_secret]");
      await page.keyboard.type(APP.clientSecret);
      await Promise.all([
        page.waitForURL(`https://${AUTH_HOST}/**`),
        page.keyboard.press("Enter"),
      ]);
    } else if (await page.locator("input[name=login]").count() > 0) {
      await shoot("provider");
      await tabTo(page, "input[name=login]");
      await page.keyboard.type("ada");
      await tabTo(page, "input[name=password]");
      await page.keyboard.type("x");
      await Promise.all([
        page.waitForSelector("text=Authorize"),
        page.keyboard.press("Enter"),
      ]);
    } else if (await page.locator(".login-submit").count() > 0) {
      await shoot("consent");
      await tabTo(page, ".login-submit");
      await Promise.all([
        page.waitForURL("http://127.0.0.1:*/**"),
        page.keyboard.press("Enter"),
      ]);
    } else {
      await shoot("done");
      expect(page.url()).not.toContain("code=");
      await page.close();
      return { ...await ending, seen };
    }
  }
  throw new Error(`the login never ended: ${seen}`);
}

test(
  "login: form, authorization page, consent, success",
  { skip },
  async () => {
    const { code, stdout, seen } = await logIn(
      "authsome login atlassian",
      "atlassian",
    );
    expect(seen).toEqual(["form", "provider", "consent", "done"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "Connected atlassian/default\n",
    });
    const [asked] = atlassian.authorizations;
    expect(Object.fromEntries(asked!)).toMatchObject({
      client_id: APP.clientId,
      audience: API_HOST,
      prompt: "consent",
      code_challenge_method: "S256",
      redirect_uri: `http://127.0.0.1:${port}/auth/callback/oauth`,
    });
    expect(asked!.get("scope")!.split(" ")).toEqual([
      ...SCOPES,
      "offline_access",
    ]);
    expect(complaints).toEqual([]);
    expect(await shell("authsome get atlassian --field status")).toEqual({
      code: 0,
      stdout: "connected\n",
      stderr: "",
    });
  },
);

test(
  "the client is kept: a second account takes no form, and says its own scopes",
  { skip },
  async () => {
    await context.clearCookies();
    const { code, seen } = await logIn(
      "authsome login atlassian --connection personal --scopes read:jira-work,read:jira-user",
    );
    expect({ code, seen }).toEqual({
      code: 0,
      seen: ["provider", "consent", "done"],
    });
    const scope = atlassian.authorizations.at(-1)!.get("scope");
    expect(scope).toBe("read:jira-work read:jira-user offline_access");
    const scopes =
      "authsome get atlassian --connection personal --field scopes";
    expect((await shell(scopes)).stdout).toBe(`${scope}\n`);

    const again = await shell("authsome login atlassian --connection personal");
    expect(again.code).toBe(6);
    expect(again.stderr).toContain("--connection 'personal' --force");
    await logIn("authsome login atlassian --connection work");
    const { stdout } = await shell("authsome list --connected --json");
    expect(
      JSON.parse(stdout).bundled[0].connections.map(
        (each: { connection_name: string }) => each.connection_name,
      ),
    ).toEqual(["default", "personal", "work"]);
  },
);

/** Asks the API twice, and waits between for a file; prints what it knows. */
const AGENT = `
import json, os, sys, time, urllib.request, urllib.error
def ask():
    request = urllib.request.Request("https://${API_HOST}/ex/jira/1/rest/api/3/myself",
        headers={"Authorization": "Bearer " + os.environ["ATLASSIAN_ACCESS_TOKEN"]})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return [response.status, json.load(response).get("account")]
    except urllib.error.HTTPError as error:
        return [error.code, error.headers.get("X-Authsome-Reason"), json.load(error).get("hint")]
print(json.dumps({"first": ask(), "environment": dict(os.environ)}), flush=True)
if len(sys.argv) > 1:
    open(sys.argv[1] + ".ready", "w").close()
    for _ in range(600):
        if os.path.exists(sys.argv[1] + ".go"): break
        time.sleep(0.05)
    print(json.dumps({"second": ask()}), flush=True)
`;

test("run: the API sees the real token, the agent only the placeholder", {
  skip,
}, async () => {
  await Deno.writeTextFile(`${session.work}/agent.py`, AGENT);
  const seen = atlassian.bearers.length;
  const { stdout, stderr, code } = await shell(
    "authsome run -- python3 agent.py",
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { first, environment } = JSON.parse(stdout);
  expect(first).toEqual([200, "ada"]);
  expect(environment.ATLASSIAN_ACCESS_TOKEN).toBe(PLACEHOLDER);
  expect(environment.ATLASSIAN_REFRESH_TOKEN).not.toBeDefined();
  const [bearer] = atlassian.bearers.slice(seen);
  expect(atlassian.secrets).toContain(bearer!.replace("Bearer ", ""));
  for (const secret of atlassian.secrets) expect(stdout).not.toContain(secret);
});

test(
  "export: eval in every shell, and never the refresh token",
  { skip },
  async () => {
    const token = (await shell(
      "authsome get atlassian --field access_token --show-secret",
    )).stdout.trim();
    expect(atlassian.secrets).toContain(token);
    for (const name of ["sh", "bash", "zsh"]) {
      const { stdout } = await shell(
        'eval "$(authsome export atlassian --format env)"; env | grep ^ATLASSIAN',
        { shell: name },
      );
      expect({ name, stdout }).toEqual({
        name,
        stdout: `ATLASSIAN_ACCESS_TOKEN=${token}\n`,
      });
    }
    const refresh = (await shell(
      "authsome get atlassian --field refresh_token --show-secret",
    )).stdout.trim();
    expect(atlassian.secrets).toContain(refresh);
    for (
      const format of ["env", "shell", "dotenv", "json", "fish", "powershell"]
    ) {
      for (const provider of ["atlassian", ""]) {
        const { stdout, stderr, code } = await shell(
          `authsome export ${provider} --format ${format}`,
        );
        expect({ format, code }).toEqual({ format, code: 0 });
        expect(stdout).toContain(token);
        expect(stdout + stderr).not.toContain(refresh);
      }
    }
  },
);

/** What an agent that is running sees before and after \`command\`. */
async function during(command: string) {
  const name = `agent-${crypto.randomUUID()}`;
  const running = shell(`authsome run -- python3 agent.py ${name}`);
  await eventually("the agent", () => read(`${name}.ready`));
  const done = await shell(command);
  await Deno.writeTextFile(`${session.work}/${name}.go`, "");
  const { stdout } = await running;
  const [before, after] = stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  return { done, first: before.first, second: after.second };
}

const LOGGED_OUT = [401, "credential_missing", "authsome login atlassian"];

test(
  "logout reaches a running proxy within one request",
  { skip },
  async () => {
    for (const name of ["personal", "work"]) {
      await shell(`authsome logout atlassian --connection ${name}`);
    }
    const { first, second } = await during("authsome logout atlassian");
    expect(first).toEqual([200, "ada"]);
    expect(second).toEqual(LOGGED_OUT);
  },
);

test(
  "the definition is overridden; revoke tells the provider and reaches a running proxy",
  { skip },
  async () => {
    const { code } = await shell(
      "authsome inspect atlassian > $AUTHSOME_HOME/providers/atlassian.json",
    );
    expect(code).toBe(0);
    const file = `${session.work}/home/providers/atlassian.json`;
    const definition = JSON.parse(await Deno.readTextFile(file));
    const { source } = JSON.parse(
      (await shell("authsome list --search atlassian --json")).stdout,
    ).custom.find(({ name }: { name: string }) => name === "atlassian");
    expect(source).toBe("custom");
    expect((await shell("authsome list")).stdout).toMatch(
      /^atlassian +custom /m,
    );

    definition.oauth.revocation_url = `https://${AUTH_HOST}/oauth/revoke`;
    await Deno.writeTextFile(file, JSON.stringify(definition));
    const { seen } = await logIn("authsome login atlassian");
    expect(seen).toEqual(["consent", "done"]);
    const { done, first, second } = await during("authsome revoke atlassian");
    expect(done).toEqual({
      code: 0,
      stdout: "",
      stderr: "Revoked atlassian/default and deleted it.\n" +
        "Deleted the OAuth client of atlassian.\n",
    });
    expect(first).toEqual([200, "ada"]);
    expect(second).toEqual(LOGGED_OUT);
    // The server has forgotten the token too.
    const [token] = atlassian.bearers.at(-1)!.split(" ").slice(1);
    expect(
      (await shell(
        `curl -s -o /dev/null -w '%{http_code}' --cacert ca.pem -H 'Authorization: Bearer ${token}' https://${API_HOST}/`,
      )).stdout,
    ).toBe("401");
  },
);

test(
  "nothing secret was written anywhere, and nothing left loopback",
  { skip },
  async () => {
    expect(complaints).toEqual([]);
    const hosts = new Set(atlassian.api.tunnels);
    expect([...hosts].sort()).toEqual([`${API_HOST}:443`, `${AUTH_HOST}:443`]);
    expect(atlassian.secrets.size > 8).toBe(true);
    for (
      const path of ["home/audit.log", "home/vault.db", "home/vault.db-wal"]
    ) {
      const text = read(path) ?? "";
      for (const secret of atlassian.secrets) {
        expect(text).not.toContain(
          secret,
        );
      }
    }
    for await (const { name } of Deno.readDir(`${session.work}/home/run`)) {
      throw new Error(`a run left ${name}`);
    }
  },
);
