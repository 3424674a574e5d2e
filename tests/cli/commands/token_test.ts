// What shows or exports a token shows one that works, or fails with 5; what tells of a connection tells the truth.
import { expect } from "expect";
import { test } from "node:test";
import type { Credential } from "../../../lib/connection/connection.ts";
import { Secret } from "../../../lib/secret.ts";
import { connect, withBroker } from "../../support/connected.ts";
import { type Scenario, withScenario } from "../../support/scenario.ts";

const STALE = "canary-stale-token";
const OAUTH = "auth.atlassian.com";

/** Every way to be shown the access token of atlassian. */
const WAYS = [
  "token atlassian",
  "token atlassian --json",
  "get atlassian --field access_token --show-secret",
  "get atlassian --show-secret",
  "get atlassian --json --show-secret",
  ...["env", "shell", "dotenv", "json", "fish", "powershell"].map((format) =>
    `export atlassian --format ${format}`
  ),
  "export atlassian --json",
  "export",
];

/** An access token that expired a minute ago. */
function stale(more: Partial<Credential> = {}): Credential {
  return {
    type: "oauth2",
    accessToken: new Secret(STALE),
    refreshToken: new Secret("refresh-1"),
    clientId: "client-1",
    expiresAt: Date.now() - 60_000,
    scopes: [],
    requestedScopes: [],
    captured: {},
    ...more,
  } as Credential;
}

async function save(home: string, credential: Credential): Promise<void> {
  await withBroker(home, async ({ connections, clock }) => {
    const old = await connections.find("atlassian");
    await connections.save({
      provider: "atlassian",
      name: "default",
      revision: old?.revision ?? 0,
      credential,
      state: "connected",
      createdAt: clock.now(),
      updatedAt: clock.now() - 3_600_000,
    });
    if (await connections.client("atlassian")) return;
    await connections.saveClient({
      provider: "atlassian",
      revision: 0,
      clientId: "client-1",
      clientSecret: new Secret("client-secret"),
    });
  });
}

function inScenario(
  body: (scenario: Scenario, server: { up: boolean; asked: number }) => Promise<
    void
  >,
) {
  const server = { up: true, asked: 0 };
  return () =>
    withScenario({}, [OAUTH], () => {
      server.asked++;
      return server.up
        ? Response.json({
          access_token: `fresh-${server.asked}`,
          refresh_token: `refresh-${server.asked + 1}`,
          token_type: "Bearer",
          expires_in: 3600,
        })
        : new Response(null, { status: 503 });
    }, (scenario) => body(scenario, server));
}

