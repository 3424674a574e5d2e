/** Providers and connections as `list` and `inspect` show them. @module */
import type { Broker } from "../../broker/broker.ts";
import {
  type Connection,
  type ConnectionStatus,
  shownStatus,
} from "../../connection/connection.ts";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import { isProviderName } from "../../provider/name.ts";
import type { Output } from "./output.ts";
import { rfc3339 } from "./time.ts";

/** A connection in `list --json`. */
export interface ListedConnection {
  connection_name: string;
  is_default: boolean;
  auth_type: "oauth2" | "api_key" | null;
  /** Whose it is; absent if the provider was not asked or did not say. */
  account?: string;
  /** Where its secrets are, by field, if they stay in a secret manager. */
  references?: Record<string, string>;
  status: ConnectionStatus;
  scopes: string[];
  /** RFC 3339; `null` when the provider said nothing, and when the token has expired and its next use refreshes it. */
  expires_at: string | null;
}

/**
 * The connections of a provider; one whose record is damaged is shown as `invalid`. If there are more than `most`, the
 * default one alone, and how many `more`.
 */
export async function listConnections(
  broker: Broker,
  provider: string,
  most = Infinity,
): Promise<{ listed: ListedConnection[]; more: number }> {
  const { connections, clock } = broker;
  const count = await connections.count(provider);
  if (count === 0) return { listed: [], more: 0 };
  const defaultName = await connections.defaultName(provider);
  const names = count > most
    ? [{ name: defaultName }]
    : await connections.names(provider);
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
        ...defined({
          account: connection.account,
          references: connection.references &&
            await shownSources(connection.references),
        }),
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
  return { listed, more: count - names.length };
}

/** References as they are shown; loaded for them alone. */
export async function shownSources(
  references: NonNullable<Connection["references"]>,
): Promise<Record<string, string>> {
  const { shownReferences } = await import(
    "../../connection/references/reference.ts"
  );
  return shownReferences(references);
}

/** The references of a connection as they are shown, or `undefined`; nothing is said of one that does not open. */
export async function referencesOf(
  { connections }: Pick<Broker, "connections">,
  provider: string,
  name?: string,
): Promise<Record<string, string> | undefined> {
  try {
    const found = isProviderName(provider)
      ? await connections.find(provider, name)
      : undefined;
    return found?.references && await shownSources(found.references);
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return undefined;
  }
}

/** Says after the end of a connection that what it referred to is as it was. */
export function sayWhereSecretsStay(
  output: Pick<Output, "say">,
  references: Readonly<Record<string, string>> | undefined,
): void {
  if (!references) return;
  output.say(
    `What it referred to was not changed: ${
      [...new Set(Object.values(references))].join(", ")
    }`,
  );
}
