/** Deletes what is kept of a provider's OAuth clients. @module */
import type { Connections } from "../connections.ts";

/**
 * Deletes the client that a person gave for `provider`, and those that authsome registered for it and that serve no
 * other provider's connection. Says whether there was one.
 */
export async function deleteClients(
  connections: Pick<
    Connections,
    "names" | "find" | "deleteClient" | "registered"
  >,
  provider: string,
): Promise<boolean> {
  const deleted = await connections.deleteClient(provider);
  const read = (await connections.names()).map(({ provider, name }) =>
    // One that does not open is never refreshed.
    connections.find(provider, name).catch(() => undefined)
  );
  const left = (await Promise.all(read)).flatMap((each) => each ?? []);
  const registered = await connections.registered();
  return await registered.discardUnused(provider, left) || deleted;
}
