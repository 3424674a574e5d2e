// How a login by URL comes by its OAuth client, and when it takes another, against fake servers that behave as real ones
// were reported to. The registration with real servers is in tests/cli/commands/.
import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import { revokeProvider } from "../../lib/connection/revoke_connection.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import { type Found, foundClient } from "../../lib/import/found.ts";
import { keep, plan } from "../../lib/import/keep.ts";
import { definitionForMcpServer } from "../../lib/oauth/mcp_server.ts";
import { login, type LoginOptions } from "../../lib/login/perform_login.ts";
import type { Conversations } from "../../lib/ports/conversation.ts";
import { Secret } from "../../lib/secret.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";
import { RegisteringServers } from "../support/fakes/registering_server.ts";

const AUTH = "https://auth.acme.com";
const OTHER = "https://login.acme.com";
const ONE = "https://one.acme.com/mcp";
const TWO = "https://two.acme.com/mcp";
const DOCUMENT = "https://client.acme.com/authsome.json";
const REDIRECT_URI = "http://127.0.0.1:7998/auth/callback/oauth";

/** A person with a home and those servers. */
async function person(
  { config = {} }: { config?: Record<string, unknown> } = {},
) {
  const servers = new RegisteringServers({ [ONE]: AUTH, [TWO]: AUTH });
  const runtime = Object.assign(memoryRuntime(), { fetch: servers.fetch });
  runtime.text.set(
    "config.json",
    JSON.stringify({ spec_version: 1, ...config }),
  );
  const said: string[] = [];
  const broker = await Broker.open(runtime);
  let redirectUri = REDIRECT_URI;
  let typed: { clientId: string; clientSecret?: Secret } | undefined;
  const conversations = (gaveUp: AbortController): Conversations => ({
    browser: true,
    open: ({ clientId, signal }) => ({
      redirectUri,
      signal: AbortSignal.any([signal, gaveUp.signal]),
      say: (message) => void said.push(message),
      askSecrets: () => Promise.reject(new Error("not expected")),
      askClient: () => {
        if (!typed) return Promise.reject(new Error("nobody has a client"));
        return Promise.resolve(clientId ? { ...typed, clientId } : typed);
      },
      authorize(url, accept) {
        const callback = leaves ? undefined : servers.visit(url);
        if (callback && accept(callback)) return Promise.resolve(callback);
        // The page showed an error, and the person closed it.
        gaveUp.abort(
          new AuthsomeError("InputCancelled", "nobody answered", "once more"),
        );
        return Promise.reject(gaveUp.signal.reason);
      },
      showDeviceCode: () => Promise.reject(new Error("not expected")),
      end: () => Promise.resolve(),
    }),
  });
  let leaves = false;
  return {
    servers,
    runtime,
    broker,
    said,
    types: (clientId: string, secret?: string) =>
      typed = {
        clientId,
        ...(secret ? { clientSecret: new Secret(secret) } : {}),
      },
    movesTo: (uri: string) => redirectUri = uri,
    logIn(provider: string, options: Partial<LoginOptions> = {}) {
      runtime.clock.time += 1000;
      return login(
        broker,
        { provider, force: true, ...options },
        conversations(new AbortController()),
      );
    },
    /** Opens the page and never comes back. */
    async giveUp(provider: string) {
      leaves = true;
      const { hint } = await login(
        broker,
        { provider, force: true },
        conversations(new AbortController()),
      ).then(() => ({ hint: "connected" }), (error) => error);
      leaves = false;
      return hint as string;
    },
    async refresh(provider: string, name?: string) {
      const connection = await broker.connections.get(provider, name);
      return await broker.refresh(connection, { force: true });
    },
    async revoke(provider: string) {
      const { connections, registry, fetch, clock } = broker;
      return await revokeProvider({
        vault: await broker.vault(),
        connections,
        registry,
        fetch,
        clock,
        sleep: () => Promise.resolve(),
      }, provider);
    },
    client: async (provider: string, name = "default") => {
      const { credential } = await broker.connections.get(provider, name);
      const { clientId, issuer } = credential as OAuth2Credential;
      return (await broker.connections.client(provider, clientId, issuer))!;
    },
  };
}

