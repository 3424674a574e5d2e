import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import type { Connection } from "../../lib/connection/connection.ts";
import type { Client } from "../../lib/oauth/client.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import type {
  Conversations,
  LoginOutcome,
} from "../../lib/ports/conversation.ts";
import type { Flow, FlowRequest } from "../../lib/login/flow.ts";
import {
  login as runLogin,
  type LoginBroker,
  type LoginOptions,
} from "../../lib/login/perform_login.ts";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type { FlowName, Provider } from "../../lib/provider/definition.ts";
import { OAuthError } from "../../lib/oauth/error.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { keyProvider, oauthProvider } from "../support/browser/form.ts";

const NOW = 1_700_000_000_000;

async function scene(provider: Provider, env: Record<string, string> = {}) {
  const key = new Uint8Array(32);
  const vault = await Vault.open(memoryStore(), {
    read: () => Promise.resolve(key),
    create: () => Promise.resolve(),
  });
  const clock = { now: () => NOW };
  const events: AuditEvent[] = [];
  const ends: LoginOutcome[] = [];
  const connections = new Connections(vault, "default", clock);
  const broker: LoginBroker = {
    profile: "default",
    registry: {
      get: () => Promise.resolve(provider),
      list: () => Promise.resolve([provider]),
      register: () => Promise.reject(new Error("nothing to install")),
      addPlace: () => Promise.reject(new Error("nothing to change")),
    },
    connections,
    audit: {
      record: (event) => events.push(event),
      flush: () => Promise.resolve(),
    },
    clock,
    fetch: () => Promise.reject(new Error("no network")),
    env: { get: (name) => env[name], toObject: () => env },
  };
  let key1 = "key-1";
  const asked: FlowName[] = [];
  const conversations = (browser = true): Conversations => ({
    browser,
    open: ({ flow, signal }) => {
      asked.push(flow);
      return {
        redirectUri: "http://127.0.0.1:7998/auth/callback/oauth",
        signal,
        say() {},
        askSecrets: ({ fields }) =>
          Promise.resolve(
            Object.fromEntries(fields.map((f) => [f, new Secret(key1)])),
          ),
        askClient: () => Promise.resolve({ clientId: "typed" }),
        authorize: () => Promise.reject(new Error("not here")),
        showDeviceCode: () => Promise.resolve(),
        end: (outcome) => {
          ends.push(outcome);
          return Promise.resolve();
        },
      };
    },
  });
  return {
    broker,
    connections,
    events,
    ends,
    asked,
    conversations,
    types: (key: string) => key1 = key,
    login: (options: Partial<LoginOptions> = {}) =>
      runLogin(
        broker,
        { provider: provider.definition.name, ...options },
        conversations(),
      ),
  };
}

const keyOf = (connection: Connection | undefined) =>
  connection?.credential.type === "api_key"
    ? connection.credential.fields.api_key!.reveal()
    : undefined;

/** A flow that ends at once, and what it was given. */
function fakeFlow(client?: Client) {
  const requests: FlowRequest[] = [];
  const flow: Flow = {
    run(request) {
      requests.push(request);
      return Promise.resolve({
        credential: {
          type: "oauth2",
          accessToken: new Secret("at"),
          scopes: [],
          requestedScopes: [],
          captured: {},
        },
        ...(client ? { client } : {}),
      });
    },
  };
  return { requests, load: () => Promise.resolve(flow) };
}

test("login() stores an API key, makes the first connection the default, and audits", async () => {
  const { login, connections, events, ends } = await scene(keyProvider());
  const connection = await login({ connection: "work" });
  expect(connection).toMatchObject({ name: "work", state: "connected" });
  expect(keyOf(await connections.get("acme", "work"))).toBe("key-1");
  expect(await connections.defaultName("acme")).toBe("work");
  expect(events).toEqual([{
    event: "login",
    profile: "default",
    provider: "acme",
    connection: "work",
    ok: true,
  }]);
  expect(ends).toEqual([{
    kind: "connected",
    connection: "work",
    account: undefined,
  }]);
});

test("login() refuses a name that is connected, before anybody is asked, and names --force", async () => {
  const { login, connections, asked } = await scene(keyProvider());
  await login();
  await expect(login()).rejects.toMatchObject({
    code: "ConnectionExists",
    exitCode: 6,
    hint: "authsome login acme --force",
  });
  expect(asked.length).toBe(1);
  expect(keyOf(await connections.get("acme"))).toBe("key-1");
});

test("login() with force replaces in one write, even if the old record was refreshed meanwhile", async () => {
  const { login, connections, types, broker, conversations } = await scene(
    keyProvider(),
  );
  const old = await login();
  types("key-2");
  await login({ force: true });
  const second = await connections.get("acme");
  expect([keyOf(second), second.createdAt]).toEqual(["key-2", old.createdAt]);

  types("key-3");
  const during = conversations();
  await runLogin(broker, { provider: "acme", force: true }, {
    browser: true,
    open(request) {
      const conversation = during.open(request);
      return {
        ...conversation,
        async askSecrets(question) {
          // The old credential is there until the end, and a proxy writes it again.
          const before = await connections.get("acme");
          expect(keyOf(before)).toBe("key-2");
          await connections.save(before);
          return await conversation.askSecrets(question);
        },
      };
    },
  });
  expect(keyOf(await connections.get("acme"))).toBe("key-3");
});

