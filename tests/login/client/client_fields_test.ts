// Clients that are more than an ID and a secret, and the change of a secret.
import { expect } from "expect";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Broker } from "../../../lib/broker/broker.ts";
import { logIn } from "../../../lib/broker/log_in.ts";
import type { Connection } from "../../../lib/connection/connection.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";
import type { OAuth2Credential } from "../../../lib/oauth/credential.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { terminalConversation } from "../../../lib/host/login/conversation_terminal.ts";
import type * as Prompt from "../../../lib/host/login/prompt.ts";
import { clientFields } from "../../../lib/provider/secret/client_fields.ts";
import { openForm, tokenOf } from "../../support/browser/form.ts";
import { withBroker } from "../../support/connected.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { withHome } from "../../support/home.ts";

const GIVEN = {
  client_id: "my-app",
  client_secret: "first-secret-canary-1f",
  account: "eu-1734",
  app_key: "app-key-canary-9c",
};

/** A token endpoint that knows one client, and what it was asked. */
interface TokenServer {
  origin: string;
  /** The secrets that it takes now. */
  secrets: Set<string>;
  asked: Record<string, string>[];
}

async function withServer(
  body: (home: string, server: TokenServer) => Promise<void>,
  over: (origin: string) => Partial<ProviderDefinition> = () => ({}),
): Promise<void> {
  const known: TokenServer = {
    origin: "",
    secrets: new Set([GIVEN.client_secret]),
    asked: [],
  };
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const part of request) text += part;
    const form = Object.fromEntries(new URLSearchParams(text));
    known.asked.push(form);
    const right = form.client_id === GIVEN.client_id &&
      known.secrets.has(form.client_secret ?? "") &&
      form.account_id === GIVEN.account && form.app_key === GIVEN.app_key;
    response.writeHead(right ? 200 : 401, {
      "content-type": "application/json",
    });
    response.end(JSON.stringify(
      right
        ? {
          access_token: `token-${known.asked.length}`,
          token_type: "Bearer",
          expires_in: 3600,
        }
        // Some servers repeat what they refuse.
        : { error: "invalid_client", error_description: text },
    ));
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  known.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await withHome(async (home) => {
      Deno.mkdirSync(`${home}/providers`);
      Deno.writeTextFileSync(
        `${home}/providers/acme.json`,
        JSON.stringify({ ...definition(known.origin), ...over(known.origin) }),
      );
      await body(home, known);
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function definition(origin: string): ProviderDefinition {
  return {
    schema_version: 1,
    name: "acme",
    display_name: "Acme",
    auth_type: "oauth2",
    flow: "client_credentials",
    api_url: "api.acme.com",
    oauth: {
      token_url: `${origin}/token`,
      token_params: {
        account_id: "{account}",
        app_key: "{app_key}",
        region: "{region}",
      },
    },
    client: {
      client_id_env: "ACME_CLIENT_ID",
      client_secret_env: "ACME_CLIENT_SECRET",
      fields: {
        account: { public: true, env: "ACME_ACCOUNT" },
        app_key: { env: "ACME_APP_KEY" },
        region: { public: true, optional: true },
        second_client_secret: { optional: true },
      },
    },
    export: { env: { ACME_TOKEN: "access_token", ACME_ACCOUNT: "account" } },
  };
}

const login = (
  home: string,
  given: Record<string, string>,
  args: string[] = [],
) =>
  runCommand(["login", "acme", "--stdin", ...args], {
    home,
    stdin: `${JSON.stringify(given)}\n`,
  });

/** A login where nobody is there but the variables. */
async function loginFrom(
  home: string,
  env: Record<string, string>,
  force = false,
): Promise<Connection> {
  const broker = await Broker.open({
    ...await openRuntime({ home }),
    env: { get: (name) => env[name], toObject: () => env },
  }, { profile: "default" });
  try {
    return await logIn(broker, {
      provider: "acme",
      force,
      reach: {
        interactive: false,
        browser: false,
        unattended: true,
        say() {},
        tell() {},
      },
    });
  } finally {
    await broker.close();
  }
}

/** Everything that is on the disk. */
function filesOf(home: string): string {
  return [...Deno.readDirSync(home)].filter(({ isFile }) => isFile)
    .map(({ name }) => Deno.readTextFileSync(`${home}/${name}`)).join("");
}

test("--stdin takes all fields; they are sent, sealed, and shown nowhere", () =>
  withServer(async (home, server) => {
    const done = await login(home, GIVEN);
    expect([done.code, done.stdout]).toEqual([0, done.stdout]);
    // What was not given is not sent.
    expect(server.asked).toEqual([{
      grant_type: "client_credentials",
      client_id: GIVEN.client_id,
      client_secret: GIVEN.client_secret,
      account_id: GIVEN.account,
      app_key: GIVEN.app_key,
    }]);
    await withBroker(home, async (broker) => {
      const connection = await broker.connections.get("acme");
      const { captured } = connection.credential as OAuth2Credential;
      expect(captured).toEqual({ account: GIVEN.account });
      await broker.refresh(connection, { force: true });
    });
    expect(server.asked[1]).toEqual(server.asked[0]);
    const shown = await Promise.all([
      ["get", "acme", "--show-secret"],
      ["get", "acme", "--json"],
      ["export", "acme"],
      ["inspect", "acme", "--json"],
      ["log", "--json"],
    ].map((args) => runCommand(args, { home })));
    const all = shown.map(({ stdout, stderr }) => stdout + stderr).join() +
      done.stdout + done.stderr + filesOf(home);
    for (const secret of [GIVEN.client_secret, GIVEN.app_key]) {
      expect(all).not.toContain(secret);
    }
    expect(shown[2]!.stdout).toContain(`ACME_ACCOUNT='${GIVEN.account}'`);
  }));

test("with --client-id that field is not asked for; one that is missing is named", () =>
  withServer(async (home, server) => {
    const { client_id, ...others } = GIVEN;
    const { app_key: _, ...fewer } = others;
    const missing = await login(home, fewer, ["--client-id", client_id]);
    expect([missing.code, missing.stderr]).toEqual([
      2,
      expect.stringContaining("App key is missing"),
    ]);
    expect(server.asked).toEqual([]);
    const done = await login(home, others, ["--client-id", client_id]);
    expect([done.code, done.stderr]).toEqual([0, done.stderr]);
  }));

test("variables hold all fields, or are not used", () =>
  withServer(async (home, server) => {
    const env = {
      ACME_CLIENT_ID: GIVEN.client_id,
      ACME_CLIENT_SECRET: GIVEN.client_secret,
      ACME_ACCOUNT: GIVEN.account,
    };
    // Nobody is there who could be asked for the rest.
    await expect(loginFrom(home, env)).rejects.toMatchObject({ code: "Usage" });
    await expect(loginFrom(home, { ...env, ACME_APP_KEY: "a\nb" })).rejects
      .toMatchObject({ code: "Usage", subject: { field: "ACME_APP_KEY" } });
    expect(server.asked).toEqual([]);
    await loginFrom(home, { ...env, ACME_APP_KEY: GIVEN.app_key });
    expect(server.asked).toHaveLength(1);
  }));

test("the page asks for them together and says where each goes", async () => {
  const acme = definition("https://login.acme.com");
  const form = openForm({
    definition: acme,
    source: "custom",
    warnings: [],
  });
  const answer = form.session.ask<"secrets">(
    { kind: "secrets", fields: Object.keys(clientFields(acme)!), typed: {} },
    new AbortController().signal,
  );
  const path = `/login/${form.session.ticket()}`;
  const html = await (await form.browser.get(path)).text();
  const type = (name: string) =>
    new RegExp(`<input type="(\\w+)"[^>]* name="secret\\.${name}"`).exec(html)
      ?.[1];
  expect(["client_id", "client_secret", "account", "app_key"].map(type))
    .toEqual(["text", "password", "text", "password"]);
  const text = html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(text).toContain("App key Only to login.acme.com");
  await form.browser.post(path, {
    token: tokenOf(html),
    step: "secrets",
    act: "answer",
    ...Object.fromEntries(
      Object.entries(GIVEN).map(([name, value]) => [`secret.${name}`, value]),
    ),
  });
  const given = await answer;
  expect(
    Object.fromEntries(
      Object.entries(given).map(([name, secret]) => [name, secret.reveal()]),
    ),
  ).toEqual(GIVEN);
});

test("on a terminal secrets are masked and the redirect URI is shown", async () => {
  const acme = definition("https://login.acme.com");
  const questions: string[] = [];
  const said: string[] = [];
  const ask = (how: string) => ({ message }: Prompt.Question) => {
    questions.push(`${how} ${message}`);
    return Promise.resolve(/Enter/.test(message) ? "" : "some-value");
  };
  await terminalConversation({
    provider: { definition: acme, source: "custom", warnings: [] },
    connection: "default",
    port: 7998,
    clock: { now: () => Date.now() },
    signal: new AbortController().signal,
    say: (text) => said.push(text),
    tell() {},
    prompt: () =>
      Promise.resolve(
        {
          askLine: ask("shown"),
          askMasked: ask("masked"),
        } as unknown as typeof Prompt,
      ),
  }).askSecrets({
    provider: { definition: acme, source: "custom", warnings: [] },
    connection: "default",
    fields: Object.keys(clientFields(acme)!),
    redirectUri: "http://127.0.0.1:7998/auth/callback/oauth",
  });
  expect(questions).toEqual([
    "shown Client ID of Acme",
    "masked Client secret of Acme",
    "shown Account of Acme",
    "masked App key of Acme",
    "shown Region of Acme (press Enter if there is none)",
    "masked Second client secret of Acme (press Enter if there is none)",
  ]);
  expect(said).toContain(
    "Redirect URI: http://127.0.0.1:7998/auth/callback/oauth",
  );
});

test("where the server refuses the first secret, the second is used", () =>
  withServer(async (home, server) => {
    const second = "second-secret-canary-2e";
    const done = await login(home, { ...GIVEN, second_client_secret: second });
    expect([done.code, server.asked.length]).toEqual([0, 1]);
    // The provider replaced the first one.
    server.secrets = new Set([second]);
    await withBroker(home, async (broker) => {
      const connection = await broker.connections.get("acme");
      const { credential } = await broker.refresh(connection, { force: true });
      expect((credential as OAuth2Credential).accessToken.reveal())
        .toBe("token-3");
    });
    expect(server.asked.map((form) => form.client_secret)).toEqual([
      GIVEN.client_secret,
      GIVEN.client_secret,
      second,
    ]);
    server.secrets.clear();
    const refused = await login(home, {
      ...GIVEN,
      second_client_secret: second,
    }, ["--force"]);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("invalid_client"),
    ]);
    for (const secret of [GIVEN.client_secret, second, GIVEN.app_key]) {
      expect(refused.stderr).not.toContain(secret);
    }
    // Each was tried once.
    expect(server.asked).toHaveLength(5);
  }));