const [NAME_ONE, NAME_TWO] = ["one-acme-com", "two-acme-com"];

test("one registration serves every connection to the same authorization server", async () => {
  const { servers, logIn, refresh, revoke, client } = await person();
  await logIn(ONE);
  await logIn(TWO);
  await logIn(ONE, { connection: "work" });
  expect(servers.registrations.length).toBe(1);
  const { clientId } = await client(NAME_ONE);
  expect((await client(NAME_TWO)).clientId).toBe(clientId);

  // Who leaves takes nothing from who stays.
  await revoke(NAME_ONE);
  await refresh(NAME_TWO);
  expect(servers.presented.at(-1)).toMatchObject({
    grant: "refresh_token",
    clientId,
  });
  await revoke(NAME_TWO);
  await logIn(TWO);
  expect(servers.registrations.length).toBe(2);
});

test("another redirect URI is another registration", async () => {
  const { servers, logIn, movesTo } = await person();
  await logIn(ONE);
  movesTo("http://127.0.0.1:7000/auth/callback/oauth");
  await logIn(ONE);
  movesTo(REDIRECT_URI);
  await logIn(TWO);
  expect(servers.registrations.map(({ redirect_uris }) => redirect_uris))
    .toEqual([[REDIRECT_URI], ["http://127.0.0.1:7000/auth/callback/oauth"]]);
});

test("the secret of a client never goes to a server that only says that it is the same issuer", async () => {
  const { servers, broker, logIn } = await person();
  servers.behaviour[AUTH] = {
    metadata: { token_endpoint_auth_methods_supported: ["client_secret_post"] },
  };
  await logIn(ONE);
  servers.resources["https://liar.acme.com/mcp"] = OTHER;
  await broker.registry.register(JSON.stringify({
    schema_version: 1,
    name: "liar",
    display_name: "Liar",
    auth_type: "oauth2",
    flow: "dcr_pkce",
    api_url: "liar.acme.com",
    oauth: {
      issuer: AUTH,
      authorization_url: `${OTHER}/authorize`,
      token_url: `${OTHER}/token`,
      registration_endpoint: `${OTHER}/register`,
    },
  }));
  await logIn("liar");
  expect(servers.registrations.length).toBe(2);
  const told = servers.presented.filter(({ issuer }) => issuer === OTHER);
  expect(told.length).toBeGreaterThan(0);
  expect(told.map(({ form }) => form.toString()).join()).not.toContain(
    "secret-of-client-1",
  );
});

test("who gives up and comes back finds the client that was registered", async () => {
  const { servers, logIn, giveUp } = await person();
  await giveUp(ONE);
  await giveUp(ONE);
  await logIn(ONE);
  expect(servers.registrations.length).toBe(1);
});

test("a server that has forgotten its clients is noticed before the person is sent to its page", async () => {
  const { servers, logIn, giveUp, client } = await person();
  await logIn(ONE);
  const { clientId } = await client(NAME_ONE);
  servers.clients.clear();
  await logIn(NAME_ONE);
  expect(servers.registrations.length).toBe(2);
  expect(servers.pages.length).toBe(2);
  expect((await client(NAME_ONE)).clientId).not.toBe(clientId);

  // The same after a login that was given up.
  const other = await person();
  await other.giveUp(ONE);
  other.servers.clients.clear();
  await other.logIn(ONE);
  expect(other.servers.registrations.length).toBe(2);
  expect(await giveUp(NAME_ONE)).toContain("--reset-client");
});

test("a server whose token endpoint does not say so: the words before and after name the way out", async () => {
  const { servers, logIn, said } = await person();
  await logIn(ONE);
  servers.clients.clear();
  servers.behaviour[AUTH] = {
    token: () => Response.json({ error: "invalid_grant" }, { status: 400 }),
  };
  said.length = 0;
  await expect(logIn(NAME_ONE)).rejects.toMatchObject({
    code: "InputCancelled",
    hint:
      `once more; if the page did not know the client: authsome login ${NAME_ONE} --reset-client --force`,
  });
  expect(said.join("\n")).toContain("--reset-client");
  expect(servers.registrations.length).toBe(1);
  servers.behaviour[AUTH] = {};
  await logIn(NAME_ONE, { resetClient: true });
  expect(servers.registrations.length).toBe(2);
});