test("login() without force does not overwrite a connection made meanwhile", async () => {
  const { broker, connections, conversations } = await scene(keyProvider());
  const inner = conversations();
  const late = runLogin(broker, { provider: "acme" }, {
    browser: true,
    open(request) {
      const conversation = inner.open(request);
      return {
        ...conversation,
        async askSecrets(question) {
          await runLogin(broker, { provider: "acme" }, conversations());
          const answer = await conversation.askSecrets(question);
          return { ...answer, api_key: new Secret("late") };
        },
      };
    },
  });
  await expect(late).rejects.toMatchObject({ code: "ConnectionExists" });
  expect(keyOf(await connections.get("acme"))).toBe("key-1");
});

test("login() needs no force where the connection does not work any more", async () => {
  const { login, connections, types } = await scene(keyProvider());
  const dead = await login();
  await connections.save({ ...dead, state: "revoked" });
  types("key-2");
  await login();
  expect(keyOf(await connections.get("acme"))).toBe("key-2");
});

test("an interrupted login stores nothing, audits the failure and throws the reason", async () => {
  const { login, connections, events, ends, broker, conversations } =
    await scene(keyProvider());
  const controller = new AbortController();
  const reason = new AuthsomeError("Interrupted", "Interrupted");
  const inner = conversations();
  const interrupted = runLogin(broker, {
    provider: "acme",
    signal: controller.signal,
  }, {
    browser: true,
    open: (request) => ({
      ...inner.open(request),
      askSecrets: ({ fields }) => {
        // The answer comes at the same moment as Ctrl-C.
        controller.abort(reason);
        return Promise.resolve(
          Object.fromEntries(fields.map((f) => [f, new Secret("x")])),
        );
      },
    }),
  });
  await expect(interrupted).rejects.toBe(reason);
  expect(await connections.names()).toEqual([]);
  expect(events).toMatchObject([{ ok: false, reason: "Interrupted" }]);
  expect(ends).toMatchObject([{ kind: "failed" }]);
  await login();
});

test("the stored client is reused; --reset-client and another --client-id ask again and replace it", async () => {
  const { broker, conversations, connections } = await scene(oauthProvider());
  const run = (options: Partial<LoginOptions>, client?: Client) => {
    const { requests, load } = fakeFlow(client);
    return runLogin(
      broker,
      { provider: "acme", force: true, ...options },
      conversations(),
      load,
    ).then(() => requests[0]!);
  };
  const typed = (clientId: string): Client => ({
    provider: "acme",
    revision: 0,
    clientId,
  });
  expect((await run({}, typed("one"))).client).toBe(undefined);
  expect((await run({})).client?.clientId).toBe("one");
  expect((await run({ clientId: "one" })).client?.clientId).toBe("one");
  expect((await run({ clientId: "two" }, typed("two"))).client).toBe(undefined);
  expect((await run({ resetClient: true }, typed("three"))).client)
    .toBe(undefined);
  expect((await connections.client("acme"))?.clientId).toBe("three");
});

test("a client from the provider's variables is used and kept", async () => {
  const { broker, conversations, connections } = await scene(
    oauthProvider({
      client: { client_id_env: "ACME_ID", client_secret_env: "ACME_SECRET" },
    }),
    { ACME_ID: "from-env", ACME_SECRET: "shh" },
  );
  const { requests, load } = fakeFlow();
  await runLogin(broker, { provider: "acme" }, conversations(), load);
  expect(requests[0]!.client?.clientId).toBe("from-env");
  const kept = await connections.client("acme");
  expect([kept?.clientId, kept?.clientSecret?.reveal()])
    .toEqual(["from-env", "shh"]);
});

test("the device code takes the place of a redirect where no page can be opened", async () => {
  const provider = oauthProvider({
    oauth: {
      authorization_url: "https://acme.test/authorize",
      supports_device_code: true,
    },
  });
  for (
    const [browser, flow] of [[true, "pkce"], [false, "device_code"]] as const
  ) {
    const { broker, conversations, asked } = await scene(provider);
    await runLogin(
      broker,
      { provider: "acme" },
      conversations(browser),
      fakeFlow().load,
    );
    expect(asked).toEqual([flow]);
  }
});

test("a flow that the provider has not is refused by name", async () => {
  const { login } = await scene(keyProvider());
  await expect(login({ flow: "pkce" })).rejects.toMatchObject({
    code: "OperationNotAllowed",
    hint: "authsome login acme --flow api_key",
  });
  await expect(login({ flow: "toString" })).rejects.toMatchObject({
    code: "Usage",
  });
});

