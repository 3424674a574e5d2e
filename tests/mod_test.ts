import { expect } from "expect";
import { test } from "node:test";
import { openRuntime } from "../lib/host/wiring.ts";
import { verifyAuditLog } from "../lib/audit/chain.ts";
import { Broker } from "../lib/broker/broker.ts";
import {
  Authsome,
  type Connection,
  type Credential,
  type ProviderDefinition,
  Secret,
} from "../mod.ts";
import { withHome } from "./support/home.ts";

const ACCESS = "canary-access-token";
const REFRESH = "canary-refresh-token";

function connection(
  provider: string,
  credential: Credential,
  name = "default",
): Connection {
  return {
    provider,
    name,
    revision: 0,
    credential,
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
}

function oauth(expiresAt?: number): Credential {
  return {
    type: "oauth2",
    accessToken: new Secret(ACCESS),
    refreshToken: new Secret(REFRESH),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    scopes: [],
    requestedScopes: [],
    captured: {},
  };
}

const OWN: ProviderDefinition = {
  schema_version: 1,
  name: "own",
  display_name: "Own",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.own.example.com",
  api_key: {
    secret_fields: ["user", "password"],
    inject: [{ kind: "basic", username: "{user}", password: "{password}" }],
  },
  export: { env: { OWN_PASSWORD: "password" } },
};

/** A home with an OAuth connection of GitHub, a second one, and an API key of OpenAI. */
async function withAuthsome(
  body: (authsome: Authsome, home: string) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    {
      await using broker = await Broker.open(await openRuntime({ home }));
      const { connections } = broker;
      await connections.save(connection("github", oauth()));
      await connections.save(connection("github", oauth(), "work"));
      await connections.save(connection("openai", {
        type: "api_key",
        fields: { api_key: new Secret("sk-canary") },
      }));
    }
    await using authsome = await Authsome.open({ home });
    await body(authsome, home);
  });
}

test("Authsome gives tokens, headers and variables, and writes no secret to the audit log", () =>
  withAuthsome(async (authsome, home) => {
    expect(await authsome.getAccessToken("github")).toBe(ACCESS);
    expect((await authsome.getAuthHeaders("github", "work")).Authorization)
      .toBe(`Bearer ${ACCESS}`);
    const all = await authsome.exportCredentials();
    expect(all).toMatchObject({ OPENAI_API_KEY: "sk-canary" });
    expect(Object.values(all)).toContain(ACCESS);
    expect(Object.values(all)).not.toContain(REFRESH);
    expect(await authsome.exportCredentials({ provider: "openai" })).toEqual({
      OPENAI_API_KEY: "sk-canary",
    });
    await authsome.close();
    const text = Deno.readTextFileSync(`${home}/audit.log`);
    expect(text).not.toContain("canary");
    const lines = text.trimEnd().split("\n");
    expect(await verifyAuditLog(lines)).toEqual({ ok: true, entries: 5 });
    expect(lines.map((line) => JSON.parse(line).event)).toEqual([
      "get",
      "get",
      "export",
      "export",
      "export",
    ]);
  }));

test("Authsome lists, chooses and deletes connections", () =>
  withAuthsome(async (authsome) => {
    expect(await authsome.listConnections()).toHaveLength(3);
    expect(JSON.stringify(await authsome.listConnections())).not.toContain(
      "canary",
    );
    expect((await authsome.getConnection("github")).name).toBe("default");
    await authsome.setDefaultConnection("github", "work");
    expect((await authsome.getConnection("github")).name).toBe("work");
    await authsome.logout("github");
    expect((await authsome.getConnection("github")).name).toBe("default");
    await authsome.logout("github", "default");
    await expect(authsome.logout("github")).rejects.toMatchObject({
      code: "ConnectionNotFound",
      exitCode: 3,
    });
    await expect(authsome.getAccessToken("github")).rejects.toMatchObject({
      code: "ConnectionNotFound",
    });
  }));

test("Authsome registers a definition and makes its headers", () =>
  withAuthsome(async (authsome, home) => {
    await expect(authsome.getProvider("own")).rejects.toMatchObject({
      code: "ProviderNotFound",
    });
    expect((await authsome.registerProvider(OWN)).source).toBe("custom");
    await expect(authsome.registerProvider(OWN)).rejects.toMatchObject({
      code: "ProviderExists",
      exitCode: 7,
    });
    const names = (await authsome.listProviders()).map(({ definition }) =>
      definition.name
    );
    expect(names).toContain("own");
    expect(names).toContain("github");
    await using broker = await Broker.open(await openRuntime({ home }));
    const fields = (password: string): Credential => ({
      type: "api_key",
      fields: { user: new Secret("é"), password: new Secret(password) },
    });
    const saved = await broker.connections.save(
      connection("own", fields("p:w")),
    );
    expect(await authsome.getAuthHeaders("own")).toEqual({
      Authorization: "Basic w6k6cDp3",
    });
    await broker.connections.save({
      ...saved,
      credential: fields("a\r\nX: y"),
    });
    await expect(authsome.getAuthHeaders("own")).rejects.toMatchObject({
      code: "CredentialMissing",
      subject: { field: "password" },
    });
    await expect(authsome.getAccessToken("own")).rejects.toMatchObject({
      code: "OperationNotAllowed",
    });
  }));

test("two instances at once see each other's changes", () =>
  withAuthsome(async (one, home) => {
    await using two = await Authsome.open({ home });
    expect(await two.getAccessToken("github", "work")).toBe(ACCESS);
    await one.logout("github", "work");
    await expect(two.getAccessToken("github", "work")).rejects.toMatchObject({
      code: "ConnectionNotFound",
    });
  }));