test("a client that is refused on the way back or at the token endpoint is replaced in the same login", async () => {
  for (const error of ["unauthorized_client", "invalid_client"]) {
    const { servers, logIn } = await person();
    await logIn(ONE);
    servers.clients.clear();
    // Its token endpoint is of no help beforehand.
    servers.behaviour[AUTH] = {
      unknown: error,
      token: (form) =>
        form.get("refresh_token")?.startsWith("never-issued")
          ? Response.json({ error: "invalid_grant" }, { status: 400 })
          : undefined,
    };
    await logIn(NAME_ONE);
    expect([error, servers.registrations.length, servers.pages.length])
      .toEqual([error, 2, 3]);
  }
  const { servers, logIn } = await person();
  await logIn(ONE);
  const [old] = servers.clients.keys();
  servers.behaviour[AUTH] = {
    token: (form) =>
      form.get("client_id") === old!.split(" ")[1] &&
        form.get("code")?.startsWith("code-")
        ? Response.json({ error: "invalid_client" }, { status: 401 })
        : undefined,
  };
  await logIn(NAME_ONE);
  expect(servers.registrations.length).toBe(2);
});

test("a new client that is refused as well ends the login", async () => {
  const { servers, logIn } = await person();
  servers.behaviour[AUTH] = {
    token: () => Response.json({ error: "invalid_client" }, { status: 401 }),
  };
  await expect(logIn(ONE)).rejects.toMatchObject({ error: "invalid_client" });
  await expect(logIn(ONE)).rejects.toMatchObject({ error: "invalid_client" });
  expect(servers.pages.length).toBeLessThan(5);
});

test("another authorization server gets a client of its own, and nothing that the old one issued", async () => {
  const { servers, logIn, refresh, client, said } = await person();
  await logIn(ONE, { connection: "default" });
  await logIn(ONE, { connection: "old" });
  servers.resources[ONE] = OTHER;
  await logIn(NAME_ONE, { connection: "default" });
  expect(said.join("\n")).toContain(
    `Provider "${NAME_ONE}" has moved: tokens come from ${OTHER}`,
  );
  expect(await client(NAME_ONE)).toMatchObject({ issuer: OTHER });
  expect(servers.registrations.length).toBe(2);
  await refresh(NAME_ONE);
  expect(servers.presented.at(-1)).toMatchObject({
    issuer: OTHER,
    grant: "refresh_token",
  });
  // The account that is still logged in at the old server: its refresh token is not shown to the new one.
  const asked = servers.presented.length;
  await expect(refresh(NAME_ONE, "old")).rejects.toMatchObject({
    code: "CredentialExpired",
    hint: `authsome login ${NAME_ONE} --connection old --force`,
  });
  expect(servers.presented.length).toBe(asked);
});

test("a server that is still named, and not the first any more, has not moved", async () => {
  const { servers, logIn, said } = await person();
  await logIn(ONE);
  servers.resources[ONE] = [OTHER, AUTH];
  await logIn(NAME_ONE);
  expect(said.join()).not.toContain("has moved");
  expect(servers.registrations.length).toBe(1);
});

