/** Hands out the access token of an OAuth connection. @module */
import { AuthsomeError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { getConnection } from "./get_connection.ts";
import { revealSecrets } from "./reveal_secrets.ts";

/**
 * The access token, fresh; without `name` that of the provider's default connection.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`, `ProviderNotFound`, `CredentialExpired`, `RefreshFailed`;
 * `OperationNotAllowed` for an API key; `StoreUnavailable` if the audit log cannot be written.
 */
export async function getAccessToken(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<string> {
  const connection = await broker.refresh(
    await getConnection(broker, provider, name),
  );
  if (connection.credential.type !== "oauth2") {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot get the access token of ${provider}/${connection.name}: it is an API key`,
      "Use getAuthHeaders() or exportCredentials()",
      { subject: { provider, connection: connection.name } },
    );
  }
  const { access_token } = await revealSecrets(broker, connection, [
    "access_token",
  ]);
  return access_token!;
}
