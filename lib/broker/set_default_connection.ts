/** Chooses the connection that is used when none is named. @module */
import type { Broker } from "./broker.ts";
import { checkProvider } from "./get_connection.ts";

/**
 * Makes `name` the default connection of `provider`.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`; `ProviderNotFound` if the provider has none and no definition.
 */
export async function setDefaultConnection(
  broker: Broker,
  provider: string,
  name: string,
): Promise<void> {
  await checkProvider(broker, provider);
  await broker.connections.setDefault(provider, name);
}
