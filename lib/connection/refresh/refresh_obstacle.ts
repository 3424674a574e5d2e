/** Why a connection would not be refreshed now, found out without asking its provider. @module */
import { AuthsomeError } from "../../errors.ts";
import type { Connection } from "../connection.ts";
import type { RefreshContext } from "./refresh_context.ts";
import { noClient, refreshFailed } from "./refresh_error.ts";
import { refreshPause } from "./refresh_lease.ts";
import { isOfTenant } from "./refresh_under_lease.ts";

/** What is looked at. */
type ObstacleContext = Pick<RefreshContext, "vault" | "registry" | "clock"> & {
  connections: Pick<RefreshContext["connections"], "profile" | "client">;
};

/**
 * The error that a refresh would end with before it asks the provider: a refresh failed a moment ago, or its OAuth client
 * or its definition is missing; `undefined` if the provider would be asked.
 */
export async function refreshObstacle(
  { vault, registry, clock, connections }: ObstacleContext,
  connection: Connection,
): Promise<AuthsomeError | undefined> {
  const { provider, credential } = connection;
  const { profile } = connections;
  const pause = await refreshPause({ vault, clock, profile }, connection);
  if (pause) return refreshFailed(connection, pause);
  try {
    const { definition } = await registry.get(provider);
    if (credential.source) return undefined;
    const client = await connections.client(
      provider,
      ...credential.type === "oauth2"
        ? [credential.clientId, credential.issuer]
        : [],
    );
    return client && isOfTenant(definition, client, connection)
      ? undefined
      : noClient(connection);
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return error;
  }
}
