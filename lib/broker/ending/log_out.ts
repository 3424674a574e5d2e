/** Deletes a connection here. @module */
import type { Broker } from "../broker.ts";
import { checkProvider } from "../get_connection.ts";
import { nothingToEnd } from "./nothing_to_end.ts";

/**
 * Deletes one connection here, the default one without `name`; the provider is not notified.
 *
 * @returns the name of what was deleted.
 * @throws {AuthsomeError} `ConnectionNotFound`; `ProviderNotFound` if the provider has none and no definition.
 */
export async function logOut(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<string> {
  const { connections, audit, profile } = broker;
  await checkProvider(broker, provider);
  const connection = name ?? await connections.defaultName(provider);
  if (!await connections.discard(provider, connection)) {
    throw await nothingToEnd(broker, "logout", provider, connection);
  }
  await broker.forgetReadings();
  audit.record({ event: "logout", profile, provider, connection, ok: true });
  return connection;
}
