// Refreshing against the real authorization server, whose refresh tokens rotate and whose grants die of reuse.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { type Connection, statusOf } from "../../lib/connection/connection.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { ensureFresh, refresh } from "../../lib/connection/refresh/refresh.ts";
import { LEASE_MS } from "../../lib/connection/refresh/refresh_lease.ts";
import { flow } from "../../lib/login/flows/authorization_code.ts";
import type { Fetch } from "../../lib/ports/net.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import {
  type AuthorizationServer,
  CLIENTS,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import { withFakeServer } from "../support/servers/fake_authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";

const WORKER =
  new URL("../support/workers/refresh_worker.ts", import.meta.url).pathname;

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer();
});
after(() => server.close());

/** A home with one connection, logged in for real, whose access token expires in `expiresIn` milliseconds. */
async function withConnection(
  body: (
    parts: Awaited<ReturnType<typeof setUp>>,
  ) => Promise<void>,
  expiresIn = -1000,
): Promise<void> {
  await withHome(async (home) => {
    const parts = await setUp(home, expiresIn);
    try {
      await body(parts);
    } finally {
      parts.store.close();
    }
  });
}

async function setUp(home: string, expiresIn: number) {
  server.beforeToken = async () => {};
  server.afterToken = async () => {};
  const definition = server.definition();
  await Deno.writeTextFile(
    `${home}/definition.json`,
    JSON.stringify(definition),
  );
  const store = openSqliteStore(`${home}/vault.db`);
  const vault = await Vault.open(store, fileKeyring(`${home}/master.key`));
  const clock = { skew: 0, now: () => Date.now() + clock.skew };
  const connections = new Connections(vault, "default", clock);
  const { credential, client } = await flow.run(flowRequest(definition, {
    client: CLIENTS.public,
    person: async (url) => [await server.consent(url)],
  }));
  await connections.saveClient(client!);
  // Issued an hour before it expires.
  clock.skew = expiresIn - 3_600_000;
  const connection = await connections.save({
    provider: "acme",
    name: "default",
    revision: 0,
    credential: {
      ...credential as OAuth2Credential,
      expiresAt: Date.now() + expiresIn,
    },
    state: "connected",
    account: "@alice",
    verifiedAt: 1,
    createdAt: 1,
    updatedAt: 1,
  });
  clock.skew = 0;
  server.tokenRequests.length = 0;
  const context = {
    vault,
    connections,
    registry: {
      get: () =>
        Promise.resolve({
          definition: definition as ProviderDefinition,
          source: "custom" as const,
          warnings: [],
        }),
    },
    fetch: ((input, init) => fetch(input, init)) as Fetch,
    clock,
    sleep: (milliseconds: number) =>
      new Promise<void>((resolve) =>
        setTimeout(resolve, Math.min(milliseconds, 20))
      ),
  };
  return { home, store, vault, clock, connections, connection, context };
}

function tokens(connection: Connection | undefined) {
  const credential = connection?.credential as OAuth2Credential;
  return {
    access: credential.accessToken.reveal(),
    refresh: credential.refreshToken?.reveal(),
  };
}

