/** The next credential of a connection, minted from its source. @module */
import { mint } from "../../mint/mint.ts";
import type { Source } from "../../mint/minted.ts";
import type { OAuthContext } from "../../oauth/http.ts";
import { defined } from "../../object.ts";
import { keysOf } from "../keys_of.ts";
import type { Credential } from "../connection.ts";
import { mintedCredential } from "../minted_credential.ts";
import type { RefreshContext } from "./refresh_context.ts";

/**
 * Throws as {@linkcode mint} does.
 *
 * @param keep told a source that must be stored whatever happens.
 */
export async function mintAgain(
  { clock, connections, fresh }: RefreshContext,
  oauth: OAuthContext,
  credential: Credential,
  keep: (source: Source) => void,
): Promise<Credential> {
  const source = credential.source!;
  const scopes = credential.type === "oauth2" ? credential.requestedScopes : [];
  const minted = await mint({
    ...oauth,
    clock,
    keep,
    ...defined({ keysOf: fresh && keysOf(connections, fresh) }),
  }, { source, scopes });
  return mintedCredential(oauth.definition, minted, { source, scopes });
}
