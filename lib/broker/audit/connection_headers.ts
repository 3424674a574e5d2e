/** The headers of a connection, for requests with its credential. @module */
import type { Connection } from "../../connection/connection.ts";
import type { Connections } from "../../connection/connections.ts";
import { publicValues } from "../../connection/public_values.ts";
import { defined } from "../../object.ts";
import type { ProviderRegistry } from "../../provider/registry.ts";
import { authHeaders } from "../../request/auth_headers.ts";

/** What the headers are read from. */
export interface HeaderContext {
  registry: Pick<ProviderRegistry, "get">;
  connections: Pick<Connections, "get" | "client">;
  refresh(connection: Connection): Promise<Connection>;
}

/**
 * The headers that a request to the provider's API needs, with a fresh credential, and the name of the connection; without
 * `name` that of its default connection.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`, `ProviderNotFound`, `CredentialExpired`, `RefreshFailed`; what
 * {@linkcode authHeaders} throws.
 */
export async function connectionHeaders(
  context: HeaderContext,
  provider: string,
  name?: string,
): Promise<{ headers: Record<string, string>; connection: string }> {
  const { definition } = await context.registry.get(provider);
  const { connections } = context;
  const connection = await context.refresh(
    await connections.get(provider, name),
  );
  const { credential } = connection;
  const oauth = credential.type === "oauth2" ? credential : undefined;
  const client = await connections.client(
    provider,
    oauth?.clientId,
    oauth?.issuer,
  );
  const headers = authHeaders(definition, connection, {
    ...oauth?.captured,
    ...publicValues(definition, connection),
    ...defined({ client_id: client?.clientId }),
  });
  return { headers, connection: connection.name };
}
