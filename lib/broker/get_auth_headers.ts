/** Hands out the headers that carry a credential. @module */
import { connectionHeaders } from "./audit/connection_headers.ts";
import type { Broker } from "./broker.ts";
import { noteDisclosure } from "./disclosure.ts";

/**
 * The headers that a request to the provider's API needs, with a fresh credential; without `name` that of its default
 * connection.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`, `ProviderNotFound`, `CredentialExpired`, `RefreshFailed`; what
 * {@linkcode connectionHeaders} throws; `StoreUnavailable` if the audit log cannot be written.
 */
export async function getAuthHeaders(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<Record<string, string>> {
  const { headers, connection } = await connectionHeaders(
    broker,
    provider,
    name,
  );
  await noteDisclosure(broker, "get", [
    { provider, connection, detail: "headers" },
  ]);
  return headers;
}
