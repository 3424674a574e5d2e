/** Finds a connection by its provider and name. @module */
import type { Connection } from "../connection/connection.ts";
import { defined } from "../object.ts";
import { isProviderName } from "../provider/name.ts";
import type { Secret } from "../secret.ts";
import type { Broker } from "./broker.ts";

type Source = Pick<Broker, "connections" | "registry">;

/**
 * The connection, or `undefined` if the provider has none of that name; without `name` its default one.
 *
 * @throws {AuthsomeError} `ProviderNotFound` if it has none and no definition.
 */
export async function findConnection(
  { connections, registry }: Source,
  provider: string,
  name?: string,
): Promise<Connection | undefined> {
  // Who is connected is known; only otherwise the definitions are loaded.
  const found = isProviderName(provider)
    ? await connections.find(provider, name)
    : undefined;
  if (!found) await registry.get(provider);
  return found;
}

/**
 * The connection; without `name` the provider's default one.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`; `ProviderNotFound` if the provider has none and no definition.
 */
export async function getConnection(
  broker: Source,
  provider: string,
  name?: string,
): Promise<Connection> {
  return await findConnection(broker, provider, name) ??
    await broker.connections.get(provider, name);
}

/**
 * Resolves if the provider has a connection here, or a definition: what was connected can be worked on, also when its
 * definition has gone.
 *
 * @throws {AuthsomeError} `ProviderNotFound`.
 */
export async function checkProvider(
  { connections, registry }: Source,
  provider: string,
): Promise<void> {
  const names = await connections.names(provider).catch(() => []);
  if (names.length === 0) await registry.get(provider);
}

/** The secrets of a connection by field. */
export function secretsOf({ credential }: Connection): Record<string, Secret> {
  if (credential.type === "api_key") return { ...credential.fields };
  return {
    access_token: credential.accessToken,
    ...defined({ refresh_token: credential.refreshToken }),
  };
}
