// Real managers: pass with gpg, the Secret Service, and the real AWS CLI. Of AWS itself there is a stand-in (moto).
import { expect } from "expect";
import { test } from "node:test";
import { findProgram } from "../../../lib/host/run/programs.ts";
import { freePort } from "../../support/free_port.ts";
import { leaksInFolder } from "../../support/leaks.ts";
import { missing, missingOf } from "../../support/missing.ts";
import { cliCommand } from "../../support/program.ts";
import { acmeDefinition } from "../../support/rejecting_api.ts";
import { withBroker } from "../../support/connected.ts";
import { Secret } from "../../../lib/secret.ts";
import { type Scenario, spawn, withScenario } from "../../support/scenario.ts";

const FIRST = "gsk_canary_first_0123456789abcdef";
const SECOND = "gsk_canary_second_0123456789abcde";

function onMachine(body: (scenario: Scenario) => Promise<void>) {
  return () =>
    withScenario({}, ["api.groq.com", "auth.acme.com"], async (request) => {
      const sent = new URLSearchParams(await request.text());
      return Response.json({
        access_token: "at-1",
        refresh_token: `${sent.get("refresh_token")}-next`,
        token_type: "Bearer",
        expires_in: 3600,
      });
    }, body);
}

const needsPass = await missingOf(["pass", "gpg"]);

/** Asks the person for the passphrase of a key: they are there while the file `unlocked` is. */
const PINENTRY = `#!/bin/sh
echo OK
while read -r word rest; do
  case "$word" in
  GETPIN) if [ -e "$0.unlocked" ]; then echo "D pw"; echo OK; else echo "ERR 83886179 Operation cancelled <Pinentry>"; fi ;;
  BYE) echo OK; exit 0 ;;
  *) echo OK ;;
  esac
done
`;

test(
  "pass: a key is read and rotates, a locked one is said, and a refresh token is written back",
  { skip: needsPass },
  onMachine(async ({ authsome, folder, env, home }) => {
    const gnupg = `${folder}/gnupg`;
    Deno.mkdirSync(gnupg, { mode: 0o700 });
    Deno.writeTextFileSync(`${gnupg}/pinentry`, PINENTRY, { mode: 0o755 });
    Deno.writeTextFileSync(
      `${gnupg}/gpg-agent.conf`,
      `pinentry-program ${gnupg}/pinentry\nmax-cache-ttl 0\ndefault-cache-ttl 0\n`,
    );
    env.GNUPGHOME = gnupg;
    env.PASSWORD_STORE_DIR = `${folder}/store`;
    const run = async (command: string[], stdin?: string) => {
      const ended = await spawn(command, env, stdin);
      expect([command[0], ended.code, ended.code ? ended.stderr : ""])
        .toEqual([command[0], 0, ""]);
      return ended.stdout;
    };
    const unlocked = `${gnupg}/pinentry.unlocked`;
    try {
      Deno.writeTextFileSync(unlocked, "");
      await run([
        ...["gpg", "--batch", "--pinentry-mode", "loopback"],
        ...["--passphrase", "pw", "--quick-generate-key", "me@example.com"],
        ...["default", "default", "never"],
      ]);
      await run(["pass", "init", "me@example.com"]);
      const insert = (name: string, text: string) =>
        run(["pass", "insert", "--multiline", "--force", name], text);
      await insert("api/groq", `${FIRST}\nlogin: me\n`);
      const login = ["login", "groq", "--from", "pass:api/groq"];
      expect(await authsome(login)).toMatchObject({ code: 0 });
      expect((await authsome(["token", "groq"])).stdout).toBe(`${FIRST}\n`);
      await insert("api/groq", `${SECOND}\nlogin: me\n`);
      expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
      expect(leaksInFolder(home, FIRST)).toEqual([]);

      Deno.removeSync(unlocked);
      const locked = await authsome(["token", "groq"]);
      expect(locked).toMatchObject({ code: 5, stdout: "" });
      expect(locked.stderr).toContain(
        "Cannot read pass:api/groq: pass is locked, or you are not logged in to it",
      );
      expect(locked.stderr).toContain("Hint: pass show api/groq > /dev/null");
      Deno.writeTextFileSync(unlocked, "");
      expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
      const absent = await authsome(
        ["login", "groq", "--force", "--from", "pass:api/none"],
      );
      expect(absent.stderr).toContain("pass has no such secret");

      await withBroker(home, async ({ registry, connections }) => {
        await registry.register(JSON.stringify(acmeDefinition()));
        await connections.saveClient({
          provider: "acme",
          revision: 0,
          clientId: "client",
          clientSecret: new Secret("client-secret"),
        });
      });
      await insert("acme", "first line\nrefresh: rt-canary-77ad\nnote: kept\n");
      const from = "refresh_token=pass:acme#refresh";
      expect(await authsome(["login", "acme", "--from", from]))
        .toMatchObject({ code: 0 });
      expect(await run(["pass", "show", "acme"])).toBe(
        "first line\nrefresh: rt-canary-77ad-next\nnote: kept\n",
      );
      expect(leaksInFolder(home, "rt-canary-77ad")).toEqual([]);
    } finally {
      await spawn(["gpgconf", "--kill", "all"], env);
    }
  }),
);

// The bus asks for the name of its user.
const needsSecretService = await missing("id", "-un") ||
  await missing("dbus-run-session") ||
  await missing("gnome-keyring-daemon", "--version") ||
  !findProgram("secret-tool", Deno.env) && "secret-tool is not installed";

