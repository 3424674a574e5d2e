/** Connections for callers whose reading of a secret must be noted in the audit log. @module */
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { Secret } from "../secret.ts";
import type { Connection, Credential } from "./connection.ts";

/** Stands in the place of a secret and holds none. */
class WithheldSecret extends Secret {
  constructor() {
    super("");
  }

  /** @throws {AuthsomeError} `OperationNotAllowed`. */
  override reveal(): string {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot reveal the secret of a connection: the audit log would not record it",
      "Use getAccessToken(), getAuthHeaders() or exportCredentials()",
    );
  }
}

/** The connection without its secrets. */
export function withheld(connection: Connection): Connection {
  return { ...connection, credential: withoutSecrets(connection.credential) };
}

function withoutSecrets({ source: _, ...credential }: Credential): Credential {
  const secret = new WithheldSecret();
  if (credential.type === "api_key") {
    const names = Object.keys(credential.fields);
    return {
      ...credential,
      fields: Object.fromEntries(names.map((name) => [name, secret])),
    };
  }
  return {
    ...credential,
    accessToken: secret,
    ...defined({ refreshToken: credential.refreshToken && secret }),
  };
}
