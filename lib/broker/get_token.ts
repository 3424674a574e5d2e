/** Hands out the one token or key of a connection. @module */
import type { Connection } from "../connection/connection.ts";
import { connectionOption } from "../connection/hint.ts";
import { AuthsomeError } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { getConnection, shownFields } from "./get_connection.ts";
import { revealSecrets } from "./reveal_secrets.ts";

/** A token, and whose it is. */
export interface HandedToken {
  connection: Connection;
  /** The field of the credential that the token is. */
  field: string;
  token: string;
}

/**
 * The access token, fresh, or the API key, when the audit log has noted it; without `name` that of the provider's default
 * connection.
 *
 * @throws {AuthsomeError} `ConnectionNotFound`, `ProviderNotFound`, `CredentialExpired`, `RefreshFailed`;
 * `OperationNotAllowed` if the API key has several secrets; `StoreUnavailable` if the audit log cannot be written.
 */
export async function getToken(
  broker: Broker,
  provider: string,
  name?: string,
): Promise<HandedToken> {
  const connection = await broker.refresh(
    await getConnection(broker, provider, name),
  );
  const field = onlyToken(connection, await shownFields(broker, connection));
  const revealed = await revealSecrets(broker, connection, [field]);
  return { connection, field, token: revealed[field]! };
}

function onlyToken(
  { provider, name, credential }: Connection,
  shown: Readonly<Record<string, string>>,
): string {
  if (credential.type === "oauth2") return "access_token";
  const fields = Object.keys(credential.fields)
    .filter((field) => !Object.hasOwn(shown, field));
  if (fields.length === 1) return fields[0]!;
  const option = connectionOption(name);
  throw new AuthsomeError(
    "OperationNotAllowed",
    `Cannot choose a key of ${provider}/${name}: it has ${
      fields.length === 0 ? "none" : fields.join(", ")
    }`,
    `authsome get ${provider}${option} --field ${
      fields.at(-1) ?? "<field>"
    } --show-secret, or all: authsome export ${provider}${option}`,
    { subject: { provider, connection: name } },
  );
}