test(
  "the Secret Service: a key is read and rotates, and a locked one is said",
  { skip: needsSecretService },
  onMachine(async ({ folder, env, home }) => {
    Deno.mkdirSync(`${folder}/.local/share/keyrings`, { recursive: true });
    const inSession = async (script: string) =>
      await spawn(
        ["dbus-run-session", "--", "sh", "-c", script],
        { ...env, XDG_RUNTIME_DIR: folder },
      );
    const cli = (...args: string[]) =>
      cliCommand(...args).map(quoted).join(" ");
    const store = (key: string) =>
      `printf %s '${key}' | secret-tool store --label=x service groq account me`;
    const open = await inSession(`
      printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
      ${store(FIRST)}
      ${cli("login", "groq", "--from", "keychain:groq/me")}
      ${cli("token", "groq")}
      ${store(SECOND)}
      ${cli("token", "groq")}
      ${cli("login", "groq", "--force", "--from", "keychain:groq/nobody")}
    `);
    expect(open.stdout).toBe(`Connected groq/default\n${FIRST}\n${SECOND}\n`);
    expect(open.stderr).toContain(
      "Cannot read keychain:groq/nobody: the keychain of this system has no such secret",
    );
    expect(leaksInFolder(home, FIRST)).toEqual([]);
    // A locked one says of the key what it says of a missing one; nobody is there to unlock it.
    Deno.mkdirSync(`${folder}/dbus-1/services`, { recursive: true });
    Deno.writeTextFileSync(
      `${folder}/dbus-1/services/org.gnome.keyring.SystemPrompter.service`,
      "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/false\n",
    );
    const locked = await inSession(`
      gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1
      ${cli("token", "groq")}
    `);
    expect(locked.stdout).toBe("");
    expect(locked.stderr).toContain(
      "Cannot read keychain:groq/me: the keychain of this system is locked",
    );
    expect(locked.stderr).not.toContain("canary");
  }),
);

/** The folder with `aws` and `moto_server`; CI installs it. */
const MOTO = Deno.env.get("AUTHSOME_TEST_MOTO");
const needsMoto = MOTO
  ? await missingOf([`${MOTO}/aws`]) ||
    await missing(`${MOTO}/moto_server`, "--help")
  : "AUTHSOME_TEST_MOTO names no folder with aws and moto_server";

test(
  "the real AWS CLI at a stand-in of Secrets Manager (moto): read, rotated, missing, written",
  { skip: needsMoto },
  onMachine(async ({ authsome, folder, env, home }) => {
    const port = freePort();
    const server = new Deno.Command(`${MOTO}/moto_server`, {
      args: ["-H", "127.0.0.1", "-p", String(port)],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const bin = `${folder}/bin`;
      Deno.mkdirSync(bin, { mode: 0o700 });
      // In its virtual environment it would not be started.
      Deno.writeTextFileSync(
        `${bin}/aws`,
        `#!/bin/sh\nexec '${MOTO}/aws' "$@"\n`,
        { mode: 0o755 },
      );
      Object.assign(env, {
        PATH: `${bin}:${env.PATH}`,
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_DEFAULT_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "testing",
        AWS_SECRET_ACCESS_KEY: "testing",
        NO_PROXY: "127.0.0.1",
      });
      const aws = async (command: string, ...args: string[]) =>
        await spawn(["aws", "secretsmanager", command, ...args], env);
      const create = ["--name", "prod/api", "--secret-string"];
      const text = (token: string) =>
        JSON.stringify({ groq: FIRST, refresh: token, note: "kept" });
      for (let tries = 0; tries < 100; tries++) {
        const made = await aws("create-secret", ...create, text("rt-canary"));
        if (made.code === 0) break;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      const from = "aws-sm:prod/api#groq";
      expect(await authsome(["login", "groq", "--from", from]))
        .toMatchObject({ code: 0 });
      expect((await authsome(["token", "groq"])).stdout).toBe(`${FIRST}\n`);
      await aws(
        "put-secret-value",
        ...["--secret-id", "prod/api", "--secret-string"],
        text("rt-canary").replace(FIRST, SECOND),
      );
      expect((await authsome(["token", "groq"])).stdout).toBe(`${SECOND}\n`);
      const absent = await authsome(
        ["login", "groq", "--force", "--from", "aws-sm:prod/none"],
      );
      expect(absent.stderr).toContain("AWS Secrets Manager has no such secret");
      await withBroker(home, async ({ registry, connections }) => {
        await registry.register(JSON.stringify(acmeDefinition()));
        await connections.saveClient({
          provider: "acme",
          revision: 0,
          clientId: "client",
          clientSecret: new Secret("client-secret"),
        });
      });
      const refresh = "refresh_token=aws-sm:prod/api#refresh";
      expect(await authsome(["login", "acme", "--from", refresh]))
        .toMatchObject({ code: 0 });
      const { stdout } = await aws(
        "get-secret-value",
        ...["--secret-id", "prod/api", "--query", "SecretString"],
        ...["--output", "text"],
      );
      expect(JSON.parse(stdout)).toEqual({
        groq: SECOND,
        refresh: "rt-canary-next",
        note: "kept",
      });
      expect(leaksInFolder(home, "rt-canary")).toEqual([]);
      env.AWS_ENDPOINT_URL = "http://127.0.0.1:1";
      expect(await authsome(["token", "groq"])).toMatchObject({ code: 8 });
    } finally {
      server.kill("SIGKILL");
      await server.status;
    }
  }),
);

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