test("a client keeps to what the server offers, from the registration to the revocation", async () => {
  const post = "client_secret_post", basic = "client_secret_basic";
  const cases: {
    offered?: string[];
    /** What the registration endpoint takes; others are `invalid_client_metadata`. */
    takes: string[];
    /** In the answer; `null`: the field is left out. */
    named?: string | null;
    used: string;
    revocation?: string[];
    revokedBy?: string;
  }[] = [
    { offered: [post], takes: [post], used: post },
    { offered: [basic], takes: [basic], used: basic },
    { offered: ["private_key_jwt", basic], takes: [basic], used: basic },
    { offered: [basic, post, "none"], takes: ["none", post], used: "none" },
    // It says "none" and means something else.
    { offered: ["none", post], takes: [post], used: post },
    // It says nothing, and takes one of them.
    { takes: ["none"], used: "none" },
    { takes: [basic], used: basic },
    { takes: [post], used: post },
    { takes: [post], named: null, used: post },
    // It changes its mind: what it answers counts.
    { takes: ["none", basic], named: basic, used: basic },
    { offered: [post], takes: [post], named: null, used: post },
    { offered: [post], takes: [post], named: "client_secret_jwt", used: post },
    {
      offered: [post],
      takes: [post],
      used: post,
      revocation: [basic],
      revokedBy: basic,
    },
  ];
  for (const { offered, takes, named, used, revocation, revokedBy } of cases) {
    const { servers, logIn, refresh, revoke } = await person();
    servers.behaviour[AUTH] = {
      metadata: {
        token_endpoint_auth_methods_supported: offered,
        revocation_endpoint_auth_methods_supported: revocation,
      },
      accepts: [used],
      ...(revocation ? { acceptsAtRevocation: revocation } : {}),
      register: (asked) =>
        takes.includes(String(asked.token_endpoint_auth_method))
          ? servers.admit(AUTH, asked, {
            ...(named === undefined
              ? {}
              : { token_endpoint_auth_method: named ?? undefined }),
            ...(used === "none" ? {} : { client_secret: "secret-of-it" }),
          })
          : Response.json({ error: "invalid_client_metadata" }, {
            status: 400,
          }),
    };
    await logIn(ONE);
    await refresh(NAME_ONE);
    const [outcome] = await revoke(NAME_ONE);
    expect([offered, takes, outcome]).toMatchObject([offered, takes, {
      kind: "revoked",
    }]);
    expect([
      ...new Set(
        servers.presented.filter(({ path }) => path === "/token")
          .map(({ method }) => method),
      ),
    ]).toEqual([used]);
    expect(servers.presented.at(-1)).toMatchObject({
      path: "/revoke",
      method: revokedBy ?? used,
    });
  }
});

test("a secret without a named method is used as the server takes it", async () => {
  for (
    const [offered, used] of [
      [["client_secret_post", "none"], "client_secret_post"],
      [undefined, "client_secret_basic"],
      [undefined, "client_secret_post"],
    ] as const
  ) {
    const { servers, logIn } = await person();
    servers.behaviour[AUTH] = {
      metadata: { token_endpoint_auth_methods_supported: offered },
      accepts: [used],
      register: (asked) =>
        servers.admit(AUTH, asked, {
          token_endpoint_auth_method: undefined,
          client_secret: "secret-of-it",
        }),
    };
    await logIn(ONE);
    expect(servers.registrations[0]!.token_endpoint_auth_method).toBe("none");
    expect(servers.presented.at(-1)!.method).toBe(used);
  }
});

test("a secret that ends soon is replaced at login", async () => {
  const { servers, logIn, runtime } = await person();
  const now = 1_700_000_000;
  servers.behaviour[AUTH] = {
    metadata: { token_endpoint_auth_methods_supported: ["client_secret_post"] },
    register: (asked) =>
      servers.admit(AUTH, asked, { client_secret_expires_at: now + 3600 }),
  };
  await logIn(ONE);
  await logIn(ONE);
  expect(servers.registrations.length).toBe(1);
  runtime.clock.time += 2_400_000;
  await logIn(ONE);
  expect(servers.registrations.length).toBe(2);
});

test("a grant that the server does not offer is not asked for", async () => {
  const { servers, logIn } = await person();
  servers.behaviour[AUTH] = {
    metadata: { grant_types_supported: ["authorization_code"] },
  };
  await logIn(ONE);
  expect(servers.registrations[0]!.grant_types).toEqual(["authorization_code"]);
});

test("more scopes than a client was registered for are registered, with those it had", async () => {
  const { servers, logIn } = await person();
  await logIn(ONE, { scopes: ["read"] });
  await logIn(TWO, { scopes: ["read"] });
  await logIn(TWO, { scopes: ["write"] });
  await logIn(ONE, { scopes: ["read", "write"] });
  expect(servers.registrations.map(({ scope }) => scope)).toEqual([
    "read",
    "read write",
  ]);
});