function worker(...args: string[]): Deno.ChildProcess {
  return processOf(moduleCommand(WORKER, ...args), {
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outputs(process: Deno.ChildProcess): Promise<unknown[]> {
  const { stdout, stderr } = await process.output();
  const errors = new TextDecoder().decode(stderr);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  if (errors.includes("error")) throw new Error(errors);
  return lines.map((line) => JSON.parse(line));
}

test("50 processes with 4 requests each cause one token request, and the grant survives", async () => {
  await withConnection(async ({ home, connections }) => {
    // Long enough for the others to come and wait.
    server.beforeToken = () =>
      new Promise((resolve) => setTimeout(resolve, 2000));
    const all = await Promise.all(
      Array.from({ length: 50 }, () => outputs(worker(home, "4"))),
    );
    const stored = await connections.get("acme");
    expect(server.tokenRequests).toEqual([
      { grantType: "refresh_token", status: 200 },
    ]);
    const got = all.flat();
    expect(got.length).toBe(200);
    expect(new Set(got.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify({ token: tokens(stored).access })]),
    );
    expect(await server.accepts(tokens(stored).access)).toBe(true);
    // The refresh token that was stored works in its turn: no process used the old one twice.
    server.beforeToken = async () => {};
    const [again] = await outputs(worker(home, "1", "3600000"));
    expect(again).toMatchObject({ token: expect.any(String) });
    expect(server.tokenRequests.map(({ status }) => status)).toEqual([
      200,
      200,
    ]);
  });
});

/** Starts a refresh and kills its process at `step`. */
async function killAt(step: string, home: string): Promise<void> {
  const victim = worker(home, "1", "0", step);
  const reader = victim.stdout.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toContain("here");
  victim.kill("SIGKILL");
  await reader.cancel();
  await victim.stderr.cancel();
  await victim.status;
}

for (const step of ["before the answer is read", "before the save"]) {
  test(`a process killed ${step}, after the server's rotation: one more request, then a login is asked for, and never a loop`, async () => {
    await withConnection(async ({ home, connections, connection }) => {
      await killAt(step, home);
      expect(server.tokenRequests.length).toBe(1);
      expect(tokens(await connections.get("acme"))).toEqual(tokens(connection));
      // After the dead holder's lease.
      const skew = String(LEASE_MS + 1000);
      for (let start = 0; start < 3; start++) {
        expect(await outputs(worker(home, "3", skew))).toEqual(
          Array(3).fill({
            code: "CredentialExpired",
            hint: "authsome login acme --force",
          }),
        );
      }
      expect(server.tokenRequests.map(({ status }) => status)).toEqual([
        200,
        400,
      ]);
      expect((await connections.get("acme")).state).toBe("invalid");
    });
  });
}

test("a process killed before the request: the next start refreshes", async () => {
  await withConnection(async ({ home, connections }) => {
    await killAt("before the request", home);
    expect(server.tokenRequests).toEqual([]);
    const got = await outputs(worker(home, "3", String(LEASE_MS + 1000)));
    const { access } = tokens(await connections.get("acme"));
    expect(got).toEqual(Array(3).fill({ token: access }));
    expect(server.tokenRequests.map(({ status }) => status)).toEqual([200]);
  });
});

test("a process killed after the save: the next start has the new token at once, without a request", async () => {
  await withConnection(async ({ home, connections }) => {
    await killAt("before the lease is given back", home);
    const { access } = tokens(await connections.get("acme"));
    expect(await outputs(worker(home, "3"))).toEqual(
      Array(3).fill({ token: access }),
    );
    expect(await server.accepts(access)).toBe(true);
    expect(server.tokenRequests.length).toBe(1);
    // The dead holder's lease does not keep the next refresh from its turn.
    const [later] = await outputs(worker(home, "1", "3600000"));
    expect(later).toMatchObject({ token: expect.any(String) });
    expect(server.tokenRequests.map(({ status }) => status)).toEqual([
      200,
      200,
    ]);
  });
});

test("a token that is not due is given out without a look at the vault or the network", async () => {
  await withConnection(async ({ context, connection }) => {
    const nothing = new Proxy({}, {
      get() {
        throw new Error("touched");
      },
    });
    expect(
      await ensureFresh(
        { ...context, vault: nothing, connections: nothing } as never,
        connection,
      ),
    ).toBe(connection);
  }, 3_600_000);
});

test("300 seconds before its expiry a token is refreshed; the new one is stored before it is given out", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    const fresh = await ensureFresh(context, connection);
    expect(fresh.revision > connection.revision).toBe(true);
    expect(tokens(await connections.get("acme"))).toEqual(tokens(fresh));
    expect(tokens(fresh).access).not.toBe(tokens(connection).access);
    expect(tokens(fresh).refresh).not.toBe(tokens(connection).refresh);
    expect(await server.accepts(tokens(fresh).access)).toBe(true);
    expect(await context.vault.keys("profile/default/lease/")).toEqual([]);
    // Who still holds the old connection gets the new one without a request.
    expect(tokens(await ensureFresh(context, connection))).toEqual(
      tokens(fresh),
    );
    expect(server.tokenRequests.length).toBe(1);
  }, 299_000);
});

