// The page of the Atlassian provider, word for word: the real command line, the real Chromium by keyboard only, the real
// names of the hosts, and a certified authorization server behind them. Nothing leaves loopback.
import { expect } from "expect";
import { after, before, test } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import {
  API_HOST,
  APP,
  type Atlassian,
  AUTH_HOST,
  startAtlassian,
} from "../support/servers/atlassian.ts";
import {
  launchChromium,
  noChromium as noBrowser,
  SHOTS,
} from "../support/browser/chromium.ts";
import {
  type ConnectProxy,
  startConnectProxy,
} from "../support/servers/connect_proxy.ts";
import { freePort } from "../support/free_port.ts";
import { missing } from "../support/missing.ts";
import { Session } from "../support/terminal/terminal_script.ts";

const SCOPES = [
  "read:jira-work",
  "write:jira-work",
  "read:jira-user",
  "manage:jira-project",
  "manage:jira-configuration",
];
const PLACEHOLDER = "authsome-proxy-managed";

/** Each test goes on where the one before it ended. */
const noChromium = noBrowser || await missing("python3") ||
  await missing("curl");
let port: number;
let atlassian: Atlassian;
let session: Session;
let context: BrowserContext;
/** The browser's way out, so that what Chromium asks Google for is not taken for ours; it leads to Atlassian alone. */
let browserProxy: ConnectProxy;
const complaints: string[] = [];
/** The page's commands in order and what they printed, kept beside the screenshots. */
const transcript: string[] = [];

before(async () => {
  if (noChromium) return;
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
  const browser = await launchChromium([
    `--proxy-server=${browserProxy.url}`,
    `--ignore-certificate-errors-spki-list=${atlassian.api.keyHash}`,
  ]);
  context = await browser.newContext({ viewport: { width: 760, height: 900 } });
});
after(async () => {
  if (noChromium) return;
  await context.browser()!.close();
  await browserProxy.close();
  await session[Symbol.asyncDispose]();
  await atlassian.close();
});

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

/** A command of the page, for the transcript; secrets are left out of it. */
async function pageCommand(
  command: string,
  options: { shell?: string } = {},
) {
  return transcribe(command, await shell(command, options));
}