test("a tenant is an https URL, for providers that have tenants", async () => {
  const tenants = oauthProvider({
    api_url: "{base_url_host}",
    oauth: { token_url: "{base_url}/token", authorization_url: "{base_url}/a" },
  });
  const { broker, conversations } = await scene(tenants);
  for (
    const baseUrl of [
      "http://a.test",
      "file:///etc",
      "a.test",
      "https://u:p@a.test",
      "https://a.test/?q",
    ]
  ) {
    await expect(
      runLogin(broker, { provider: "acme", baseUrl }, conversations()),
    ).rejects.toMatchObject({ code: "Usage" });
  }
  const made = await runLogin(
    broker,
    { provider: "acme", baseUrl: "https://a.test/" },
    conversations(),
    fakeFlow().load,
  );
  expect(made.baseUrl).toBe("https://a.test");
  const plain = await scene(keyProvider());
  await expect(plain.login({ baseUrl: "https://a.test" })).rejects
    .toMatchObject({ code: "Usage" });
});

test("an address of one's own is asked for where nothing works without it; without a terminal the flag is named", async () => {
  const { broker, conversations } = await scene(oauthProvider({
    api_url: "{base_url_host}",
    oauth: { token_url: "{base_url}/token", authorization_url: "{base_url}/a" },
  }));
  const { requests, load } = fakeFlow();
  await expect(
    runLogin(broker, { provider: "acme" }, conversations(), load),
  ).rejects.toMatchObject({
    code: "Usage",
    hint: "authsome login acme --base-url https://…",
  });
  const problems: (string | undefined)[] = [];
  await runLogin(broker, { provider: "acme" }, {
    ...conversations(),
    askBaseUrl: ({ check }) => {
      problems.push(check("http://a.test"), check("https://a.test/"));
      return Promise.resolve("https://a.test/");
    },
  }, load);
  expect(problems).toEqual(["it is not https", undefined]);
  expect(requests.map(({ baseUrl }) => baseUrl)).toEqual(["https://a.test"]);
  // From then on it is known.
  await runLogin(
    broker,
    { provider: "acme", force: true },
    conversations(),
    load,
  );
  expect(requests.at(-1)?.baseUrl).toBe("https://a.test");
});

test("a typed client is kept although the authorization fails, unless the server does not know it", async () => {
  const { broker, conversations, connections, ends } = await scene(
    oauthProvider(),
  );
  const said = () => (ends.at(-1) as { kept?: unknown }).kept;
  const fails = (clientId: string, error: unknown, options = {}) =>
    expect(runLogin(
      broker,
      { provider: "acme", ...options },
      conversations(),
      () =>
        Promise.resolve({
          async run({ client, keepClient }: FlowRequest) {
            seen.push(client?.clientId);
            if (!client) {
              await keepClient?.({ provider: "acme", revision: 0, clientId });
            }
            throw error;
          },
        }),
    )).rejects.toBe(error);
  const seen: (string | undefined)[] = [];
  const kept = async () => (await connections.client("acme"))?.clientId;
  const unknown = new OAuthError("acme", "log in", {
    error: "invalid_client",
    status: 401,
  });
  const denied = new OAuthError("acme", "log in", {
    error: "access_denied",
    status: 400,
  });
  await fails("wrong", unknown);
  expect(await kept()).toBe(undefined);
  expect(said()).toEqual({ client: false, connection: false });
  await fails("one", denied);
  expect(await kept()).toBe("one");
  expect(said()).toEqual({ client: true, connection: false });
  // One that was there before this login may be what connections are refreshed with.
  await fails("two", denied, { resetClient: true });
  await fails("three", unknown, { clientId: "three" });
  await fails("four", unknown);
  expect(await kept()).toBe("one");
  expect(said()).toEqual({ client: false, connection: false });
  expect(seen).toEqual([undefined, undefined, undefined, undefined, "one"]);
  const { load } = fakeFlow();
  await runLogin(broker, { provider: "acme" }, conversations(), load);
  expect(await kept()).toBe("one");
  // The connection that is there stays.
  await fails("five", denied, { force: true });
  expect(said()).toEqual({ client: false, connection: true });
});

test("a redirect URI that may be refused is said before the page opens, with what to do, until it has worked", async () => {
  const provider = oauthProvider({
    oauth: {
      redirect_rules: "localhost",
      redirect_instead: "Add it in the manifest.",
    },
    client: { client_id_env: "ACME_CLIENT_ID" },
  });
  const { broker, conversations } = await scene(provider, {
    ACME_CLIENT_ID: "id",
  });
  const said = async () => {
    const heard: string[] = [];
    const inner = conversations();
    const { load } = fakeFlow();
    await runLogin(broker, { provider: "acme", force: true }, {
      browser: true,
      open: (request) => ({
        ...inner.open(request),
        say: (message) => heard.push(message),
      }),
    }, load);
    return heard.join("\n");
  };
  expect(await said()).toContain(
    "only redirect URIs with the host name localhost, so it may refuse this one. Add it in the manifest.",
  );
  expect(await said()).not.toContain("localhost");
});
