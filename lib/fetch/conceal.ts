/** Keeps the credential of a request out of what its caller sees. @module */
import type { Credential } from "../connection/connection.ts";

/** The same response without the URL that was really asked for; a clone of the original would still have it. */
export function withUrl(response: Response, url: URL): Response {
  const { body, status, statusText, headers } = response;
  const copy = new Response(body, { status, statusText, headers });
  Object.defineProperty(copy, "url", { value: url.href });
  return copy;
}

/** What a server put into a redirect of the credential that it was given becomes the placeholder of its field again. */
export function hide(
  location: string,
  credential: Credential,
  placeholder: (field: string) => string,
  publicFields: readonly string[] = [],
): string {
  for (const [field, secret] of secretsOf(credential, publicFields)) {
    // A user's name of one letter is in every address.
    if (secret.length < 8) continue;
    for (const spelling of [secret, encodeURIComponent(secret)]) {
      location = location.replaceAll(spelling, placeholder(field));
    }
  }
  return location;
}

/** By field. */
function secretsOf(
  credential: Credential,
  publicFields: readonly string[],
): [string, string][] {
  return credential.type === "oauth2"
    ? [["access_token", credential.accessToken.reveal()]]
    : Object.entries(credential.fields)
      .filter(([field]) => !publicFields.includes(field))
      .map(([field, secret]) => [field, secret.reveal()]);
}
