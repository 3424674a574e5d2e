/**
 * The client that describes itself: its id is the https URL of its metadata, which the server fetches
 * (draft-ietf-oauth-client-id-metadata-document). Nothing is registered.
 *
 * @module
 */

/**
 * Where the project publishes the document. Empty until there is such an address: then no server is told one.
 * `client_metadata_url` of `config.json` takes its place.
 */
export const CLIENT_METADATA_URL = "";

/**
 * The document for `url` as JSON text.
 *
 * @param redirectUri the usual one, with its port. Servers compare redirect URIs on loopback without their port (RFC 8252 §7.3);
 * those that compare it find the usual one.
 */
export function clientMetadataDocument(
  url: string,
  redirectUri: string,
): string {
  const { hostname, pathname } = new URL(redirectUri);
  return JSON.stringify(
    {
      client_id: url,
      client_name: "authsome",
      application_type: "native",
      redirect_uris: [redirectUri, `http://${hostname}${pathname}`],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    null,
    2,
  ) + "\n";
}
