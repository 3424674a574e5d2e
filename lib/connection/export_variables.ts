/** The environment variables that a provider's definition exports. @module */
import { publicVariables } from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";
import type { Connection, Credential } from "./connection.ts";

/** These never leave the vault by way of a variable, whatever a definition says. */
const NEVER_EXPORTED = new Set(["refresh_token", "client_secret"]);

/**
 * Variable → secret for a connection: the access token or the fields of the API key. A variable whose field the
 * credential does not have is left out, and so is one whose value is no secret: {@linkcode publicExports} has it.
 */
export function exportVariables(
  definition: ProviderDefinition,
  connection: Connection,
): Record<string, Secret> {
  const variables: Record<string, Secret> = {};
  const shown = publicVariables(definition);
  for (
    const [variable, field] of Object.entries(definition.export?.env ?? {})
  ) {
    if (shown.has(variable)) continue;
    const secret = secretField(connection.credential, field);
    if (secret) variables[variable] = secret;
  }
  return variables;
}

/** Variable → value for what is no secret of a connection, as far as it has one. */
export function publicExports(
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    [...publicVariables(definition)].flatMap(([variable, name]) =>
      Object.hasOwn(values, name) ? [[variable, values[name]!]] : []
    ),
  );
}

/** The credential's secret called `field`, or `undefined`; never a refresh token. */
export function secretField(
  credential: Credential,
  field: string,
): Secret | undefined {
  if (NEVER_EXPORTED.has(field)) return undefined;
  if (credential.type === "oauth2") {
    return field === "access_token" ? credential.accessToken : undefined;
  }
  return Object.hasOwn(credential.fields, field)
    ? credential.fields[field]
    : undefined;
}
