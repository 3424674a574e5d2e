/** The keys of another connection, for what is minted with them. @module */
import type { Secret } from "../secret.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";
import { connectionNotFound } from "./connections.ts";

/** Reads `provider` or `provider/connection`, and refreshes it if need be. Throws what either throws. */
export function keysOf(
  connections: Pick<Connections, "find">,
  fresh: (connection: Connection) => Promise<Connection>,
): (reference: string) => Promise<Readonly<Record<string, Secret>>> {
  return async (reference) => {
    const [provider = "", name] = reference.split("/", 2);
    const found = await connections.find(provider, name);
    if (!found) throw connectionNotFound(provider, name ?? "default");
    const { credential } = await fresh(found);
    return credential.type === "api_key" ? credential.fields : {};
  };
}
