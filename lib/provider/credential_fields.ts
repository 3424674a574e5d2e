/** The fields of the credential that a definition makes, and what it knows that is no secret. @module */
import type { ProviderDefinition } from "./definition.ts";

/** The fields that are secrets, in the order in which they are asked for. */
export function secretFields(
  { auth_type, api_key }: ProviderDefinition,
): string[] {
  return auth_type === "oauth2"
    ? ["access_token", "refresh_token"]
    : api_key?.secret_fields ?? ["api_key"];
}

/** The fields that are no secrets, those of what the credential is minted from included. */
export function publicFields(
  { api_key, mint }: ProviderDefinition,
): string[] {
  return [...api_key?.public_fields ?? [], ...mint?.public_fields ?? []];
}

/** All fields, as they are asked for: what says whose it is before the secret. */
export function credentialFields(definition: ProviderDefinition): string[] {
  return [...publicFields(definition), ...secretFields(definition)];
}

/** Names of values that are no secrets, which variables and templates may use. */
export function publicNames(definition: ProviderDefinition): string[] {
  const { capture } = definition.oauth ?? {};
  return [
    ...publicFields(definition),
    ...Object.keys(definition.public_values ?? {}),
    "base_url",
    "base_url_host",
    ...definition.oauth ? ["client_id"] : [],
    ...Object.entries(definition.client?.fields ?? {})
      .flatMap(([name, field]) => field.public ? [name] : []),
    ...Object.keys(capture?.token_response ?? {}),
    ...Object.keys(capture?.request?.values ?? {}),
    ...capture?.callback ?? [],
  ];
}

/** Variable → name for the variables of `definition` whose value is no secret. */
export function publicVariables(
  definition: ProviderDefinition,
): Map<string, string> {
  const { api_key, export: exported } = definition;
  const keys = [api_key?.env_var ?? []].flat();
  const secrets = secretFields(definition);
  const names = publicNames(definition);
  return new Map(
    Object.entries(exported?.env ?? {}).filter(([variable, name]) =>
      names.includes(name) && !secrets.includes(name) &&
      !keys.includes(variable)
    ),
  );
}

/** The environment variables that may hold a part of the client, and whether what they hold is secret. */
export function clientVariables(
  definition: Pick<ProviderDefinition, "client">,
): { place: string; name: string; secret: boolean }[] {
  const { client = {} } = definition;
  const { client_id_env, client_secret_env, private_key_env, fields = {} } =
    client;
  return [
    { place: "client_id_env", name: client_id_env, secret: false },
    { place: "client_secret_env", name: client_secret_env, secret: true },
    { place: "private_key_env", name: private_key_env, secret: true },
    ...Object.entries(fields).map(([field, { env, public: shown }]) => ({
      place: `fields.${field}.env`,
      name: env,
      secret: shown !== true,
    })),
  ].flatMap(({ name, ...rest }) =>
    name === undefined ? [] : [{ name, ...rest }]
  );
}
