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

/** The connection without its secrets. `shown` has the fields of its credential that are none. */
export function withheld(
  connection: Connection,
  shown: Readonly<Record<string, string>> = {},
): Connection {
  return {
    ...connection,
    credential: withoutSecrets(connection.credential, shown),
  };
}

function withoutSecrets(
  { source: _, ...credential }: Credential,
  shown: Readonly<Record<string, string>>,
): Credential {
  const secret = new WithheldSecret();
  if (credential.type === "api_key") {
    return {
      ...credential,
      fields: Object.fromEntries(
        Object.entries(credential.fields).map(([name, value]) => [
          name,
          Object.hasOwn(shown, name) ? value : secret,
        ]),
      ),
    };
  }
  return {
    ...credential,
    accessToken: secret,
    ...defined({
      refreshToken: credential.refreshToken && secret,
      idToken: credential.idToken && secret,
    }),
  };
}
