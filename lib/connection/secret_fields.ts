/** Which fields of a credential are secrets. @module */
import { defined, parseObject } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { Secret } from "../secret.ts";
import type { Credential } from "./connection.ts";

/**
 * Fields that say whose it is. They stand elsewhere too: in `GIT_AUTHOR_EMAIL`, for one. Only for definitions that do not
 * say which of their fields are no secrets.
 */
const NO_SECRET =
  /(?:^|_)(?:account|domain|email|host|id|login|name|region|sid|subdomain|url|user|username)$/;

/** The fields of a credential by name, as far as the person or the provider gave them. */
export function fieldsOf(credential: Credential): Record<string, Secret> {
  if (credential.type === "api_key") return { ...credential.fields };
  return {
    access_token: credential.accessToken,
    ...defined({ refresh_token: credential.refreshToken }),
  };
}

/** Whether a request with the one credential would be the same as with the other. */
export function sameSecrets(one: Credential, other: Credential): boolean {
  const text = (credential: Credential) =>
    JSON.stringify(
      credential.type === "oauth2"
        ? credential.accessToken.reveal()
        : Object.entries(credential.fields)
          .map(([field, secret]) => [field, secret.reveal()]).sort(),
    );
  return text(one) === text(other);
}

/** What must not be shown of `credential`, as `definition` says. */
export function secretValues(
  credential: Credential,
  definition?: Pick<ProviderDefinition, "api_key">,
): string[] {
  const shown = definition?.api_key?.public_fields;
  const key = credential.type === "oauth2"
    ? {
      ...privateParts(credential.dpopKey),
      ...defined({ id_token: credential.idToken }),
    }
    : {};
  return Object.entries({
    ...credential.source,
    ...fieldsOf(credential),
    ...key,
  })
    .filter(([field]) =>
      shown ? !shown.includes(field) : !NO_SECRET.test(field)
    )
    .map(([, secret]) => secret.reveal());
}

/** A private key as a whole, and the number of it that alone is secret. */
function privateParts(key: Secret | undefined): Record<string, Secret> {
  const { d } = parseObject(key?.reveal() ?? "") ?? {};
  return defined({
    dpop_key: key,
    dpop_private: typeof d === "string" ? new Secret(d) : undefined,
  }) as Record<string, Secret>;
}