test("forced, a token is refreshed once for all callers that saw it rejected", async () => {
  await withConnection(async ({ context, connection }) => {
    const outcomes = await Promise.all(
      Array.from(
        { length: 10 },
        () => ensureFresh(context, connection, { force: true }),
      ),
    );
    expect(new Set(outcomes.map((fresh) => tokens(fresh).access)).size).toBe(1);
    expect(server.tokenRequests.length).toBe(1);
  }, 3_600_000);
});

test("a logout during the refresh wins: nothing is written", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    server.afterToken = async () => {
      await connections.discard("acme", "default");
    };
    expect(await refresh(context, connection)).toEqual({
      kind: "superseded",
      connection: undefined,
    });
    expect(await connections.find("acme", "default")).toBeUndefined();
    await expect(ensureFresh(context, connection)).rejects.toMatchObject({
      code: "ConnectionNotFound",
    });
  });
});

test("a new login during the refresh wins: its tokens stay", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    server.afterToken = async () => {
      await connections.save({
        ...connection,
        credential: {
          ...connection.credential as OAuth2Credential,
          accessToken: new Secret("new-login"),
          refreshToken: new Secret("new-refresh"),
          expiresAt: Date.now() + 3_600_000,
        },
      });
    };
    expect(await refresh(context, connection)).toMatchObject({
      kind: "superseded",
    });
    expect(tokens(await connections.get("acme"))).toEqual({
      access: "new-login",
      refresh: "new-refresh",
    });
  });
});

test("a record that was only rewritten during the refresh does not cost the new tokens", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    server.afterToken = async () => {
      await connections.save(connection);
    };
    const outcome = await refresh(context, connection);
    expect(outcome.kind).toBe("refreshed");
    const stored = tokens(await connections.get("acme"));
    expect(stored.refresh).not.toBe(tokens(connection).refresh);
    expect(await server.accepts(stored.access)).toBe(true);
  });
});

