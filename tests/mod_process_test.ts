// Programs with the library, each a process of its own: logging in, running a command, and whom they talk to.
import { expect } from "expect";
import { test } from "node:test";
import {
  CLIENTS,
  startAuthorizationServer,
} from "./support/servers/authorization_server.ts";
import { freePort } from "./support/free_port.ts";
import { fillKeyForm } from "./support/browser/login_page.ts";
import { leaks } from "./support/leaks.ts";
import { missing } from "./support/missing.ts";
import { DENO_ONLY, processOf, textCommand } from "./support/program.ts";
import { type Scenario, spawn, withScenario } from "./support/scenario.ts";
import { definitionOf, withWhoami } from "./support/servers/whoami_service.ts";

const noCurl = await missing("curl");
const KEY = `sk-${"o1".repeat(20)}`;
const HOST = "api.openai.com";

/** A program around `body`, in which `authsome` is open. */
function program(body: string): string {
  return `
    import { Authsome, AuthsomeError } from ${
    JSON.stringify(new URL("../mod.ts", import.meta.url).href)
  };
    const authsome = await Authsome.open({ warn: (text) => console.error(text) });
    try { ${body} }
    catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      console.log(error.code, error.hint);
    }
    finally { await authsome.close(); }`;
}

function inScenario(
  body: (scenario: Scenario) => Promise<void>,
  keys: Record<string, string> = { openai: KEY },
) {
  return () =>
    withScenario(
      keys,
      [HOST],
      ({ headers }) => Response.json(headers.get("authorization")),
      body,
    );
}

test(
  "run() keeps this process's secrets from the command, which still uses the credential",
  { skip: noCurl },
  inScenario(async ({ env, folder }) => {
    const secrets = {
      OPENAI_API_KEY: "canary-openai-of-the-parent",
      GROQ_API_KEY: "canary-groq-of-the-parent",
      AUTHSOME_PASSPHRASE: "canary-passphrase-of-the-parent",
    };
    const script =
      `env -0 > '${folder}/env'; cat /proc/self/environ > '${folder}/environ' 2>/dev/null
      curl -sS https://${HOST}/; exit 7`;
    const { stdout, stderr } = await spawn(
      textCommand(program(
        `console.log(await authsome.run(["sh", "-c", ${
          JSON.stringify(script)
        }]));`,
      )),
      { ...env, ...secrets, KEPT: "as it was" },
    );
    expect(stdout).toBe(`"Bearer ${KEY}"7\n`);
    const childEnv = Deno.readTextFileSync(`${folder}/env`).split("\0");
    expect(childEnv).toContain("OPENAI_API_KEY=authsome-proxy-managed");
    expect(childEnv).toContain("KEPT=as it was");
    expect(stderr).toContain("Removed from the command's environment: ");
    expect(stderr).toContain("GROQ_API_KEY");
    for (const secret of [KEY, ...Object.values(secrets)]) {
      for (const file of ["env", "environ"]) {
        const text = Deno.readTextFileSync(`${folder}/${file}`);
        expect(leaks(file, text, secret)).toEqual([]);
      }
    }
  }),
);

test(
  "run() says what cannot be run, and takes only what it was told",
  { skip: noCurl },
  inScenario(async ({ env, api }) => {
    const { stdout } = await spawn(
      textCommand(program(`
        for (const [command, options] of [
          [["no-such-command-here"], {}],
          [[], {}],
          [["true"], { only: ["no-such-provider"] }],
          [["true"], { connections: { openai: "work" } }],
        ]) {
          await authsome.run(command, options).catch(({ code, exitCode }) => console.log(code, exitCode));
        }
        console.log(await authsome.run(["curl", "-sS", "https://unrouted.example/"], { policy: "deny" }));
        console.log(await authsome.run(["sh", "-c", "kill -TERM $$"]));
      `)),
      env,
    );
    expect(stdout).toBe(
      "CommandNotFound 127\nUsage 2\nProviderNotFound 4\nConnectionNotFound 3\n56\n143\n",
    );
    expect(api.tunnels).toEqual([]);
  }),
);

