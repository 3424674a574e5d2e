/** Finds a connection by its provider and name. @module */
import type { Connection } from "../connection/connection.ts";
import { AuthsomeError } from "../errors.ts";
import { isProviderName } from "../provider/name.ts";
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

/** The connection as the library hands it out: of its credential, only what is no secret can be revealed. */
export async function handedConnection(
  broker: Pick<Broker, "registry">,
  connection: Connection,
): Promise<Connection> {
  const { withheld } = await import("../connection/withheld.ts");
  const handed = withheld(connection, await shownFields(broker, connection));
  if (!handed.references) return handed;
  const { shownReferences } = await import(
    "../connection/references/reference.ts"
  );
  return { ...handed, references: shownReferences(handed.references) };
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

/** The values of a credential's fields that are no secrets, as its definition says; without one, none is known. */
export async function shownFields(
  { registry }: Pick<Broker, "registry">,
  { provider, credential }: Connection,
): Promise<Record<string, string>> {
  // One field alone is a secret, and no definition needs to be loaded to say so.
  if (
    credential.type !== "api_key" || Object.keys(credential.fields).length < 2
  ) return {};
  try {
    const [{ publicFields }, { definition }] = await Promise.all([
      import("../provider/credential_fields.ts"),
      registry.get(provider),
    ]);
    return Object.fromEntries(
      Object.entries(credential.fields)
        .filter(([field]) => publicFields(definition).includes(field))
        .map(([field, value]) => [field, value.reveal()]),
    );
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return {};
  }
}