const TAKES_DOCUMENTS = {
  metadata: {
    client_id_metadata_document_supported: true,
    token_endpoint_auth_methods_supported: ["none", "client_secret_post"],
  },
  readDocument: (url: string) =>
    url === DOCUMENT ? { client_id: url } : undefined,
};

test("the order: the person's own client, one that describes itself, one that registers, one that is asked for", async () => {
  const config = { client_metadata_url: DOCUMENT };
  const own = await person({ config });
  own.servers.behaviour[AUTH] = TAKES_DOCUMENTS;
  own.servers.clients.set(`${AUTH} mine`, {
    metadata: {},
    secret: "my-secret",
    method: "client_secret_post",
  });
  own.types("typed", "my-secret");
  await own.logIn(ONE, { clientId: "mine" });
  expect(await own.client(NAME_ONE)).toMatchObject({ clientId: "mine" });
  // It stays the one of this provider.
  await own.logIn(ONE);
  expect(await own.client(NAME_ONE)).toMatchObject({ clientId: "mine" });
  expect(own.servers.registrations).toEqual([]);

  const document = await person({ config });
  document.servers.behaviour[AUTH] = TAKES_DOCUMENTS;
  await document.logIn(ONE);
  await document.logIn(TWO);
  expect(await document.client(NAME_ONE)).toMatchObject({ clientId: DOCUMENT });
  expect(document.servers.registrations).toEqual([]);
  await document.refresh(NAME_TWO);
  expect((await document.revoke(NAME_TWO))[0]).toMatchObject({
    kind: "revoked",
  });
  expect(document.servers.presented.at(-1)).toMatchObject({
    clientId: DOCUMENT,
    method: "none",
  });

  for (
    const [what, behaviour, settings] of [
      ["nothing is configured", TAKES_DOCUMENTS, {}],
      ["it is switched off", TAKES_DOCUMENTS, { client_metadata_url: "" }],
      ["the server has no such clients", {}, config],
      ["the server wants a secret", {
        ...TAKES_DOCUMENTS,
        metadata: {
          client_id_metadata_document_supported: true,
          token_endpoint_auth_methods_supported: ["client_secret_post"],
        },
      }, config],
    ] as const
  ) {
    const registers = await person({ config: settings });
    registers.servers.behaviour[AUTH] = behaviour;
    await registers.logIn(ONE);
    expect([what, registers.servers.registrations.length]).toEqual([what, 1]);
    expect(registers.servers.pages.length).toBe(1);
  }

  for (
    const behaviour of [
      { metadata: { registration_endpoint: undefined } },
      { register: () => new Response("forbidden", { status: 403 }) },
      {
        register: () =>
          Response.json({ error: "access_denied" }, { status: 401 }),
      },
    ]
  ) {
    const asked = await person();
    asked.servers.behaviour[AUTH] = behaviour;
    asked.servers.clients.set(`${AUTH} typed`, {
      metadata: {},
      method: "none",
    });
    asked.types("typed");
    await asked.logIn(ONE);
    expect(await asked.client(NAME_ONE)).toMatchObject({ clientId: "typed" });
  }
});

test("a server that registers fewer scopes than it was asked for is not asked again", async () => {
  const { servers, logIn } = await person();
  servers.behaviour[AUTH] = {
    register: (asked) => servers.admit(AUTH, asked, { scope: "read" }),
  };
  await logIn(ONE, { scopes: ["read", "write"] });
  await logIn(ONE, { scopes: ["read", "write"] });
  expect(servers.registrations.length).toBe(1);
});

test("a registration that is refused names the other way", async () => {
  const { servers, logIn } = await person();
  servers.behaviour[AUTH] = {
    register: () =>
      Response.json({ error: "invalid_redirect_uri" }, { status: 400 }),
  };
  await expect(logIn(ONE)).rejects.toMatchObject({
    error: "invalid_redirect_uri",
    hint: expect.stringContaining("--client-id <id>"),
  });
});

