// Minting again, against a fake that counts: once for each expiry, and the source goes nowhere else.
import { expect } from "expect";
import { test } from "node:test";
import { exportVariables } from "../../lib/connection/export_variables.ts";
import {
  type Connection,
  isRenewable,
  statusOf,
} from "../../lib/connection/connection.ts";
import { Connections } from "../../lib/connection/connections.ts";
import {
  decodeConnection,
  encodeConnection,
} from "../../lib/connection/record.ts";
import { ensureFresh } from "../../lib/connection/refresh/refresh.ts";
import { refreshObstacle } from "../../lib/connection/refresh/refresh_obstacle.ts";
import { fieldsOf, secretValues } from "../../lib/connection/secret_fields.ts";
import { withheld } from "../../lib/connection/withheld.ts";
import { fileKeyring } from "../../lib/host/vault/keyring_file.ts";
import { openSqliteStore } from "../../lib/host/vault/sqlite_store.ts";
import { Secret } from "../../lib/secret.ts";
import { Vault } from "../../lib/vault/vault.ts";
import { withHome } from "../support/home.ts";
import { moduleCommand, processOf } from "../support/program.ts";
import {
  type TokenService,
  withTokenService,
} from "../support/servers/fake_token_service.ts";

const WORKER =
  new URL("../support/workers/refresh_worker.ts", import.meta.url).pathname;

/** A home with a connection that expired a second ago. */
async function withConnection(
  body: (
    parts: Awaited<ReturnType<typeof setUp>> & { service: TokenService },
  ) => Promise<void>,
): Promise<void> {
  await withTokenService((service) =>
    withHome(async (home) => {
      const parts = await setUp(home, service);
      try {
        await body({ ...parts, service });
      } finally {
        parts.store.close();
      }
    })
  );
}

async function setUp(home: string, service: TokenService) {
  const definition = service.exchange;
  await Deno.writeTextFile(
    `${home}/definition.json`,
    JSON.stringify(definition),
  );
  const store = openSqliteStore(`${home}/vault.db`);
  const vault = await Vault.open(store, fileKeyring(`${home}/master.key`));
  const clock = { now: () => Date.now() };
  const connections = new Connections(vault, "default", {
    now: () => Date.now() - 3_600_000,
  });
  const connection = await connections.save({
    provider: "acme",
    name: "default",
    revision: 0,
    credential: {
      type: "oauth2",
      accessToken: new Secret("old-token"),
      expiresAt: Date.now() - 1000,
      source: {
        username: new Secret("acme"),
        token: new Secret("dckr_pat_canary"),
      },
      scopes: [],
      requestedScopes: [],
      captured: { username: "acme" },
    },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  });
  const context = {
    vault,
    connections: new Connections(vault, "default", clock),
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
    sleep: (milliseconds: number) =>
      new Promise<void>((resolve) =>
        setTimeout(resolve, Math.min(milliseconds, 20))
      ),
  };
  return { home, store, connection, context };
}

async function lines(process: Deno.ChildProcess): Promise<unknown[]> {
  const { stdout, stderr } = await process.output();
  const errors = new TextDecoder().decode(stderr);
  if (errors.includes("error")) throw new Error(errors);
  return new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => JSON.parse(line));
}

test("8 processes with 4 requests each mint once", async () => {
  await withConnection(async ({ home, service, context }) => {
    // Long enough for the others to come and wait.
    service.delay = 1500;
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        lines(
          processOf(moduleCommand(WORKER, home, "4"), {
            stdout: "piped",
            stderr: "piped",
          }).spawn(),
        )),
    );
    expect(service.exchanges.length).toBe(1);
    expect(all.flat()).toEqual(
      Array.from({ length: 32 }, () => ({ token: "minted-1-token" })),
    );
    const stored = await context.connections.get("acme");
    expect(stored.credential.source!.token!.reveal()).toBe("dckr_pat_canary");
    // Fresh now, so nobody asks again.
    await ensureFresh(context, stored);
    expect(service.exchanges.length).toBe(1);
    await ensureFresh(context, stored, { force: true });
    expect(service.exchanges.length).toBe(2);
  });
});