test(
  "commands that show the token at once have one and the same, with one request to the provider",
  inScenario(async ({ home, authsome }, server) => {
    await save(home, stale());
    const ended = await Promise.all(
      [WAYS[0]!, WAYS[2]!, WAYS[5]!, WAYS[0]!].map((way) =>
        authsome(way.split(" "))
      ),
    );
    expect(server.asked).toBe(1);
    expect(ended.map(({ code, stdout, stderr }) => [code, stdout, stderr]))
      .toEqual([
        [0, "fresh-1\n", ""],
        [0, "fresh-1\n", ""],
        [0, "export ATLASSIAN_ACCESS_TOKEN='fresh-1'\n", ""],
        [0, "fresh-1\n", ""],
      ]);
    const { stdout } = await authsome(["token", "atlassian", "--json"]);
    expect(JSON.parse(stdout)).toEqual({
      v: 1,
      provider: "atlassian",
      connection_name: "default",
      auth_type: "oauth2",
      field: "access_token",
      token: "fresh-1",
      expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(Date.parse(JSON.parse(stdout).expires_at)).toBeGreaterThan(
      Date.now(),
    );
    const log = (await authsome(["log", "--json"])).stdout;
    const noted = JSON.parse(log).entries.map((
      { event, provider, detail }: Record<string, unknown>,
    ) => [event, provider, detail]);
    expect(noted.filter(([event]: string[]) => event === "refresh").length)
      .toBe(1);
    expect(noted.filter(([event]: string[]) => event === "get")).toEqual(
      Array(4).fill(["get", "atlassian", "access_token"]),
    );
    expect(log).not.toMatch(/fresh-|refresh-/);
  }),
);

test(
  "a token that has expired and cannot be refreshed is shown nowhere: exit 5",
  inScenario(async ({ home, authsome }, server) => {
    server.up = false;
    for (
      const credential of [
        stale({ refreshToken: undefined } as Partial<Credential>),
        stale({ clientId: "another" } as Partial<Credential>),
        stale(),
      ]
    ) {
      await save(home, credential);
      for (const way of WAYS) {
        const { code, stdout, stderr } = await authsome(way.split(" "));
        expect([way, code]).toEqual([way, 5]);
        expect(stdout + stderr).not.toContain(STALE);
        expect(stdout + stderr).toContain(
          "authsome login atlassian --force",
        );
      }
      const { stdout } = await authsome(["list", "--connected", "--json"]);
      const [{ connections: [shown] }] = JSON.parse(stdout).bundled;
      // Once the pause after a failed request is over, a refresh may work again.
      expect(
        shown.status === "expired"
          ? Date.parse(shown.expires_at) < Date.now()
          : server.asked > 0 && shown.expires_at === null,
      ).toBe(true);
    }
  }),
);

test(
  "no command says connected beside a time that has passed",
  inScenario(async ({ home, authsome }, server) => {
    await save(home, stale());
    const json = async (...argv: string[]) =>
      JSON.parse((await authsome([...argv, "--json"])).stdout);
    const told = [
      (await json("list", "--connected")).bundled[0].connections[0],
      (await json("inspect", "atlassian")).connections[0],
      await json("get", "atlassian"),
    ];
    for (const { status, expires_at } of told) {
      expect([status, expires_at]).toEqual(["connected", null]);
    }
    const table = (await authsome(["list", "--connected"])).stdout;
    expect(table).toMatch(
      /^atlassian +bundled +oauth2 +default +connected +-$/m,
    );
    const status = await authsome(["get", "atlassian", "--field", "status"]);
    expect([status.code, status.stdout]).toEqual([0, "connected\n"]);
    const url = "https://api.atlassian.com/me";
    expect(await json("explain", url)).toMatchObject({ action: "inject" });
    // Telling is not asking.
    expect(server.asked).toBe(0);
    await save(home, stale({ clientId: "another" } as Partial<Credential>));
    expect(await json("explain", url)).toMatchObject({
      action: "refuse",
      reason: "credential_missing",
    });
  }),
);

test(
  "token prints a key as it is, and says which fields there are if it cannot choose",
  inScenario(async ({ home, authsome }) => {
    await withBroker(home, async (broker) => {
      await connect(broker, "openai", "sk-first", "default");
      await connect(broker, "openai", "sk-second", "work");
      const { connections } = broker;
      const openai = await connections.get("openai");
      await connections.save({
        ...openai,
        provider: "datadog",
        revision: 0,
        credential: {
          type: "api_key",
          fields: {
            api_key: new Secret("first-canary"),
            app_key: new Secret("canary"),
          },
        },
      });
    });
    const ways: [string[], number, string][] = [
      [["token", "openai"], 0, "sk-first\n"],
      [
        ["token", "openai", "--connection", "work", "--quiet"],
        0,
        "sk-second\n",
      ],
      [["token", "openai", "--connection", "none"], 3, ""],
      [["token", "groq"], 3, ""],
      [["token", "no-such-provider"], 4, ""],
      [["token", "datadog"], 4, ""],
      [["token"], 2, ""],
    ];
    for (const [argv, code, stdout] of ways) {
      const ended = await authsome(argv);
      expect([argv, ended.code, ended.stdout]).toEqual([argv, code, stdout]);
      expect(ended.stderr).not.toContain("canary");
      if (argv[1] === "datadog") {
        expect(ended.stderr).toContain("api_key, app_key");
        expect(ended.stderr).toContain(
          "authsome get datadog --field app_key --show-secret",
        );
      }
    }
    const { stdout } = await authsome(["token", "openai", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      auth_type: "api_key",
      field: "api_key",
      token: "sk-first",
      expires_at: null,
    });
  }),
);