for (
  const [what, fields] of [
    ["a client with fields", undefined],
    ["a client of ID and secret", {}],
  ] as const
) {
  test(`login --force replaces the secret of ${what} only if the server takes the new one`, () =>
    withServer(async (home, server) => {
      const plain = fields !== undefined;
      const args = plain ? ["--client-id", GIVEN.client_id] : [];
      const give = (secret: string, more: string[] = []) =>
        plain
          ? runCommand(["login", "acme", "--stdin", ...args, ...more], {
            home,
            stdin: `${secret}\n`,
          })
          : login(home, { ...GIVEN, client_secret: secret }, more);
      const kept = () =>
        withBroker(home, async ({ connections }) => {
          const client = await connections.client("acme");
          const { credential } = await connections.get("acme");
          return [
            client!.clientSecret!.reveal(),
            (credential as OAuth2Credential).accessToken.reveal(),
          ];
        });
      expect((await give(GIVEN.client_secret)).code).toBe(0);
      const before = [GIVEN.client_secret, "token-1"];
      expect(await kept()).toEqual(before);
      const refused = await give("wrong-secret-canary-7b", ["--force"]);
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringContaining("invalid_client"),
      ]);
      expect(refused.stderr).not.toContain("wrong-secret-canary-7b");
      // The server was asked with the new one, and the old one is as it was.
      expect(server.asked.at(-1)!.client_secret).toBe("wrong-secret-canary-7b");
      expect(await kept()).toEqual(before);
      await withBroker(home, async (broker) => {
        const connection = await broker.connections.get("acme");
        await broker.refresh(connection, { force: true });
      });
      const next = "third-secret-canary-3d";
      server.secrets = new Set([next]);
      expect((await give(next, ["--force"])).code).toBe(0);
      expect((await kept())[0]).toBe(next);
      expect(filesOf(home)).not.toContain(next);
    }, (origin) =>
      fields === undefined ? {} : {
        oauth: {
          token_url: `${origin}/token`,
          token_params: { account_id: GIVEN.account, app_key: GIVEN.app_key },
        },
        client: {},
        export: { env: {} },
      }));
}

test("with --force the variables come before the client that is kept", () =>
  withServer(async (home, server) => {
    expect((await login(home, GIVEN)).code).toBe(0);
    const next = "next-secret-canary-5a";
    server.secrets.add(next);
    await loginFrom(home, {
      ACME_CLIENT_ID: GIVEN.client_id,
      ACME_CLIENT_SECRET: next,
      ACME_ACCOUNT: GIVEN.account,
      ACME_APP_KEY: GIVEN.app_key,
    }, true);
    expect(server.asked.at(-1)!.client_secret).toBe(next);
  }));