test(
  "login() takes what it is given and asks the person for the rest",
  inScenario(async ({ env, home }) => {
    const server = await startAuthorizationServer();
    try {
      Deno.mkdirSync(`${home}/providers`, { recursive: true });
      Deno.writeTextFileSync(
        `${home}/providers/acme.json`,
        JSON.stringify(server.definition({ flow: "client_credentials" })),
      );
      const run = (body: string, more: Record<string, string> = {}) =>
        spawn(textCommand(program(body)), { ...env, NO_PROXY: "*", ...more });
      const given = await run(`
        const { name, credential } = await authsome.login("groq", { apiKey: "gsk_canary", connection: "work" });
        console.log(name, credential.type, JSON.stringify(credential));
        await authsome.login("groq", { apiKey: "gsk_canary", connection: "work" });`);
      expect(given.stdout).toBe(
        'work api_key {"type":"api_key","fields":{"api_key":"[redacted]"}}\n' +
          "ConnectionExists authsome login groq --connection work --force\n",
      );
      const wrong = await run(
        `await authsome.login("groq", { apiKey: "gsk\\ncanary", force: true });`,
      );
      expect(wrong.stdout).toBe(
        "Usage Give api_key as the provider shows it\n",
      );
      const { clientId, clientSecret } = CLIENTS.basic;
      const oauth = await run(
        `await authsome.login("acme", {
          clientId: "${clientId}",
          clientSecret: ${JSON.stringify(clientSecret)},
          scopes: ["read"],
        });
        console.log((await authsome.getAccessToken("acme")).length > 20);`,
      );
      expect([oauth.stdout, oauth.stderr]).toEqual(["true\n", ""]);
      expect(server.tokenRequests).toEqual([
        { grantType: "client_credentials", status: 200 },
      ]);

      const asking = processOf(
        textCommand(program(`
          await authsome.login("mistral", { browser: false, tell: (text) => console.log(text) });
          console.log((await authsome.getConnection("mistral")).state);`)),
        {
          env: { ...env, AUTHSOME_PORT: `${freePort()}` },
          clearEnv: true,
          stdout: "piped",
        },
      ).spawn();
      let said = "";
      for await (
        const text of asking.stdout.pipeThrough(new TextDecoderStream())
      ) {
        const before = /http:\S+\n/.test(said);
        said += text;
        const [, url] = /(http:\S+)\n/.exec(said) ?? [];
        if (url && !before) {
          await fillKeyForm(url, "canary-key-of-mistral-1234567");
        }
      }
      expect(said).toMatch(/^Open this page to log in to .*\n.*\nconnected\n$/);
      expect((await asking.status).code).toBe(0);

      const late = await run(
        `await authsome.login("cohere", { browser: false, tell() {}, timeout: 1 });`,
        { AUTHSOME_PORT: `${freePort()}` },
      );
      expect(late.stdout).toBe(
        "InputCancelled authsome login cohere --timeout 3\n",
      );
      const stopped = await run(
        `await authsome.login("cohere", { browser: false, tell() {}, signal: AbortSignal.abort() });`,
      );
      expect(stopped.stdout).toMatch(/^Interrupted/);
      for (const { stdout, stderr } of [given, wrong, oauth]) {
        expect(leaks("output", stdout + stderr, "gsk_canary")).toEqual([]);
      }
    } finally {
      await server.close();
    }
  }),
);

test(
  "revoke() says where the provider could not be told",
  inScenario(async ({ env }) => {
    const { stdout } = await spawn(
      textCommand(program(`
        console.log(JSON.stringify(await authsome.revoke("openai")));
        await authsome.revoke("openai");`)),
      env,
    );
    const [outcomes, error] = stdout.trimEnd().split("\n");
    expect(JSON.parse(outcomes!)).toEqual([
      {
        kind: "not_supported",
        name: "default",
        dashboard: expect.stringMatching(/^https:/),
      },
    ]);
    expect(error).toMatch(
      /^ConnectionNotFound There is nothing to revoke: openai/,
    );
  }),
);

test(
  "neither the library nor the command talks to anybody but the provider",
  { skip: DENO_ONLY || noCurl },
  inScenario(async ({ env, folder, authsome, client, api }) => {
    // Deno writes down what each process asks the network for.
    const logs: string[] = [];
    const watched = () => {
      const log = `${folder}/permissions-${logs.length}`;
      logs.push(log);
      return { ...env, DENO_AUDIT_PERMISSIONS: log };
    };
    await spawn(
      textCommand(program(`
        await authsome.listProviders();
        await authsome.listConnections();
        await authsome.exportCredentials();
        await authsome.registerProvider({ schema_version: 1, name: "own", display_name: "Own", auth_type: "api_key",
          flow: "api_key", api_url: "api.own.example.com", api_key: {} });
        await authsome.login("groq", { apiKey: "gsk_canary" });
        console.log((await authsome.fetch("https://${HOST}/")).status);
        await authsome.revoke("groq");`)),
      watched(),
    );
    for (
      const args of [
        ["init"],
        ["list"],
        ["inspect", "openai"],
        ["get", "openai"],
        ["export", "openai"],
        ["whoami"],
        ["log"],
        ["scan"],
        ["key", "status"],
        ["no-such-command"],
        ["--version"],
        ["logout", "openai", "--connection", "nobody"],
      ]
    ) await authsome(args, { env: watched() });
    await authsome(["login", "groq", "--stdin"], {
      stdin: "gsk_canary\n",
      env: watched(),
    });
    await client(["curl", "-sS", `https://${HOST}/`], { env: watched() });

    const asked = new Set(
      logs.flatMap((log) => Deno.readTextFileSync(log).split("\n"))
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter(({ permission }) => permission === "net")
        .map(({ value }) =>
          String(value).replace(/^(127\.0\.0\.1):\d+$/, "$1")
        ),
    );
    // The name is resolved before anything is sent, so that it leads nowhere private.
    expect([...asked].sort()).toEqual(["127.0.0.1", HOST]);
    expect(new Set(api.tunnels)).toEqual(new Set([`${HOST}:443`]));
  }),
);

test("login() knows whose account it is, unless it is not to ask", () =>
  withWhoami(
    definitionOf({ url: "/v1/me", account: "login" }),
    ({ headers }) =>
      headers.get("authorization") === "Bearer key-good-1"
        ? Response.json({ login: "alice" })
        : new Response("", { status: 401 }),
    async ({ cli, asked }) => {
      const { stdout } = await spawn(
        textCommand(program(`
          const { account } = await authsome.login("acme", { apiKey: "key-good-1" });
          console.log(account, (await authsome.listConnections("acme"))[0].account);
          const blind = { apiKey: "key-bad-1", connection: "blind", verify: false };
          console.log((await authsome.login("acme", blind)).account);
          await authsome.login("acme", { apiKey: "key-bad-1", force: true });`)),
        {
          ...cli.session.environment,
          AUTHSOME_CA_BUNDLE: `${cli.session.work}/ca.pem`,
          HTTPS_PROXY: cli.proxyUrl,
          AUTHSOME_NO_VERIFY: "",
        },
      );
      expect(stdout).toMatch(/^alice alice\nundefined\nAuthenticationFailed /);
      expect(asked.length).toBe(2);
    },
  ));
