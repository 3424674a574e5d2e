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