test("a document that the server cannot fetch: the next login registers, or the same one if the server says so", async () => {
  const config = { client_metadata_url: DOCUMENT };
  for (const unknown of [undefined, "invalid_client"]) {
    const { servers, logIn, said } = await person({ config });
    servers.behaviour[AUTH] = {
      ...TAKES_DOCUMENTS,
      readDocument: () => undefined,
      ...(unknown ? { unknown } : {}),
    };
    if (!unknown) {
      await expect(logIn(ONE)).rejects.toMatchObject({
        hint: expect.stringContaining("--reset-client"),
      });
    }
    await logIn(ONE);
    expect([unknown, servers.registrations.length]).toEqual([unknown, 1]);
    expect(said.join()).toContain("trying another");
  }
});

test("a server that reads the document for its page alone is not asked about it", async () => {
  const { servers, logIn } = await person({
    config: { client_metadata_url: DOCUMENT },
  });
  servers.behaviour[AUTH] = {
    ...TAKES_DOCUMENTS,
    token: (form) =>
      form.get("refresh_token")?.startsWith("never-issued")
        ? Response.json({ error: "invalid_client" }, { status: 401 })
        : undefined,
  };
  await logIn(ONE);
  await logIn(ONE);
  await logIn(TWO);
  expect(servers.registrations).toEqual([]);
});

test("a definition with its own endpoints is registered by the metadata of its resource", async () => {
  const { servers, broker, logIn, client } = await person({
    config: { client_metadata_url: DOCUMENT },
  });
  const definition = (name: string, resource: string) =>
    JSON.stringify({
      schema_version: 1,
      name,
      display_name: "Acme",
      auth_type: "oauth2",
      flow: "dcr_pkce",
      api_url: "one.acme.com",
      oauth: {
        authorization_url: `${AUTH}/authorize`,
        token_url: `${AUTH}/token`,
        registration_endpoint: `${AUTH}/register`,
        resource,
      },
    });
  servers.behaviour[AUTH] = {
    metadata: { token_endpoint_auth_methods_supported: ["client_secret_post"] },
  };
  await broker.registry.register(definition("acme-one", ONE));
  await logIn("acme-one");
  expect(servers.registrations.at(-1)).toMatchObject({
    token_endpoint_auth_method: "client_secret_post",
  });
  // The same server as of a URL.
  await logIn(TWO);
  expect(servers.registrations.length).toBe(1);

  servers.behaviour[AUTH] = TAKES_DOCUMENTS;
  await broker.registry.register(definition("acme-two", TWO));
  await logIn("acme-two", { resetClient: true });
  expect(await client("acme-two")).toMatchObject({ clientId: DOCUMENT });
});

test("--reset-client takes the place of the person's own client for good", async () => {
  const { servers, logIn, refresh, client, types } = await person();
  servers.clients.set(`${AUTH} mine`, { metadata: {}, method: "none" });
  types("mine");
  await logIn(ONE, { clientId: "mine" });
  await logIn(ONE, { connection: "second", resetClient: true });
  await logIn(ONE, { connection: "third" });
  expect(servers.registrations.length).toBe(1);
  expect((await client(NAME_ONE, "third")).clientId).not.toBe("mine");
  // What was issued to it is still refreshed with it.
  await refresh(NAME_ONE);
  expect(servers.presented.at(-1)).toMatchObject({ clientId: "mine" });
});

test("--reset-client takes another way than the document that did not help", async () => {
  const { servers, logIn, giveUp } = await person({
    config: { client_metadata_url: DOCUMENT },
  });
  servers.behaviour[AUTH] = TAKES_DOCUMENTS;
  expect(await giveUp(ONE)).toContain("--reset-client");
  await logIn(ONE, { resetClient: true });
  expect(servers.registrations.length).toBe(1);
});

