/** A connection whose token endpoint answers as scripted, for refreshes that go wrong. @module */
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { memoryStore } from "../../lib/host/vault/memory_store.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { Connections } from "../../lib/connection/connections.ts";
import { ensureFresh } from "../../lib/connection/refresh/refresh.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import {
  fakeDefinition,
  type Script,
  withFakeServer,
} from "./servers/fake_authorization_server.ts";

/** What a test of a refresh works with. */
export interface Refreshing {
  /** Uses the connection as it is stored now: the token, or the error. */
  use(): Promise<string | Error>;
  connections: Connections;
  vault: Vault;
  /** Milliseconds that the clock is ahead. */
  clock: { skew: number; now(): number };
  /** Requests to the token endpoint so far. */
  requests(): number;
  context: Parameters<typeof ensureFresh>[0];
}

/** Runs `body` with a connection `acme/default` whose access token has expired. */
export async function withRefreshing(
  script: Script,
  body: (refreshing: Refreshing) => Promise<void>,
  /** Where the vault is, and `definition.json` for `workers/refresh_worker.ts`; in memory without one. */
  home?: string,
): Promise<void> {
  await withFakeServer({ "/token": script }, async ({ origin, seen }) => {
    const definition = fakeDefinition(origin);
    if (home !== undefined) {
      await Deno.writeTextFile(
        `${home}/definition.json`,
        JSON.stringify(definition),
      );
    }
    const key = crypto.getRandomValues(new Uint8Array(32));
    const store = home === undefined
      ? memoryStore()
      : openSqliteStore(`${home}/vault.db`);
    const vault = await Vault.open(
      store,
      home === undefined
        ? {
          read: () => Promise.resolve(key),
          create: () => Promise.resolve(),
        }
        : fileKeyring(`${home}/master.key`),
    );
    const clock = { skew: -3_600_000, now: () => Date.now() + clock.skew };
    const connections = new Connections(vault, "default", clock);
    await connections.saveClient({
      provider: "acme",
      revision: 0,
      clientId: "id",
    });
    await connections.save({
      provider: "acme",
      name: "default",
      revision: 0,
      credential: {
        type: "oauth2",
        accessToken: new Secret("first-access"),
        refreshToken: new Secret("first-refresh"),
        expiresAt: Date.now() - 1000,
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
      state: "connected",
      createdAt: clock.now(),
      updatedAt: clock.now(),
    });
    clock.skew = 0;
    const context = {
      vault,
      connections,
      registry: {
        get: () =>
          Promise.resolve({
            definition,
            source: "custom" as const,
            warnings: [],
          }),
      },
      fetch,
      clock,
      sleep: () => Promise.resolve(),
    };
    const refreshing: Refreshing = {
      context,
      connections,
      vault,
      clock,
      requests: () => seen.length,
      use: async () => {
        try {
          const stored = await connections.get("acme");
          const { credential } = await ensureFresh(
            refreshing.context,
            stored,
          );
          return credential.type === "oauth2"
            ? credential.accessToken.reveal()
            : "";
        } catch (error) {
          return error as Error;
        }
      },
    };
    try {
      await body(refreshing);
    } finally {
      store.close();
    }
  });
}
