/** Uninstalls a definition and what belongs to it. @module */
import { deleteClients } from "../connection/clients/delete_clients.ts";
import type { Broker } from "./broker.ts";

/** What a removal did. */
export interface RemovedProvider {
  /** `reset` if a bundled definition takes its place. */
  result: "removed" | "reset";
  deletedClient: boolean;
}

/**
 * Names of the connections that go with the user's definition of `provider`. Nothing is deleted.
 *
 * @throws {AuthsomeError} `ProviderNotFound`; `OperationNotAllowed` for a bundled definition without a file over it.
 */
export async function connectionsToRemove(
  { connections, registry, runtime }: Broker,
  provider: string,
): Promise<string[]> {
  // Says what is wrong: not there, or bundled only.
  if (!(await runtime.definitionFiles.names()).includes(provider)) {
    await registry.remove(provider);
  }
  return (await connections.names(provider)).map(({ name }) => name);
}

/**
 * Deletes the user's definition of `provider`, these of its connections, its client and what was preferred.
 *
 * @throws {AuthsomeError} as {@linkcode connectionsToRemove}.
 */
export async function removeProvider(
  broker: Broker,
  provider: string,
  names: readonly string[],
): Promise<RemovedProvider> {
  const { connections, registry, preferences, audit, profile } = broker;
  const result = await registry.remove(provider);
  for (const name of names) await connections.discard(provider, name);
  await broker.forgetReadings();
  const deletedClient = await deleteClients(connections, provider);
  await preferences.forget(provider);
  audit.record({
    event: "remove",
    profile,
    provider,
    ok: true,
    detail: result,
  });
  return { result, deletedClient };
}