function transcribe<T extends { stdout: string; stderr: string; code: number }>(
  command: string,
  done: T,
): T {
  let text = `$ ${command}\n${done.stderr}${done.stdout}` +
    (done.code === 0 ? "" : `[exit code ${done.code}]\n`);
  for (const secret of atlassian.secrets) {
    text = text.replaceAll(secret, "<the access token>");
  }
  transcript.push(text.replaceAll(/\/login\/[\w-]{43}/g, "/login/…"));
  return done;
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
      protocol !== "data:" && !["127.0.0.1", AUTH_HOST].includes(hostname) &&
      !request.url().startsWith(`file://${session.work}/home/authsome-login-`)
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

let lastPerson = "";

/**
 * Runs a login as a person does: what the program opens is visited, and each page is answered by keyboard. Returns how
 * the command ended and the titles of the pages.
 */
async function logIn(
  command: string,
  { shots, person = "ada" }: { shots?: string; person?: string } = {},
) {
  // Another person has another browser.
  if (person !== lastPerson) await context.clearCookies();
  lastPerson = person;
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
    if (!shots) return;
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({
        path: `${SHOTS}${shots}-${seen.length}-${name}-${colorScheme}.png`,
        fullPage: true,
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
      expect(await page.locator(".scopes li").allTextContents()).toEqual(
        SCOPES,
      );
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
      await page.keyboard.type(person);
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
      return { ...transcribe(command, await ending), seen };
    }
  }
  throw new Error(`the login never ended: ${seen}`);
}

test(
  "login: form, authorization page, consent, success",
  { skip: noChromium },
  async () => {
    const { code, stdout, seen } = await logIn("authsome login atlassian", {
      shots: "atlassian",
    });
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
    // What stands in the browser's command line is of no use to who reads it there.
    expect(read("opened")).toMatch(
      /^file:\/\/\/[\w/.-]+\/login\.html\n$/,
    );
    expect(await pageCommand("authsome get atlassian --field status")).toEqual({
      code: 0,
      stdout: "connected\n",
      stderr: "",
    });
    const shown = (await pageCommand("authsome get atlassian")).stdout;
    expect(shown).toContain(SCOPES.join(" "));
    expect(shown).toContain("[redacted]");
  },
);

test(
  "the client is kept: a second account takes no form, and says its own scopes",
  { skip: noChromium },
  async () => {
    const { code, seen } = await logIn(
      "authsome login atlassian --connection personal --scopes read:jira-work,read:jira-user",
      { person: "grace" },
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
    expect(again.stderr).toContain("--connection personal --force");
    await logIn("authsome login atlassian --connection work");
    await pageCommand("authsome list --connected");
    const { stdout } = await shell("authsome list --connected --json");
    expect(
      JSON.parse(stdout).bundled[0].connections.map(
        (each: { connection_name: string }) => each.connection_name,
      ),
    ).toEqual(["default", "personal", "work"]);
  },
);

/** Asks the API, and again whenever the file of the next name appears; prints what it knows. */
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
print(json.dumps(ask()), flush=True)
for name in sys.argv[1:]:
    open(name + ".ready", "w").close()
    for _ in range(1200):
        if os.path.exists(name + ".go"): break
        time.sleep(0.05)
    print(json.dumps(ask()), flush=True)
if len(sys.argv) == 1: print(json.dumps(dict(os.environ)))
`;

test("run: the API sees the real token, the agent only the placeholder", {
  skip: noChromium,
}, async () => {
  await Deno.writeTextFile(`${session.work}/agent.py`, AGENT);
  const seen = atlassian.bearers.length;
  const { stdout, stderr, code } = await shell(
    "authsome run -- python3 agent.py",
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const [first, environment] = stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  );
  await Deno.writeTextFile(
    `${session.work}/my_agent.py`,
    `${AGENT.split("if len")[0]}print(os.environ["ATLASSIAN_ACCESS_TOKEN"])\n`,
  );
  await pageCommand("authsome run -- python3 my_agent.py");
  expect(first).toEqual([200, "ada"]);
  expect(environment.ATLASSIAN_ACCESS_TOKEN).toBe(PLACEHOLDER);
  expect(environment.ATLASSIAN_REFRESH_TOKEN).not.toBeDefined();
  const [bearer] = atlassian.bearers.slice(seen);
  expect(atlassian.secrets).toContain(bearer!.replace("Bearer ", ""));
  for (const secret of atlassian.secrets) expect(stdout).not.toContain(secret);
});

for (const name of ["sh", "bash", "zsh"]) {
  test(`export: eval in ${name}`, {
    skip: noChromium || await missing(name, "-c", "exit"),
  }, async () => {
    const token = (await shell(
      "authsome get atlassian --field access_token --show-secret",
    )).stdout.trim();
    const { stdout } = await pageCommand(
      'eval "$(authsome export atlassian --format env)"; env | grep ^ATLASSIAN',
      { shell: name },
    );
    expect(stdout).toBe(`ATLASSIAN_ACCESS_TOKEN=${token}\n`);
  });
}

test(
  "export: never the refresh token",
  { skip: noChromium },
  async () => {
    const token = (await shell(
      "authsome get atlassian --field access_token --show-secret",
    )).stdout.trim();
    expect(atlassian.secrets).toContain(token);
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

/** What a running agent is answered before the first step and after each. */
async function during(
  ...steps: (() => Promise<unknown>)[]
): Promise<unknown[]> {
  const names = steps.map(() => `agent-${crypto.randomUUID()}`);
  const running = shell(`authsome run -- python3 agent.py ${names.join(" ")}`);
  for (const [at, step] of steps.entries()) {
    await eventually("the agent", () => read(`${names[at]}.ready`));
    await step();
    await Deno.writeTextFile(`${session.work}/${names[at]}.go`, "");
  }
  const { stdout } = await running;
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

const LOGGED_OUT = [401, "credential_missing", "authsome login atlassian"];

test(
  "set-default, and a new login with --force, reach a running proxy within one request",
  { skip: noChromium },
  async () => {
    const answers = await during(
      () => shell("authsome set-default atlassian personal"),
      () =>
        logIn("authsome login atlassian --connection personal --force", {
          person: "joan",
        }),
      () => shell("authsome set-default atlassian default"),
    );
    expect(answers).toEqual([
      [200, "ada"],
      [200, "grace"],
      [200, "joan"],
      [200, "ada"],
    ]);
  },
);

test(
  "logout reaches a running proxy within one request",
  { skip: noChromium },
  async () => {
    for (const name of ["personal", "work"]) {
      await shell(`authsome logout atlassian --connection ${name}`);
    }
    expect(await during(() => shell("authsome logout atlassian"))).toEqual([
      [200, "ada"],
      LOGGED_OUT,
    ]);
  },
);

test(
  "the definition is overridden; revoke tells the provider and reaches a running proxy",
  { skip: noChromium },
  async () => {
    const { code } = await pageCommand(
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
    await pageCommand("authsome list | grep -E '^(PROVIDER|atlassian) '");

    definition.oauth.revocation_url = `https://${AUTH_HOST}/oauth/revoke`;
    await Deno.writeTextFile(file, JSON.stringify(definition));
    const { seen } = await logIn("authsome login atlassian");
    expect(seen).toEqual(["provider", "consent", "done"]);
    let done: unknown;
    const answers = await during(async () => {
      done = await shell("authsome revoke atlassian --yes");
    });
    expect(done).toEqual({
      code: 0,
      stdout: "",
      stderr: "Revoked atlassian/default and deleted it.\n" +
        "Deleted the OAuth client of atlassian.\n",
    });
    expect(answers).toEqual([[200, "ada"], LOGGED_OUT]);
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
  { skip: noChromium },
  async () => {
    await Deno.writeTextFile(
      `${SHOTS}atlassian-commands.txt`,
      transcript.join("\n"),
    );
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
