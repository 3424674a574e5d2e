/** Ends access at the provider, then here. @module */
import {
  revokeConnection,
  type RevokeOutcome,
  revokeProvider,
} from "../../connection/revoke_connection.ts";
import { sleep } from "../../login/sleep.ts";
import { nothingToEnd } from "./nothing_to_end.ts";
import type { Broker } from "../broker.ts";

/** What became of each connection. */
export interface RevokedAccess {
  /** What the provider could not be notified of is in the outcomes. */
  outcomes: RevokeOutcome[];
  /** Whether an OAuth client was deleted too. */
  deletedClient: boolean;
}

/** What {@linkcode revokeAccess} would end. */
export interface AccessToRevoke {
  connections: string[];
  deletesClient: boolean;
  /** Whether a login alone brings it back: one connection of a client that registered itself. */
  isRestorable: boolean;
}

/**
 * What there is to revoke: the connection `name`, or without it all of them and the client. Nothing is changed.
 *
 * @throws {AuthsomeError} as {@linkcode revokeAccess}.
 */
export async function accessToRevoke(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<AccessToRevoke> {
  const { connections, registry } = broker;
  const { definition } = await registry.get(provider);
  const names = (await connections.names(provider)).map(({ name }) => name);
  const deletesClient = name === undefined &&
    (await connections.clientProviders()).includes(provider);
  const isThere = name === undefined
    ? names.length > 0 || deletesClient
    : names.includes(name);
  if (!isThere) {
    const missing = name ?? await connections.defaultName(provider);
    throw await nothingToEnd(broker, "revoke", provider, missing);
  }
  const ended = name === undefined ? names : [name];
  return {
    connections: ended,
    deletesClient,
    isRestorable: definition.flow === "dcr_pkce" && ended.length === 1 &&
      (await connections.clients(provider)).every(({ redirectUri }) =>
        redirectUri !== undefined
      ),
  };
}

/**
 * Tells the provider to end the access and deletes it here: the connection `name`, or without it all of them and the
 * client.
 *
 * @throws {AuthsomeError} `ProviderNotFound`; `ConnectionNotFound` if there is nothing to revoke.
 */
export async function revokeAccess(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<RevokedAccess> {
  const { connections, registry, fetch, clock, audit } = broker;
  const { deletesClient } = await accessToRevoke(broker, provider, name);
  const context = {
    vault: await broker.vault(),
    connections,
    registry,
    fetch,
    clock,
    sleep,
    audit,
    references: () => broker.references(),
    ...await broker.neighbours(),
  };
  const outcomes = name === undefined
    ? await revokeProvider(context, provider)
    : [await revokeConnection(context, provider, name)];
  await broker.forgetReadings();
  return { outcomes, deletedClient: deletesClient };
}
