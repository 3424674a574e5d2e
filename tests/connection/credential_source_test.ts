import { expect } from "expect";
import { test } from "node:test";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import type {
  Connection,
  Credential,
} from "../../lib/connection/connection.ts";
import { Connections } from "../../lib/connection/connections.ts";
import {
  type Refresh,
  VaultCredentialSource,
} from "../../lib/connection/credential_source.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";

const NOW = 1_700_000_000_000;

function oauth(over: { expiresAt?: number; token?: string } = {}): Connection {
  const { expiresAt, token = "at-1" } = over;
  return {
    provider: "github",
    name: "default",
    revision: 0,
    credential: {
      type: "oauth2",
      accessToken: new Secret(token),
      refreshToken: new Secret("rt"),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      scopes: [],
      requestedScopes: [],
      captured: { account: "octocat" },
    },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
}

const REQUEST = {
  provider: "github",
  connection: "default",
  request: "GET api.github.com:443/user",
};

function tokenOf(credential: Credential): string {
  return credential.type === "oauth2" ? credential.accessToken.reveal() : "";
}

/** A source over a real vault, what it read from the store, and how often it refreshed. */
async function setUp(refresh?: Refresh) {
  const store = memoryStore();
  let reads = 0;
  const counting = new Proxy(store, {
    get(target, name) {
      if (name === "get") reads++;
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const key = crypto.getRandomValues(new Uint8Array(32));
  const vault = await Vault.open(counting, {
    read: () => Promise.resolve(key),
    create: () => Promise.resolve(),
  });
  const clock = { time: NOW, now: () => clock.time };
  const connections = new Connections(vault, "default", clock);
  /** The tokens that were refreshed. */
  const refreshed: string[] = [];
  const source = new VaultCredentialSource({
    connections,
    clock,
    refresh: refresh ?? (async (connection) => {
      refreshed.push(tokenOf(connection.credential));
      await Promise.resolve();
      const token = `at-${refreshed.length + 1}`;
      const { rejection, revision } = connection;
      return await connections.save({
        ...oauth({ token, expiresAt: clock.time + 3_600_000 }),
        revision,
        ...rejection ? { rejection: { ...rejection, state: "renewed" } } : {},
      });
    }),
  });
  const token = async () => {
    const result = await source.fresh("github", "default");
    return result.ok ? tokenOf(result.credential) : result.reason;
  };
  /** Tells that the API refused the token of the last request but `before`. */
  const reject = async (sent = REQUEST) => {
    const { connections: _, ...rest } = { connections, ...sent };
    const result = await source.fresh("github", "default");
    if (!result.ok) throw new Error(result.reason);
    return await source.rejected({ credential: result.credential, ...rest });
  };
  return {
    source,
    connections,
    clock,
    refreshed,
    token,
    reject,
    reads: () => reads,
  };
}

test("a credential is read once while nothing is written", async () => {
  const { source, connections, reads } = await setUp();
  await connections.saveClient({
    provider: "github",
    revision: 0,
    clientId: "id",
  });
  await connections.save(oauth());
  const first = await source.fresh("github", "default");
  expect(first).toMatchObject({
    ok: true,
    values: { account: "octocat", client_id: "id" },
  });
  const before = reads();
  for (let at = 0; at < 100; at++) {
    expect(await source.fresh("github", "default")).toEqual(first);
  }
  expect(reads()).toBe(before);
});

test("a logout, and a login after it, are seen by the next request", async () => {
  const { source, connections, token } = await setUp();
  const saved = await connections.save(oauth());
  expect(await token()).toBe("at-1");
  expect(await token()).toBe("at-1");
  await connections.delete(saved);
  expect(await source.fresh("github", "default")).toEqual({
    ok: false,
    reason: "credential_missing",
    status: 401,
    message: "Cannot find connection github/default",
    hint: "authsome login github",
  });
  await connections.save(oauth({ token: "new" }));
  expect(await token()).toBe("new");
});

test("a token is refreshed 300 seconds before its expiry, once for many requests", async () => {
  const { connections, clock, refreshed, token } = await setUp();
  clock.time = NOW - 3_300_000;
  await connections.save(oauth({ expiresAt: NOW + 300_001 }));
  clock.time = NOW;
  expect(await token()).toBe("at-1");
  expect(refreshed).toEqual([]);
  clock.time += 1;
  expect(new Set(await Promise.all(Array.from({ length: 50 }, token)))).toEqual(
    new Set(["at-2"]),
  );
  expect(refreshed).toEqual(["at-1"]);
  expect(await token()).toBe("at-2");
  expect(refreshed).toEqual(["at-1"]);
});

test("a token that lives for 5 minutes is used for most of them", async () => {
  const { connections, clock, refreshed, token } = await setUp();
  await connections.save(oauth({ expiresAt: NOW + 300_000 }));
  clock.time += 224_999;
  expect(await token()).toBe("at-1");
  expect(refreshed).toEqual([]);
  clock.time += 1;
  expect(await token()).toBe("at-2");
});

test("a rejected token is refreshed once, not again and again", async () => {
  const { connections, clock, refreshed, token, reject } = await setUp();
  await connections.save(oauth());
  expect(await reject()).toBe(true);
  expect(await token()).toBe("at-2");
  expect(refreshed).toEqual(["at-1"]);
  // The provider rejects the new ones too: a request in a while may try again, every request may not.
  let pause = 30_000;
  for (let refreshes = 1; refreshes < 7; refreshes++) {
    for (let at = 0; at < 10; at++) {
      expect(await reject()).toBe(false);
      expect(await token()).toBe(`at-${refreshes + 1}`);
    }
    clock.time += pause - 1;
    expect(await reject()).toBe(false);
    clock.time += 1;
    expect(await reject()).toBe(true);
    expect(await token()).toBe(`at-${refreshes + 2}`);
    pause = Math.min(2 * pause, 300_000);
  }
});

test("a server that starts anew again and again is followed, up to a limit", async () => {
  const { source, connections, clock, token, reject } = await setUp();
  await connections.save(oauth());
  const accept = async (request = REQUEST.request) => {
    const result = await source.fresh("github", "default");
    if (!result.ok) throw new Error(result.reason);
    source.accepted({ ...REQUEST, credential: result.credential, request });
    await source.settled();
  };
  for (let at = 2; at <= 6; at++) {
    expect(await reject()).toBe(true);
    expect(await token()).toBe(`at-${at}`);
    await accept();
  }
  // As often as that, it is no new start.
  expect(await reject()).toBe(false);
  clock.time += 30_000;
  expect(await reject()).toBe(true);
  expect(await token()).toBe("at-7");
  await accept();
  clock.time += 300_000;
  expect(await reject()).toBe(true);
  expect(await connections.get("github")).toMatchObject({
    rejection: { state: "refused", times: 1 },
  });
});

test("the mark is in the vault, so another process refreshes; an old answer marks no newer token", async () => {
  const { source, connections, clock, token, reject } = await setUp();
  await connections.save(oauth());
  const old = await connections.get("github");
  await reject();
  const other = new VaultCredentialSource({
    connections,
    clock,
    refresh: (connection) =>
      connections.save({
        ...connection,
        rejection: { ...connection.rejection!, state: "renewed" },
        credential: oauth({ token: "at-2" }).credential,
      }),
  });
  const result = await other.fresh("github", "default");
  expect(result).toMatchObject({ ok: true, doubted: REQUEST.request });
  const renewed = await connections.get("github");
  // Another one may be had: the one that came since.
  expect(await source.rejected({ ...REQUEST, credential: old.credential }))
    .toBe(true);
  expect(await connections.get("github")).toEqual(renewed);
  expect(await token()).toBe("at-2");
});

test("an API key, a dead connection and one that is gone are not marked", async () => {
  const { source, connections } = await setUp();
  const credential = {
    type: "api_key",
    fields: { api_key: new Secret("k") },
  } as const;
  const saved = await connections.save({ ...oauth(), credential });
  expect(await source.rejected({ ...REQUEST, credential })).toBe(false);
  expect(await connections.get("github")).toEqual(saved);
  const dead = await connections.save({
    ...oauth(),
    revision: saved.revision,
    state: "invalid",
  });
  const sent = { ...REQUEST, credential: dead.credential };
  expect(await source.rejected(sent)).toBe(false);
  await connections.delete(dead);
  expect(await source.rejected(sent)).toBe(false);
});

test("where a rejected token cannot be refreshed now, the API itself has the last word", async () => {
  const { connections, clock, token, reject } = await setUp(() =>
    Promise.reject(new AuthsomeError("RefreshFailed", "m", "h"))
  );
  await connections.save(oauth({ expiresAt: NOW + 3_600_000 }));
  clock.time = NOW - 10_800_000;
  await reject();
  expect(await token()).toBe("at-1");
  clock.time = NOW + 3_600_000;
  expect(await token()).toBe("refresh_failed");
});

test("a dead connection and each failure of a refresh have their status and hint", async () => {
  const { source, connections } = await setUp();
  for (const state of ["invalid", "revoked"] as const) {
    const found = await connections.find("github");
    await connections.save({
      ...oauth(),
      revision: found?.revision ?? 0,
      state,
    });
    expect(await source.fresh("github", "default")).toMatchObject({
      ok: false,
      reason: "credential_expired",
      status: 401,
      hint: "authsome login github --force",
    });
  }
  const failures: [unknown, string, number][] = [
    [
      new AuthsomeError("CredentialExpired", "m", "h"),
      "credential_expired",
      401,
    ],
    [new AuthsomeError("RefreshFailed", "m", "h"), "refresh_failed", 502],
    [new AuthsomeError("EndpointUnreachable", "m", "h"), "refresh_failed", 502],
    [new TypeError("canary"), "refresh_failed", 502],
  ];
  for (const [error, reason, status] of failures) {
    const { source, connections } = await setUp(() => Promise.reject(error));
    await connections.save(oauth({ expiresAt: NOW }));
    const result = await source.fresh("github", "default");
    expect(result).toMatchObject({ ok: false, reason, status });
    // What the child is told never holds the text of an unknown failure.
    expect(JSON.stringify(result)).not.toContain("canary");
    // A failure is not kept.
    expect(await source.fresh("github", "default")).toEqual(result);
  }
});

test("a logout during a read is not hidden by what was read", async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  const { connections, source, token } = await setUp(async (connection) => {
    await gate;
    return connection;
  });
  const saved = await connections.save(oauth({ expiresAt: NOW + 1_000 }));
  const slow = source.fresh("github", "default");
  await new Promise((resolve) => setTimeout(resolve, 0));
  await connections.delete(saved);
  release();
  await slow;
  expect(await token()).toBe("credential_missing");
});
