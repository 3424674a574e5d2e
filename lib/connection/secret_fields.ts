/** Which fields of a credential are secrets. @module */
import type { Credential } from "./connection.ts";

/** Fields that say whose it is. They stand elsewhere too: in `GIT_AUTHOR_EMAIL`, for one. */
const NO_SECRET =
  /(?:^|_)(?:account|domain|email|host|id|login|name|region|sid|subdomain|url|user|username)$/;

/** What must not be shown of `credential`. */
export function secretValues(credential: Credential): string[] {
  const secrets = credential.type === "oauth2"
    ? [credential.accessToken, credential.refreshToken]
    : Object.entries(credential.fields)
      .filter(([field]) => !NO_SECRET.test(field))
      .map(([, secret]) => secret);
  return secrets.map((secret) => secret?.reveal() ?? "");
}