test("a secret of the person's own client goes the way that the server offers", async () => {
  const { servers, logIn, refresh, types } = await person();
  servers.behaviour[AUTH] = {
    metadata: {
      registration_endpoint: undefined,
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    },
  };
  servers.clients.set(`${AUTH} typed`, {
    metadata: {},
    secret: "my-secret",
    method: "client_secret_basic",
  });
  types("typed", "my-secret");
  await logIn(ONE);
  await refresh(NAME_ONE);
  expect(servers.presented.map(({ method }) => method)).toEqual([
    "client_secret_basic",
    "client_secret_basic",
  ]);
});

test("the usual way of a person's own client is left to the definition, and only the revocation's is kept", async () => {
  const { servers, logIn, revoke, client, types } = await person();
  servers.behaviour[AUTH] = {
    metadata: {
      registration_endpoint: undefined,
      token_endpoint_auth_methods_supported: [
        "client_secret_basic",
        "client_secret_post",
      ],
      revocation_endpoint_auth_methods_supported: ["client_secret_basic"],
    },
    acceptsAtRevocation: ["client_secret_basic"],
  };
  servers.clients.set(`${AUTH} typed`, {
    metadata: {},
    secret: "my-secret",
    method: "client_secret_post",
  });
  types("typed", "my-secret");
  await logIn(ONE);
  expect((await client(NAME_ONE)).tokenAuthMethod).toBeUndefined();
  expect(await revoke(NAME_ONE)).toMatchObject([{ kind: "revoked" }]);
});

test("what an earlier version kept by provider is used on, and registers nothing anew", async () => {
  const { servers, broker, logIn, refresh, client } = await person();
  await logIn(ONE);
  const { clientId } = await client(NAME_ONE);
  const now = await broker.connections.get(NAME_ONE);
  const { issuer: _, ...credential } = now.credential as OAuth2Credential;
  await broker.connections.save({ ...now, credential });
  const vault = await broker.vault();
  for (const key of await vault.keys("profile/default/registered-client/")) {
    const { revision } = (await vault.get(key))!;
    await vault.delete(key, revision);
  }
  await vault.put(
    `profile/default/client/${NAME_ONE}`,
    JSON.stringify({
      v: 1,
      provider: NAME_ONE,
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      token_auth_method: "none",
    }),
    0,
  );
  await refresh(NAME_ONE);
  await logIn(NAME_ONE, { connection: "second" });
  await logIn(TWO);
  expect(servers.registrations.length).toBe(1);
  // The connection of before still knows its client only by provider.
  await refresh(NAME_ONE);
  await refresh(NAME_ONE, "second");
  await refresh(NAME_TWO);
  expect(new Set(servers.presented.map(({ clientId }) => clientId))).toEqual(
    new Set([clientId]),
  );
});

test("a client that another program registered refreshes what it was given, and serves no login of ours", async () => {
  const { servers, broker, logIn, refresh, client } = await person();
  const definition = await definitionForMcpServer(ONE, {
    fetch: servers.fetch,
  });
  await broker.registry.register(JSON.stringify(definition));
  servers.clients.set(`${AUTH} theirs`, { metadata: {}, method: "none" });
  const found: Found = {
    provider: NAME_ONE,
    credential: {
      type: "oauth2",
      accessToken: new Secret("access"),
      refreshToken: new Secret("refresh"),
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
    client: foundClient(
      "theirs",
      undefined,
      "http://localhost/oauth/callback",
    )!,
    from: "mcp-remote",
  };
  await keep(broker, await plan(broker, found, "imported"));
  await logIn(ONE);
  expect((await client(NAME_ONE)).clientId).not.toBe("theirs");
  expect(servers.registrations.length).toBe(1);
  await refresh(NAME_ONE, "imported").catch(() => {});
  expect(servers.presented.at(-1)).toMatchObject({ clientId: "theirs" });
});

test("a record of a client that does not open keeps nobody from another", async () => {
  const { servers, broker, logIn } = await person();
  await logIn(ONE);
  const vault = await broker.vault();
  const [key] = await vault.keys("profile/default/registered-client/");
  const { revision } = (await vault.get(key!))!;
  await vault.put(key!, "not a record", revision);
  await logIn(ONE);
  expect(servers.registrations.length).toBe(2);
  // Nobody is told of it again.
  expect(await vault.get(key!)).toBeUndefined();
});
