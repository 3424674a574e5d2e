// Ending connections at the provider: the real server for RFC 7009, fakes for the ways of single providers.
import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type {
  Connection,
  Credential,
} from "../../lib/connection/connection.ts";
import type { Client } from "../../lib/oauth/client.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { Connections } from "../../lib/connection/connections.ts";
import {
  revokeConnection,
  type RevokeContext,
  revokeProvider,
} from "../../lib/connection/revoke_connection.ts";
import { takeLease } from "../../lib/connection/refresh/refresh_lease.ts";
import { flow } from "../../lib/login/flows/authorization_code.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import {
  CLIENTS,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import {
  fakeDefinition,
  type Script,
  type Seen,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";

const OAUTH: OAuth2Credential = {
  type: "oauth2",
  accessToken: new Secret("access"),
  refreshToken: new Secret("refresh"),
  scopes: [],
  requestedScopes: [],
  captured: {},
};

async function setUp(
  definition: ProviderDefinition,
  credential: Credential = OAUTH,
  client: Partial<Client> = {
    clientId: "id",
    clientSecret: new Secret("hush-hush"),
  },
) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(key),
    create: () => Promise.resolve(),
  });
  const clock = { now: () => Date.now() };
  const connections = new Connections(vault, "default", clock);
  const save = (name: string): Promise<Connection> =>
    connections.save({
      provider: "acme",
      name,
      revision: 0,
      credential,
      state: "connected",
      createdAt: 1,
      updatedAt: 1,
    });
  if (client.clientId) {
    await connections.saveClient({
      provider: "acme",
      revision: 0,
      clientId: client.clientId,
      ...client,
    });
  }
  await save("default");
  const context: RevokeContext = {
    vault,
    connections,
    registry: {
      get: () =>
        Promise.resolve({ definition, source: "custom", warnings: [] }),
    },
    fetch,
    clock,
    sleep: () => Promise.resolve(),
  };
  return { context, connections, vault, clock, save };
}

