/** Which provider takes a login and a password that another program keeps for a host. @module */
import { credentialFields } from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { buildRoutes, isRoutedHost } from "../request/routes.ts";
import { Secret } from "../secret.ts";
import { onlyName } from "../template.ts";

/** What another program keeps for a host. */
export interface HostLogin {
  login?: string;
  password?: string;
}

/** A provider whose credential it is. */
export interface Taker {
  definition: ProviderDefinition;
  fields: Record<string, Secret>;
}

/** The providers that serve `host` and take what is kept for it as their API key. */
export function takersOf(
  definitions: readonly ProviderDefinition[],
  host: string,
  kept: HostLogin,
): Taker[] {
  let index = INDEXES.get(definitions);
  if (!index) INDEXES.set(definitions, index = hostIndex(definitions));
  return index(host).flatMap((definition) => {
    const fields = fieldsOf(definition, kept);
    return fields ? [{ definition, fields }] : [];
  });
}

/** A file may name thousands of hosts. */
const INDEXES = new WeakMap<object, ReturnType<typeof hostIndex>>();

/** Finds the definitions whose credential is sent to a host; what it takes is worked out once. */
export function hostIndex(
  definitions: readonly ProviderDefinition[],
): (host: string) => ProviderDefinition[] {
  const tables = definitions.map((definition) => ({
    definition,
    table: buildRoutes([{ definition, connection: "default" }]),
  }));
  return (host) =>
    tables.filter(({ table }) => isRoutedHost(table, host, 443))
      .map(({ definition }) => definition);
}

/** The fields of the API key: the password, or login and password where both make up the key. */
export function fieldsOf(
  definition: ProviderDefinition,
  { login, password }: HostLogin,
): Record<string, Secret> | undefined {
  if (definition.auth_type !== "api_key" || !password) return undefined;
  const fields = credentialFields(definition);
  if (fields.length === 1) return { [fields[0]!]: new Secret(password) };
  const basic = definition.api_key?.inject?.find(({ kind }) =>
    kind === "basic"
  );
  if (fields.length !== 2 || basic?.kind !== "basic" || !login) {
    return undefined;
  }
  const user = onlyName(basic.username);
  const secret = onlyName(basic.password);
  return user && secret && user !== secret && fields.includes(user) &&
      fields.includes(secret)
    ? { [user]: new Secret(login), [secret]: new Secret(password) }
    : undefined;
}
