/** The secrets of an OAuth client that stay in their manager. @module */
import { defined } from "../../object.ts";
import type { Client } from "../../oauth/client.ts";
import {
  CLIENT_SECRET,
  PRIVATE_KEY,
} from "../../provider/secret/client_fields.ts";
import { Secret } from "../../secret.ts";

/** The client with `values`, by the name of their field, in their places. */
export function withClientValues(
  client: Client,
  values: Readonly<Record<string, Secret>>,
): Client {
  const {
    [CLIENT_SECRET]: clientSecret = client.clientSecret,
    [PRIVATE_KEY]: privateKey = client.privateKey,
    ...others
  } = values;
  return {
    ...client,
    ...clientSecret ? { clientSecret } : {},
    ...privateKey ? { privateKey } : {},
    ...Object.keys(others).length > 0
      ? { fields: { ...client.fields, ...others } }
      : {},
  };
}

/** A stored client with empty secrets for what must be read from its manager first: it is no public client. */
export function withEmptySecrets(client: Client): Client {
  const names = Object.keys(client.references ?? {});
  return names.length === 0 ? client : withClientValues(
    client,
    Object.fromEntries(names.map((name) => [name, new Secret("")])),
  );
}

/** The client as it is stored: what stays in its manager has no value there. */
export function withoutReferencedSecrets(client: Client): Client {
  const { references, clientSecret, privateKey, fields, ...rest } = client;
  const names = Object.keys(references ?? {});
  if (names.length === 0) return client;
  return {
    ...rest,
    references: references!,
    ...defined({
      clientSecret: names.includes(CLIENT_SECRET) ? undefined : clientSecret,
      privateKey: names.includes(PRIVATE_KEY) ? undefined : privateKey,
      fields: fields && Object.fromEntries(
        Object.entries(fields).filter(([name]) => !names.includes(name)),
      ),
    }),
  };
}
