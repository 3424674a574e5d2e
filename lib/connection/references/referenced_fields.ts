/** Which secrets of a connection are references, and where they stand in its credential. @module */
import type { Secret } from "../../secret.ts";
import type { Connection, Credential } from "../connection.ts";

/** The fields that requests carry, and that are read at each use; the others are read to renew the credential. */
export function liveFields(
  { references = {}, credential }: Pick<
    Connection,
    "references" | "credential"
  >,
): string[] {
  const fields = Object.keys(references);
  if (credential.type === "oauth2") {
    return fields.filter((field) => field === "access_token");
  }
  return credential.source ? [] : fields;
}

/** The secret called `field`, wherever it stands. */
export function valueOf(
  credential: Credential,
  field: string,
): Secret | undefined {
  const { source } = credential;
  if (source && Object.hasOwn(source, field)) return source[field];
  if (credential.type === "oauth2") {
    return field === "access_token"
      ? credential.accessToken
      : field === "refresh_token"
      ? credential.refreshToken
      : undefined;
  }
  return Object.hasOwn(credential.fields, field)
    ? credential.fields[field]
    : undefined;
}

/** The connection with `values` in their places. */
export function withValues(
  connection: Connection,
  values: Readonly<Record<string, Secret>>,
): Connection {
  const { credential } = connection;
  const { access_token: accessToken, refresh_token: refreshToken } = values;
  if (credential.source) {
    return {
      ...connection,
      credential: {
        ...credential,
        source: { ...credential.source, ...values },
      },
    };
  }
  return {
    ...connection,
    credential: credential.type === "api_key"
      ? { ...credential, fields: { ...credential.fields, ...values } }
      : {
        ...credential,
        ...accessToken ? { accessToken } : {},
        ...refreshToken ? { refreshToken } : {},
      },
  };
}
