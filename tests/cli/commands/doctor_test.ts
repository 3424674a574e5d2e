// What doctor finds on a machine that is out of order. That the command line prints it is in tests/scripts/health.txt.
import { expect } from "expect";
import { createServer } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { connect, withBroker } from "../../support/connected.ts";
import { type Scenario, spawn, withScenario } from "../../support/scenario.ts";
import { freePort } from "../../support/free_port.ts";

const HOST = "api.openai.com";

interface Check {
  name: string;
  ok: boolean;
  message: string;
  fix?: string;
}

async function doctor(
  { authsome }: Scenario,
  env?: Record<string, string>,
): Promise<{ code: number; checks: Check[]; failed: Check[] }> {
  const { code, stdout } = await authsome(["doctor", "--json"], { env });
  const { ok, checks } = JSON.parse(stdout);
  const failed = checks.filter((check: Check) => !check.ok);
  expect(ok).toBe(failed.length === 0);
  expect(code === 0).toBe(ok);
  // A failure without a way out would leave the person alone with it.
  for (const { name, fix } of failed) {
    expect([name, fix]).toEqual([name, expect.stringMatching(/^\w.{6,}/)]);
  }
  return { code, checks, failed };
}

function inScenario(
  body: (scenario: Scenario) => Promise<void>,
  date = () => new Date().toUTCString(),
) {
  return () =>
    withScenario(
      { openai: "sk-canary-0123456789" },
      [HOST],
      () => new Response(null, { headers: { date: date() } }),
      async (scenario) => {
        // The login port may be another test's.
        scenario.env.AUTHSOME_PORT = String(freePort());
        await body(scenario);
      },
    );
}

test(
  "in order: the clock is asked of a connected provider, which is told nothing",
  inScenario(async (scenario) => {
    const { code, checks } = await doctor(scenario);
    expect(code).toBe(0);
    expect(checks.map(({ name }) => name)).toEqual(
      [
        "path",
        "path",
        "path",
        "path",
        "config",
        "providers",
        "key",
        "records",
        "audit log",
        "port",
        "proxy",
        "network",
        "clock",
      ],
    );
    expect(checks.at(-1)!.message).toBe(`agrees with ${HOST}`);
    const [asked, ...more] = scenario.api.requests;
    expect(more).toEqual([]);
    expect([asked!.method, asked!.url.href]).toEqual([
      "HEAD",
      `https://${HOST}/`,
    ]);
    expect(JSON.stringify([...asked!.headers])).not.toContain("canary");
  }),
);

for (const [minutes, text] of [[10, "behind"], [-10, "ahead of"]] as const) {
  test(
    `a clock that is ten minutes ${text} the provider's is said`,
    inScenario(
      async (scenario) => {
        const { failed } = await doctor(scenario);
        expect(failed).toEqual([{
          name: "clock",
          ok: false,
          message: expect.stringMatching(
            new RegExp(`^is (59|60)\\d s ${text} ${HOST}$`),
          ),
          fix: expect.stringContaining("timedatectl"),
        }]);
      },
      () => new Date(Date.now() + minutes * 60_000).toUTCString(),
    ),
  );
}

const NETWORKS: [string, (proxy: string) => Record<string, string>, RegExp][] =
  [
    [
      "no proxy is there",
      () => ({
        HTTPS_PROXY: "http://me:hunter2@127.0.0.1:1",
      }),
      /^cannot reach api\.openai\.com: the proxy 127\.0\.0\.1:1 of HTTPS_PROXY was not reached: the connection was refused$/,
    ],
    ["the proxy wants a password", (HTTPS_PROXY) => ({
      HTTPS_PROXY,
    }), /: the proxy \S+ of HTTPS_PROXY wants a user name .*\(407\)$/],
    [
      "its certificate is not trusted",
      () => ({ AUTHSOME_CA_BUNDLE: "", SSL_CERT_FILE: "", DENO_CERT: "" }),
      /its certificate is not trusted: its issuer is unknown/,
    ],
  ];

for (const [what, envOf, message] of NETWORKS) {
  test(
    `where ${what} doctor fails, and the clock is not compared`,
    inScenario(async (scenario) => {
      const asking = createServer((socket) =>
        socket.on("error", () => {}).once(
          "data",
          () => socket.end("HTTP/1.1 407 No\r\n\r\n"),
        )
      );
      await new Promise<void>((resolve) =>
        asking.listen(0, "127.0.0.1", resolve)
      );
      const { port } = asking.address() as { port: number };
      try {
        const { code, checks, failed } = await doctor(
          scenario,
          envOf(`http://127.0.0.1:${port}`),
        );
        expect(code).toBe(8);
        expect(failed).toEqual([{
          name: "network",
          ok: false,
          message: expect.stringMatching(message),
          fix: expect.any(String),
        }]);
        expect(JSON.stringify(checks)).not.toContain("hunter2");
        expect(checks.at(-1)!.message).toContain("not compared");
      } finally {
        await new Promise((resolve) => asking.close(resolve));
      }
    }),
  );
}

