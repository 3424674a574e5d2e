/** The credential that was minted from a source. @module */
import type { Minted, Source } from "../mint/minted.ts";
import { defined } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Credential } from "./connection.ts";

/**
 * The credential of what was minted.
 *
 * @param scopes those that were asked for.
 */
export function mintedCredential(
  { auth_type, mint }: Pick<ProviderDefinition, "auth_type" | "mint">,
  minted: Minted,
  { source, scopes }: { source: Source; scopes: readonly string[] },
): Credential {
  const { secrets, expiresAt, captured, tokenType, dpopKey } = minted;
  const common = {
    ...defined({ expiresAt }),
    source: minted.source ?? source,
  };
  const known = (mint?.public_fields ?? []).flatMap((field) => {
    const value = common.source[field];
    return value ? [[field, value] as const] : [];
  });
  if (auth_type === "api_key") {
    const fields = { ...Object.fromEntries(known), ...secrets };
    return { type: "api_key", fields, ...common };
  }
  return {
    type: "oauth2",
    accessToken: secrets.access_token!,
    ...defined({ tokenType, dpopKey }),
    scopes: minted.scopes ?? [...scopes],
    requestedScopes: [...scopes],
    captured: {
      ...Object.fromEntries(known.map(([name, of]) => [name, of.reveal()])),
      ...captured,
    },
    ...common,
  };
}