test("the real server forgets the access token and the refresh token", async () => {
  const server = await startAuthorizationServer();
  try {
    const definition = server.definition();
    const { credential } = await flow.run(flowRequest(definition, {
      client: CLIENTS.public,
      person: async (url) => [await server.consent(url)],
    }));
    const { accessToken, refreshToken } = credential as OAuth2Credential;
    expect(await server.accepts(accessToken.reveal())).toBe(true);
    const { context, connections, vault } = await setUp(
      definition,
      credential,
      CLIENTS.public,
    );
    expect(await revokeConnection(context, "acme", "default")).toEqual({
      kind: "revoked",
      name: "default",
    });
    expect(await server.accepts(accessToken.reveal())).toBe(false);
    const answer = await fetch(`${server.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: "public",
        refresh_token: refreshToken!.reveal(),
      }),
    });
    expect(await answer.json()).toMatchObject({ error: "invalid_grant" });
    expect(await connections.find("acme", "default")).toBeUndefined();
    expect(await vault.keys("profile/default/lease/")).toEqual([]);
  } finally {
    await server.close();
  }
});

/** Revokes at a fake server that answers with `script`. */
async function revoke(
  oauth: ProviderDefinition["oauth"],
  script: Script = () => new Response(),
) {
  let sent: Seen[] = [];
  let outcome: unknown;
  let left: unknown;
  await withFakeServer({
    "/revoke": script,
    "/apps/id/token": script,
  }, async ({ origin, seen }) => {
    sent = seen;
    const definition = fakeDefinition(origin, {
      revocation_url: `${origin}/revoke`,
      ...oauth,
      ...(oauth?.revocation?.style === "delete_basic_json"
        ? { revocation_url: `${origin}/apps/{client_id}/token` }
        : {}),
    });
    const { context, connections } = await setUp({
      ...definition,
      dashboard_url: "https://acme.com/keys",
    });
    outcome = await revokeConnection(context, "acme", "default");
    left = await connections.find("acme", "default");
  });
  expect(left).toBeUndefined();
  return { outcome, sent };
}

const BASIC = `Basic ${btoa("id:hush-hush")}`;

test("each provider is asked to revoke by its own endpoint", async () => {
  const form = (one: Seen) => Object.fromEntries(new URLSearchParams(one.body));
  const rfc = await revoke({ token_auth_method: "client_secret_basic" });
  expect(rfc.sent.map(form)).toEqual([
    { token: "refresh", token_type_hint: "refresh_token" },
    { token: "access", token_type_hint: "access_token" },
  ]);
  expect(rfc.sent[0]!.headers.get("authorization")).toBe(BASIC);

  const named = await revoke({
    revocation: { style: "rfc7009", token_param: "access_token" },
  });
  expect(named.sent.map(form)).toMatchObject([{
    access_token: "access",
    client_id: "id",
    client_secret: "hush-hush",
  }]);

  const json = await revoke({
    revocation: { style: "json", auth: "client_secret_basic" },
  });
  expect(JSON.parse(json.sent[0]!.body)).toEqual({ token: "refresh" });
  expect(json.sent[0]!.headers.get("authorization")).toBe(BASIC);

  const camel = await revoke({
    revocation: {
      style: "json",
      auth: "client_secret_post",
      token_param: "accessToken",
      client_id_param: "clientId",
      client_secret_param: "clientSecret",
    },
  });
  expect(JSON.parse(camel.sent[0]!.body)).toEqual({
    accessToken: "access",
    clientId: "id",
    clientSecret: "hush-hush",
  });

  const renamed = await revoke({ client_id_param: "client_key" });
  expect(form(renamed.sent[0]!)).toMatchObject({
    client_key: "id",
    client_secret: "hush-hush",
  });
  expect(form(renamed.sent[0]!)).not.toHaveProperty("client_id");

  const github = await revoke({
    revocation: { style: "delete_basic_json", token_param: "access_token" },
  });
  expect(github.sent[0]).toMatchObject({
    method: "DELETE",
    path: "/apps/id/token",
  });
  expect(JSON.parse(github.sent[0]!.body)).toEqual({ access_token: "access" });
  expect(github.sent[0]!.headers.get("authorization")).toBe(BASIC);

  for (
    const [style, method] of [["delete", "DELETE"], ["bearer_post", "POST"]]
  ) {
    const { sent } = await revoke({ revocation: { style: style as "delete" } });
    expect(sent.map((one) => one.method)).toEqual([method]);
    expect(sent[0]!.headers.get("authorization")).toBe("Bearer access");
    expect(sent[0]!.body).toBe("");
  }
});

test("a token that the server does not know counts as revoked", async () => {
  for (
    const script of [
      () => Response.json({ error: "invalid_token" }, { status: 400 }),
      () => Response.json({ ok: false, error: "token_revoked" }),
      () => new Response("gone", { status: 404 }),
    ]
  ) {
    expect((await revoke({}, script)).outcome).toMatchObject({
      kind: "revoked",
    });
  }
});

test("a provider that refuses or does not answer is named, and the connection is deleted here all the same", async () => {
  for (
    const script of [
      () => Response.json({ error: "invalid_client" }, { status: 401 }),
      () => Response.json({ ok: false, error: "not_allowed" }),
      () => new Response("oops", { status: 500 }),
      (_: Seen, origin: string) => Response.redirect(`${origin}/x`),
    ]
  ) {
    expect((await revoke({}, script)).outcome).toMatchObject({
      kind: "failed",
      error: { code: expect.stringMatching(/Failed|Unreachable/) },
      dashboard: "https://acme.com/keys",
    });
  }
});

test("a key, and a provider without revocation, are deleted here; the dashboard is named", async () => {
  const definition = fakeDefinition("https://acme.com");
  const key: Credential = {
    type: "api_key",
    fields: { api_key: new Secret("k") },
  };
  for (const credential of [key, OAUTH]) {
    const { context, connections } = await setUp(
      { ...definition, dashboard_url: "https://acme.com/keys" },
      credential,
    );
    expect(await revokeConnection(context, "acme", "default")).toEqual({
      kind: "not_supported",
      name: "default",
      dashboard: "https://acme.com/keys",
    });
    expect(await connections.find("acme", "default")).toBeUndefined();
  }
});

test("all connections of a provider go, then its client", async () => {
  const { context, connections, save } = await setUp(
    fakeDefinition("https://acme.com"),
  );
  await save("work");
  expect((await revokeProvider(context, "acme")).map(({ name }) => name))
    .toEqual(["default", "work"]);
  expect(await connections.names("acme")).toEqual([]);
  expect(await connections.client("acme")).toBeUndefined();
  expect(await revokeConnection(context, "acme", "work")).toEqual({
    kind: "not_found",
    name: "work",
  });
});

test("a client's secret is not sent to the server of another tenant", async () => {
  await withFakeServer({ "/revoke": () => new Response() }, async (fake) => {
    const definition = fakeDefinition(fake.origin, {
      revocation_url: `${fake.origin}/revoke`,
    });
    const { context } = await setUp(definition, OAUTH, {
      clientId: "id",
      clientSecret: new Secret("hush-hush"),
      baseUrl: "https://other.example.com",
    });
    await revokeConnection(context, "acme", "default");
    expect(fake.seen.length).toBe(2);
    expect(JSON.stringify(fake.seen)).not.toContain("hush-hush");
  });
});

test("a refresh that is under way is waited for, but not for ever", async () => {
  const parts = await setUp(fakeDefinition("https://acme.com"));
  const { vault, clock, connections } = parts;
  const connection = await connections.get("acme", "default");
  const attempt = await takeLease(
    { vault, clock, profile: "default" },
    connection,
  );
  let sleeps = 0;
  const sleep = async () => {
    if (++sleeps === 5 && attempt.kind === "taken") {
      await attempt.lease.release();
    }
  };
  await revokeConnection({ ...parts.context, sleep }, "acme", "default");
  expect(sleeps).toBe(5);
  const again = await parts.save("default");
  await takeLease({ vault, clock, profile: "default" }, again);
  sleeps = 5;
  await revokeConnection({ ...parts.context, sleep }, "acme", "default");
  expect(sleeps < 100).toBe(true);
  expect(await connections.find("acme", "default")).toBeUndefined();
});

test("only a revocation that the provider agreed to is audited as done", async () => {
  for (const [status, kind] of [[200, "revoked"], [503, "failed"]] as const) {
    await withFakeServer(
      { "/revoke": () => new Response(null, { status }) },
      async ({ origin }) => {
        const { context } = await setUp(
          fakeDefinition(origin, { revocation_url: `${origin}/revoke` }),
        );
        const events: unknown[] = [];
        const audit = {
          record: (event: unknown) => void events.push(event),
          flush: () => Promise.resolve(),
        };
        for (const name of ["default", "missing"]) {
          await revokeConnection({ ...context, audit }, "acme", name);
        }
        expect(events).toEqual([
          {
            event: "revoke",
            profile: "default",
            provider: "acme",
            connection: "default",
            ok: kind === "revoked",
            ...kind === "revoked" ? {} : { reason: kind },
          },
          {
            event: "revoke",
            profile: "default",
            provider: "acme",
            connection: "missing",
            ok: false,
            reason: "not_found",
          },
        ]);
      },
    );
  }
});