test(
  "every record that does not open is named, of every profile, with what mends it",
  inScenario(async (scenario) => {
    const { home } = scenario;
    await withBroker(home, async (broker) => {
      await broker.profiles.create("work");
      await connect(broker, "openai", "sk-2", "my side");
      await (await broker.connections.registered()).keep({
        provider: "linear-mcp",
        revision: 0,
        clientId: "c",
      });
    });
    const inWork = await scenario.authsome(
      ["login", "groq", "--stdin", "--profile", "work"],
      { stdin: "gsk-1\n" },
    );
    expect(inWork.code).toBe(0);
    using database = new DatabaseSync(`${home}/vault.db`);
    const keys = database.prepare("SELECT name AS key FROM record").all()
      .map(({ key }) => String(key)).filter((key) => key !== "vault/key");
    expect(keys.length).toBeGreaterThanOrEqual(6);
    database.exec(
      `UPDATE record SET value = substr(value, 1, length(value) - 12) || 'AAAAAAAA=="}' WHERE name <> 'vault/key'`,
    );
    const { code, failed } = await doctor(scenario);
    expect(code).toBe(9);
    const fixes = failed.map(({ fix }) => fix).sort();
    expect(fixes.length).toBe(keys.length);
    for (
      const fix of [
        "authsome logout openai",
        "authsome logout openai --connection 'my side'",
        "authsome logout groq --connection default --profile work",
        "authsome set-default openai <connection> --profile default",
        "authsome profile delete work",
        "authsome login <provider> --force --reset-client --profile default",
      ]
    ) expect(fixes).toContain(fix);
    // One of which not even the name opens.
    database.prepare("UPDATE record SET value = 'x' WHERE name = ?").run(
      keys[0]!,
    );
    expect((await doctor(scenario)).failed).toContainEqual(
      expect.objectContaining({
        message: `Record "${
          keys[0]
        }" of the vault is damaged, and so is its name`,
        fix: "Restore vault.db from a backup",
      }),
    );
  }),
);

test(
  "files that others may use or change, and links in their place, are named with the command that mends them",
  { skip: Deno.build.os === "windows" && "this is Windows" },
  inScenario(async (scenario) => {
    const { home } = scenario;
    Deno.mkdirSync(`${home}/providers`, { recursive: true });
    const { stdout } = await scenario.authsome(["inspect", "openai"]);
    Deno.writeTextFileSync(`${home}/providers/openai.json`, stdout);
    Deno.chmodSync(`${home}/providers/openai.json`, 0o666);
    Deno.chmodSync(home, 0o775);
    Deno.chmodSync(`${home}/vault.db`, 0o640);
    Deno.chmodSync(`${home}/config.json`, 0o664);
    const { code, failed } = await doctor(scenario);
    expect(code).toBe(9);
    const fixes = failed.map(({ fix }) => fix);
    for (
      const fix of [
        `chmod 700 ${home}`,
        `chmod 600 ${home}/vault.db`,
        `chmod 600 ${home}/config.json`,
        `chmod 644 ${home}/providers/openai.json`,
      ]
    ) expect(fixes).toContain(fix);
    for (const fix of fixes) {
      expect(fix).toMatch(/^chmod /);
      expect((await spawn(["sh", "-c", fix!], scenario.env)).code).toBe(0);
    }
    expect((await doctor(scenario)).code).toBe(0);
    Deno.writeTextFileSync(`${home}/elsewhere`, "");
    Deno.symlinkSync(`${home}/elsewhere`, `${home}/audit.log`);
    expect((await doctor(scenario)).failed[0]).toMatchObject({
      message: `${home}/audit.log: it is a link, not a file`,
      fix: `ls -ld ${home}/audit.log`,
    });
  }),
);

test(
  "what else may be wrong is a failure with a fix too",
  inScenario(async (scenario) => {
    const { home } = scenario;
    const named = async (env?: Record<string, string>) =>
      (await doctor(scenario, env)).failed.map(({ name }) => name);
    expect(await named({ AUTHSOME_PORT: "lots" })).toEqual([
      "port",
      "proxy",
    ]);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    expect(await named({ AUTHSOME_PORT: String(listener.addr.port) }))
      .toEqual(["port"]);
    listener.close();
    expect(await named({ HTTPS_PROXY: "socks5://127.0.0.1:1" })).toEqual([
      "proxy",
      "network",
    ]);
    expect(await named({ AUTHSOME_CA_BUNDLE: `${home}/none.pem` }))
      .toEqual(["proxy", "network"]);
    expect(await named({ AUTHSOME_PROFILE: "nope" })).toEqual(["profile"]);
    Deno.mkdirSync(`${home}/providers`, { recursive: true });
    Deno.writeTextFileSync(`${home}/providers/mine.json`, "{");
    const { failed } = await doctor(scenario);
    expect(failed.map(({ name, fix }) => [name, fix])).toEqual([[
      "provider",
      `Fix the file (authsome inspect github shows a complete one), or: rm ${home}/providers/mine.json`,
    ]]);
    Deno.removeSync(`${home}/providers/mine.json`);
    const { code } = await scenario.authsome([
      ...["get", "openai", "--field", "api_key", "--show-secret"],
    ]);
    expect(code).toBe(0);
    const log = Deno.readTextFileSync(`${home}/audit.log`);
    Deno.writeTextFileSync(
      `${home}/audit.log`,
      log.replace("openai", "github"),
    );
    expect(await named()).toEqual(["audit log"]);
  }),
);
