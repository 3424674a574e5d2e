import { expect } from "expect";
import { test } from "node:test";
import { Broker } from "../../lib/broker/broker.ts";
import {
  type Connection,
  shownStatus,
} from "../../lib/connection/connection.ts";
import { takeLease } from "../../lib/connection/refresh/refresh_lease.ts";
import { Secret } from "../../lib/secret.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";

function stale(now: number, clientId: string): Connection {
  return {
    provider: "atlassian",
    name: "default",
    revision: 0,
    credential: {
      type: "oauth2",
      accessToken: new Secret("at"),
      refreshToken: new Secret("rt"),
      clientId,
      expiresAt: now - 1,
      scopes: [],
      requestedScopes: [],
      captured: {},
    },
    state: "connected",
    createdAt: now - 3_600_000,
    updatedAt: now - 3_600_000,
  };
}

test("a token that renews itself is connected without a time; while it cannot be refreshed it has expired", async () => {
  const runtime = memoryRuntime();
  await using broker = await Broker.open(runtime);
  const { clock } = runtime;
  const shown = (connection: Connection) =>
    shownStatus(connection, clock.time, (each) => broker.refreshObstacle(each));
  const connection = await broker.connections.save(
    stale(clock.time, "client-1"),
  );
  const { expiresAt } = connection.credential as { expiresAt?: number };

  // Its client is missing, then another.
  expect(await shown(connection)).toEqual({ status: "expired", expiresAt });
  await broker.connections.saveClient({
    provider: "atlassian",
    revision: 0,
    clientId: "client-1",
  });
  expect(await shown(connection)).toEqual({
    status: "connected",
    expiresAt: undefined,
  });
  expect(await shown(stale(clock.time, "another"))).toMatchObject({
    status: "expired",
  });
  expect(await broker.refreshObstacle(stale(clock.time, "another")))
    .toMatchObject({
      code: "CredentialMissing",
    });

  const attempt = await takeLease(
    { vault: await broker.vault(), clock, profile: "default" },
    connection,
  );
  if (attempt.kind !== "taken") throw new Error(attempt.kind);
  const retryAt = await attempt.lease.fail(connection.revision, "it is down");
  expect(await shown(connection)).toEqual({ status: "expired", expiresAt });
  expect(await broker.refreshObstacle(connection)).toMatchObject({
    code: "RefreshFailed",
    exitCode: 5,
  });
  clock.time = retryAt + 1;
  expect(await shown(connection)).toMatchObject({ status: "connected" });

  // What does not renew itself, or works, is not asked about.
  const { refreshToken: _, ...spent } = connection.credential as Extract<
    Connection["credential"],
    { type: "oauth2" }
  >;
  const never = () => Promise.reject(new Error("asked"));
  expect(
    await shownStatus({ ...connection, credential: spent }, clock.time, never),
  )
    .toEqual({ status: "expired", expiresAt });
  expect(await shownStatus(connection, expiresAt! - 1, never)).toEqual({
    status: "connected",
    expiresAt,
  });
  expect(
    await shownStatus({ ...connection, state: "revoked" }, clock.time, never),
  )
    .toMatchObject({ status: "revoked" });
});
