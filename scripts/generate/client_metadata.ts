/**
 * Prints the document that describes authsome as an OAuth client (draft-ietf-oauth-client-id-metadata-document), for the
 * address where it is published. It is no file of the repository: its `client_id` is that address.
 *
 * Usage: `deno run -A scripts/generate/client_metadata.ts [url] > client.json`
 *
 * @module
 */
import { metadataUrlProblem } from "../../lib/config.ts";
import { DEFAULT_PORT, redirectUri } from "../../lib/form/login_address.ts";
import {
  CLIENT_METADATA_URL,
  clientMetadataDocument,
} from "../../lib/oauth/registration/metadata_document.ts";

/** The document for `url`. Throws if a server would not take it as the id of a client. */
export function generateClientMetadata(url: string): string {
  const problem = metadataUrlProblem(url);
  if (problem) {
    throw new Error(`Cannot publish the document at ${url}: ${problem}`);
  }
  return clientMetadataDocument(url, redirectUri(DEFAULT_PORT));
}

if (import.meta.main) {
  const url = Deno.args[0] ?? CLIENT_METADATA_URL;
  if (url === "") {
    console.error(
      "Usage: deno run -A scripts/generate/client_metadata.ts <url>\nCLIENT_METADATA_URL is empty, so there is no address yet.",
    );
    Deno.exit(2);
  }
  await Deno.stdout.write(
    new TextEncoder().encode(generateClientMetadata(url)),
  );
}