test("who loses the race to a process without a lease reads again before it gives up", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    // Another authsome has used the refresh token; its save comes while we are told so.
    const other = await fetch(`${server.issuer}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        client_id: "public",
        refresh_token: tokens(connection).refresh!,
      }),
    });
    const issued = await other.json();
    server.afterToken = async () => {
      await connections.save({
        ...connection,
        credential: {
          ...connection.credential as OAuth2Credential,
          accessToken: new Secret(issued.access_token),
          refreshToken: new Secret(issued.refresh_token),
          expiresAt: Date.now() + 3_600_000,
        },
      });
    };
    const fresh = await ensureFresh(context, connection);
    expect(tokens(fresh).access).toBe(issued.access_token);
    expect((await connections.get("acme")).state).toBe("connected");
  });
});

test("what the last holder stored just before the lease was taken is seen", async () => {
  await withConnection(async ({ context, connection, connections, vault }) => {
    const late = {
      get: vault.get.bind(vault),
      delete: vault.delete.bind(vault),
      revision: vault.revision.bind(vault),
      put: async (...args: Parameters<typeof vault.put>) => {
        await connections.save({
          ...connection,
          credential: {
            ...connection.credential as OAuth2Credential,
            expiresAt: Date.now() + 3_600_000,
          },
        });
        return await vault.put(...args);
      },
    };
    expect(await refresh({ ...context, vault: late }, connection))
      .toMatchObject({ kind: "superseded" });
    expect(server.tokenRequests).toEqual([]);
    expect(await vault.keys("profile/default/lease/")).toEqual([]);
  });
});

test("a connection made with client credentials gets its next token the same way", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    const definition = server.definition({
      flow: "client_credentials",
      oauth: {
        token_url: `${server.issuer}/token`,
        token_auth_method: "client_secret_basic",
      },
    });
    const registry = {
      get: () =>
        Promise.resolve({
          definition,
          source: "custom" as const,
          warnings: [],
        }),
    };
    await connections.deleteClient("acme");
    await connections.saveClient({
      provider: "acme",
      revision: 0,
      clientId: CLIENTS.basic.clientId,
      clientSecret: new Secret(CLIENTS.basic.clientSecret),
    });
    const { refreshToken: _, ...rest } = connection
      .credential as OAuth2Credential;
    const machine = await connections.save({
      ...connection,
      credential: { ...rest, scopes: [], requestedScopes: [] },
    });
    const fresh = await ensureFresh({ ...context, registry }, machine);
    expect(tokens(fresh).access).not.toBe(tokens(machine).access);
    expect(server.tokenRequests).toEqual([
      { grantType: "client_credentials", status: 200 },
    ]);
  });
});

test("a token that is exchanged for the next is so in the last quarter of its life, and never after", async () => {
  const day = 86_400_000;
  await withFakeServer({
    "/token": () =>
      Response.json({ access_token: "next", expires_in: 60 * 86_400 }),
  }, async ({ origin, seen }) => {
    await withConnection(
      async ({ context, connection, connections, clock }) => {
        const definition = server.definition({
          oauth: {
            token_url: `${origin}/token`,
            token_exchange: { grant_type: "again", token_param: "old" },
          },
        });
        const registry = {
          get: () =>
            Promise.resolve({
              definition,
              source: "custom" as const,
              warnings: [],
            }),
        };
        const { refreshToken: _, ...rest } = connection
          .credential as OAuth2Credential;
        const first = await connections.save({
          ...connection,
          credential: {
            ...rest,
            accessToken: new Secret("first"),
            grantType: "token_exchange",
            expiresAt: clock.now() + 60 * day,
          },
        });
        const read = async () => (await connections.find("acme", "default"))!;
        const fresh = () =>
          read().then((now) => ensureFresh({ ...context, registry }, now));
        clock.skew = 44 * day;
        expect(tokens(await fresh()).access).toBe("first");
        expect(seen).toEqual([]);
        clock.skew = 46 * day;
        expect(statusOf(await read(), clock.now())).toBe("connected");
        expect(tokens(await fresh()).access).toBe("next");
        expect(Object.fromEntries(new URLSearchParams(seen[0]!.body))).toEqual({
          grant_type: "again",
          client_id: "public",
          old: "first",
        });
        const { credential } = await read() as { credential: OAuth2Credential };
        expect(credential.grantType).toBe("token_exchange");
        expect(credential.expiresAt).toBeGreaterThan(clock.now() + 59 * day);
        clock.skew = 107 * day;
        expect(statusOf(await read(), clock.now())).toBe("expired");
        expect(first.revision).toBeLessThan((await read()).revision);
      },
    );
  });
});

test("without a refresh token an expired connection needs a login, and a token that still works is used", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    const { refreshToken: _, ...rest } = connection
      .credential as OAuth2Credential;
    const without = await connections.save({ ...connection, credential: rest });
    expect(await refresh(context, without)).toMatchObject({
      kind: "no_refresh_token",
    });
    await expect(ensureFresh(context, without)).rejects.toMatchObject({
      code: "CredentialExpired",
      exitCode: 5,
      hint: "authsome login acme --force",
    });
    const soon = await connections.save({
      ...without,
      credential: { ...rest, expiresAt: Date.now() + 100_000 },
    });
    expect(await ensureFresh(context, soon)).toMatchObject({
      revision: soon.revision,
    });
    expect(server.tokenRequests).toEqual([]);
  });
});

test("a client that was deleted, or of another tenant, is not sent", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    const client = (await connections.client("acme"))!;
    await connections.saveClient({
      ...client,
      baseUrl: "https://other.example.com",
    });
    for (let round = 0; round < 2; round++) {
      await expect(ensureFresh(context, connection)).rejects.toMatchObject({
        code: "CredentialMissing",
        hint: "authsome login acme --force",
      });
      await connections.deleteClient("acme");
    }
    expect(server.tokenRequests).toEqual([]);
    expect(await context.vault.keys("profile/default/lease/")).toEqual([]);
  });
});

test("tokens are refreshed by the client that they were issued to, though another has taken its place", async () => {
  await withConnection(async ({ context, connection, connections }) => {
    const named = await connections.save({
      ...connection,
      credential: {
        ...connection.credential as OAuth2Credential,
        clientId: "public",
      },
    });
    const client = (await connections.client("acme"))!;
    await connections.saveClient({ ...client, clientId: "another" });
    const fresh = await ensureFresh(context, named);
    expect(await server.accepts(tokens(fresh).access)).toBe(true);
    expect(server.tokenRequests.map(({ status }) => status)).toEqual([200]);
    // And by no other.
    await connections.deleteClient("acme");
    await connections.saveClient({
      provider: "acme",
      revision: 0,
      clientId: "another",
    });
    await expect(ensureFresh(context, fresh, { force: true })).rejects
      .toMatchObject({ code: "CredentialMissing" });
    expect(server.tokenRequests.length).toBe(1);
  });
});

/** A context whose token endpoint answers as scripted; counts the requests. */
function scripted(
  context: Awaited<ReturnType<typeof setUp>>["context"],
  answers: (() => Response | Promise<Response>)[],
) {
  let requests = 0;
  const fake: Fetch = async () => {
    const answer = answers[Math.min(requests++, answers.length - 1)]!;
    return await answer();
  };
  return { context: { ...context, fetch: fake }, requests: () => requests };
}

const json = (body: unknown, status = 200, headers = {}) => () =>
  Response.json(body, { status, headers });

for (
  const [what, answer] of Object.entries({
    "HTTP 503": json({ error: "temporarily_unavailable" }, 503),
    "a page instead of JSON": () => new Response("<html>", { status: 200 }),
    "a lost connection": () => Promise.reject(new TypeError("reset")),
    "a refused client": json({ error: "invalid_client" }, 401),
    "invalid_grant from a broken server": json({ error: "invalid_grant" }, 500),
    "no token": json({}),
  })
) {
  test(`${what} keeps the old token until it expires, and the server is left in peace`, async () => {
    await withConnection(async (parts) => {
      const { connection, connections, clock } = parts;
      const { context, requests } = scripted(parts.context, [answer]);
      for (let round = 0; round < 20; round++) {
        const fresh = await ensureFresh(context, connection);
        expect(tokens(fresh)).toEqual(tokens(connection));
      }
      expect(requests()).toBe(1);
      // Longer and longer pauses: an hour of constant demand is at most about one request a minute.
      for (let second = 0; second < 3600; second += 10) {
        clock.skew = second * 1000;
        await ensureFresh(context, connection).catch(() => {});
      }
      expect(requests() > 10 && requests() < 70).toBe(true);
      await expect(ensureFresh(context, connection)).rejects.toMatchObject({
        code: "RefreshFailed",
        exitCode: 5,
      });
      expect((await connections.get("acme")).state).toBe("connected");
    }, 200_000);
  });
}

test("the server's Retry-After is kept, up to five minutes", async () => {
  await withConnection(async (parts) => {
    const { connection, clock } = parts;
    const { context, requests } = scripted(parts.context, [
      json({ error: "slow" }, 429, { "retry-after": "120" }),
      json({ error: "slow" }, 429, { "retry-after": "999999" }),
    ]);
    const after = async (seconds: number) => {
      clock.skew += seconds * 1000;
      await ensureFresh(context, connection).catch(() => {});
      return requests();
    };
    expect(await after(0)).toBe(1);
    expect(await after(115)).toBe(1);
    expect(await after(10)).toBe(2);
    expect(await after(290)).toBe(2);
    expect(await after(15)).toBe(3);
  });
});

for (
  const [what, body, status] of [
    ["invalid_grant", { error: "invalid_grant" }, 400],
    ["GitHub's, with HTTP 200", { error: "bad_refresh_token" }, 200],
    ["Atlassian's", {
      error: "unauthorized_client",
      error_description: "refresh_token is invalid",
    }, 403],
  ] as const
) {
  test(`a dead grant (${what}) is remembered: one request, then a login is asked for`, async () => {
    await withConnection(async (parts) => {
      const { connection, connections } = parts;
      const { context, requests } = scripted(parts.context, [
        json(body, status),
      ]);
      for (let round = 0; round < 3; round++) {
        await expect(ensureFresh(context, connection)).rejects.toMatchObject({
          code: "CredentialExpired",
          hint: "authsome login acme --force",
        });
      }
      expect(requests()).toBe(1);
      expect((await connections.get("acme")).state).toBe("invalid");
    }, 200_000);
  });
}

test("without a new refresh token the old one stays; new scopes and lifetimes are taken over", async () => {
  await withConnection(async (parts) => {
    const { context } = scripted(parts.context, [
      json({
        access_token: "second",
        token_type: "Bearer",
        expires_in: 60,
        scope: "read",
      }),
    ]);
    const fresh = await ensureFresh(context, parts.connection);
    expect(tokens(fresh)).toEqual({
      access: "second",
      refresh: tokens(parts.connection).refresh,
    });
    expect((fresh.credential as OAuth2Credential).scopes).toEqual(["read"]);
    // A short life is used up to three quarters, not refreshed at each request.
    expect(await ensureFresh(context, fresh)).toBe(fresh);
  });
});

test("an answer without a lifetime means that of the answers before, and a point in time counts as one", async () => {
  await withConnection(async (parts) => {
    const answers = [
      { expires_in: 7200 },
      {},
      { expires_at: Math.floor(Date.now() / 1000) + 600 },
      {},
    ];
    const { context } = scripted(
      parts.context,
      answers.map((answer, at) =>
        json({ access_token: `at-${at}`, token_type: "Bearer", ...answer })
      ),
    );
    let { connection } = parts;
    for (const seconds of [7200, 7200, 600, 600]) {
      const before = Date.now();
      connection = await ensureFresh(context, {
        ...connection,
        rejection: undefined,
      } as Connection, { force: true });
      const { expiresAt = 0 } = connection.credential;
      expect(Math.abs(expiresAt - before - seconds * 1000))
        .toBeLessThan(30_000);
    }
    // What is stored says it too.
    const stored = await parts.connections.get("acme", "default");
    expect(stored.credential).toMatchObject({
      lifetime: expect.any(Number),
      expiresAt: connection.credential.expiresAt,
    });
  });
});

test("a refresh goes to its own address with its own parameters, where the definition has them", async () => {
  await withFakeServer({
    "/refresh": () =>
      Response.json({ access_token: "second", token_type: "bearer" }),
  }, async ({ origin, seen }) => {
    await withConnection(async ({ context, connection }) => {
      const definition = server.definition();
      const registry = {
        get: () =>
          Promise.resolve({
            definition: {
              ...definition,
              oauth: {
                ...definition.oauth,
                refresh_url: `${origin}/refresh`,
                refresh_params: { refresh_token_expiry: "365" },
                token_params: { only: "at login" },
              },
            },
            source: "custom" as const,
            warnings: [],
          }),
      };
      const fresh = await ensureFresh({ ...context, registry }, connection);
      expect(tokens(fresh).access).toBe("second");
      expect(server.tokenRequests).toEqual([]);
      expect(
        seen.map(({ body }) => Object.fromEntries(new URLSearchParams(body))),
      )
        .toEqual([{
          grant_type: "refresh_token",
          client_id: "public",
          refresh_token: tokens(connection).refresh,
          refresh_token_expiry: "365",
        }]);
    });
  });
});

test("a refresh token quoted in an error stays out of every message and of the vault's reason", async () => {
  await withConnection(async (parts) => {
    const secret = tokens(parts.connection).refresh!;
    const { context } = scripted(parts.context, [
      json({ error: "odd", error_description: `bad token ${secret}` }, 400),
    ]);
    const outcome = await refresh(context, parts.connection);
    expect(outcome.kind).toBe("transient");
    const [key] = await parts.vault.keys("profile/default/lease/");
    const lease = await parts.vault.get(key!);
    const said = JSON.stringify(outcome) + lease!.text +
      await ensureFresh(context, parts.connection).catch((error) =>
        error.message
      );
    expect(said).toContain("[redacted]");
    expect(said).not.toContain(secret);
  });
});

test("a clock that jumps back leaves no lease standing for ever", async () => {
  await withConnection(async ({ context, clock, connection, vault }) => {
    clock.skew = 86_400_000;
    const { takeLease } = await import(
      "../../lib/connection/refresh/refresh_lease.ts"
    );
    const leases = { vault, clock, profile: "default" };
    expect((await takeLease(leases, connection)).kind).toBe("taken");
    expect((await takeLease(leases, connection)).kind).toBe("held");
    clock.skew = 0;
    expect((await refresh(context, connection)).kind).toBe("refreshed");
  });
});

test("a refresh keeps whose account it is, and asks nobody again", async () => {
  await withConnection(async ({ connection, context, connections }) => {
    const fresh = await ensureFresh(context, connection);
    expect([fresh.account, fresh.verifiedAt]).toEqual(["@alice", 1]);
    expect(tokens(fresh).access).not.toBe(tokens(connection).access);
    const kept = await connections.get("acme", "default");
    expect(kept.account).toBe("@alice");
  });
});
