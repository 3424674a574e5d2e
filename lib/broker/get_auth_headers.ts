/** Hands out the headers that carry a credential. @module */
import { publicValues } from "../connection/public_values.ts";
import { defined } from "../object.ts";
import { authHeaders } from "../request/auth_headers.ts";
import type { Broker } from "./broker.ts";
import { noteDisclosure } from "./disclosure.ts";

/**
 * The headers that a request to the provider's API needs, with a fresh credential; without `name` that of its default
 * connection.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`, `ProviderNotFound`, `CredentialExpired`, `RefreshFailed`; what
 * {@linkcode authHeaders} throws; `StoreUnavailable` if the audit log cannot be written.
 */
export async function getAuthHeaders(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<Record<string, string>> {
  const { definition } = await broker.registry.get(provider);
  const { connections } = broker;
  const connection = await broker.refresh(
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
  await noteDisclosure(broker, "get", [
    { provider, connection: connection.name, detail: "headers" },
  ]);
  return headers;
}
