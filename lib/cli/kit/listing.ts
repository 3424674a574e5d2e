/** Providers and connections as `list` and `inspect` show them. @module */
import type { Broker } from "../../broker/broker.ts";
import {
  type ConnectionStatus,
  shownStatus,
} from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import { rfc3339 } from "./time.ts";

/** A connection in `list --json`. */
export interface ListedConnection {
  connection_name: string;
  is_default: boolean;
  auth_type: "oauth2" | "api_key" | null;
  /** Whose it is; absent if the provider was not asked or did not say. */
  account?: string;
  status: ConnectionStatus;
  scopes: string[];
  /** RFC 3339; `null` when the provider said nothing, and when the token has expired and its next use refreshes it. */
  expires_at: string | null;
}

/** The connections of a provider; one whose record is damaged is shown as `invalid`. */
export async function listConnections(
  broker: Broker,
  provider: string,
): Promise<ListedConnection[]> {
  const { connections, clock } = broker;
  const names = await connections.names(provider);
  if (names.length === 0) return [];
  const defaultName = await connections.defaultName(provider);
  const listed: ListedConnection[] = [];
  for (const { name } of names) {
    const shape = { connection_name: name, is_default: name === defaultName };
    try {
      const connection = await connections.find(provider, name);
      if (!connection) continue;
      const { credential } = connection;
      const { status, expiresAt } = await shownStatus(
        connection,
        clock.now(),
        (stale) => broker.refreshObstacle(stale),
      );
      listed.push({
        ...shape,
        auth_type: credential.type,
        ...defined({ account: connection.account }),
        status,
        scopes: credential.type === "oauth2" ? credential.scopes : [],
        expires_at: expiresAt === undefined ? null : rfc3339(expiresAt),
      });
    } catch (error) {
      if (!(error instanceof AuthsomeError && error.code === "RecordCorrupt")) {
        throw error;
      }
      listed.push({
        ...shape,
        auth_type: null,
        status: "invalid",
        scopes: [],
        expires_at: null,
      });
    }
  }
  return listed;
}