test("a refused source is exit code 5, is left alone for a while, and mends itself", async () => {
  await withConnection(async ({ service, context, connection }) => {
    service.refusing = true;
    const failed = await ensureFresh(context, connection).catch((error) =>
      error
    );
    expect(failed).toMatchObject({ code: "RefreshFailed", exitCode: 5 });
    expect(`${failed.message} ${failed.hint} ${failed.cause}`).not.toContain(
      "canary",
    );
    await expect(ensureFresh(context, connection)).rejects.toMatchObject({
      code: "RefreshFailed",
    });
    expect(service.exchanges.length).toBe(1);
    expect(await refreshObstacle(context, connection)).toMatchObject({
      code: "RefreshFailed",
    });
    expect((await context.connections.get("acme")).state).toBe("connected");
    service.refusing = false;
    const later = { ...context, clock: { now: () => Date.now() + 60_000 } };
    expect(await refreshObstacle(later, connection)).toBeUndefined();
    const fresh = await ensureFresh(later, connection);
    expect(fieldsOf(fresh.credential).access_token!.reveal()).toBe(
      "minted-1-token",
    );
  });
});

test("a key that is refused today may be accepted tomorrow: the connection is not given up", async () => {
  await withConnection(async ({ service, context, connection }) => {
    const account = await context.connections.save({
      ...connection,
      credential: {
        ...connection.credential,
        source: { key_file: new Secret(JSON.stringify(service.keyFile)) },
      },
    });
    const own = {
      ...context,
      registry: {
        get: () =>
          Promise.resolve({
            definition: service.serviceAccount,
            source: "custom" as const,
            warnings: [],
          }),
      },
    };
    // Google says invalid_grant too when our clock is wrong.
    service.refusing = true;
    const failed = await ensureFresh(own, account).catch((error) => error);
    expect(failed).toMatchObject({ code: "RefreshFailed", exitCode: 5 });
    expect(`${failed.message} ${failed.cause}`).not.toMatch(/eyJ|PRIVATE KEY/);
    expect((await context.connections.get("acme")).state).toBe("connected");
    service.refusing = false;
    const later = { ...own, clock: { now: () => Date.now() + 60_000 } };
    const fresh = await ensureFresh(later, account);
    expect(fieldsOf(fresh.credential).access_token!.reveal()).toBe(
      "minted-1-token",
    );
  });
});

test("a connection that was logged out while it was minted stays out", async () => {
  await withConnection(async ({ service, context, connection }) => {
    service.delay = 300;
    const minting = ensureFresh(context, connection);
    while (service.exchanges.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await context.connections.discard("acme", "default");
    await expect(minting).rejects.toMatchObject({ code: "ConnectionNotFound" });
    expect(await context.connections.find("acme", "default")).toBeUndefined();
  });
});

test("a source is kept, and neither shown, exported nor handed out", async () => {
  await withConnection(({ service, connection }) => {
    const stored = decodeConnection(encodeConnection(connection), 1);
    expect(stored.credential.source!.token!.reveal()).toBe("dckr_pat_canary");
    expect(Object.keys(fieldsOf(stored.credential))).toEqual(["access_token"]);
    expect(Object.keys(exportVariables(service.exchange, stored))).toEqual([
      "ACME_TOKEN",
    ]);
    expect(withheld(stored).credential.source).toBeUndefined();
    expect(JSON.stringify(stored)).not.toContain("canary");
    expect(secretValues(stored.credential)).toContain("dckr_pat_canary");
    expect(isRenewable(stored.credential)).toBe(true);
    expect(statusOf(stored, Date.now())).toBe("connected");
    return Promise.resolve();
  });
});

test("keys of several fields are minted, expire and renew themselves like tokens", () => {
  const keys: Connection = {
    provider: "acme",
    name: "default",
    revision: 1,
    credential: {
      type: "api_key",
      fields: {
        access_key_id: new Secret("A"),
        secret_access_key: new Secret("S"),
      },
      expiresAt: 10,
      source: { role_arn: new Secret("arn") },
    },
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
  const stored = decodeConnection(encodeConnection(keys), 1);
  expect(stored.credential).toMatchObject({ expiresAt: 10 });
  expect(statusOf(stored, 20)).toBe("connected");
  const { source: _, ...credential } = stored.credential;
  expect(statusOf({ ...stored, credential }, 20)).toBe("expired");
  // A key that was pasted in its place has neither.
  const pasted = decodeConnection(
    encodeConnection({
      ...stored,
      credential: { type: "api_key", fields: { api_key: new Secret("K") } },
    }, encodeConnection(keys)),
    2,
  );
  expect(pasted.credential.expiresAt).toBeUndefined();
  expect(pasted.credential.source).toBeUndefined();
});
