/** Which fields of a credential are secrets. @module */
import type { Secret } from "../secret.ts";
import type { Credential } from "./connection.ts";

/** Fields that say whose it is. They stand elsewhere too: in `GIT_AUTHOR_EMAIL`, for one. */
const NO_SECRET =
  /(?:^|_)(?:account|domain|email|host|id|login|name|region|sid|subdomain|url|user|username)$/;

/** What must not be shown of `credential`. */
export function secretValues(credential: Credential): string[] {
  const named = (fields: Readonly<Record<string, Secret>> = {}) =>
    Object.entries(fields)
      .filter(([field]) => !NO_SECRET.test(field))
      .map(([, secret]) => secret);
  const secrets = credential.type === "oauth2"
    ? [credential.accessToken, credential.refreshToken]
    : named(credential.fields);
  return [...secrets, ...named(credential.source)].map((secret) =>
    secret?.reveal() ?? ""
  );
}
