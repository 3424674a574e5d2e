/** What a client sends besides its ID and secret, and the other secret of one that has two. @module */
import type { ProviderDefinition } from "../../provider/definition.ts";
import { SECOND_SECRET } from "../../provider/secret/client_fields.ts";
import { fieldNames, fillTemplate } from "../../template.ts";
import type { OAuthClient } from "../client_authentication.ts";
import { isClientError, OAuthError } from "../error.ts";
import type { OAuthContext } from "../http.ts";

/** The parameters of a definition with the client's values in the place of their names. What has no value is not sent. */
export function clientParameters(
  { definition: { oauth, client: said } }: OAuthContext,
  name: "token_params" | "refresh_params",
  client: OAuthClient | undefined,
): Record<string, string> {
  const known = Object.keys(said?.fields ?? {});
  const valueOf = (field: string) =>
    known.includes(field) ? client?.fields?.[field]?.reveal() : undefined;
  return Object.fromEntries(
    Object.entries(oauth?.[name] ?? {}).filter(([, value]) =>
      fieldNames(value).every((field) =>
        !known.includes(field) || valueOf(field) !== undefined
      )
    ).map(([key, value]) => [key, fillTemplate(value, valueOf)]),
  );
}

/** What of the client is no secret, by name: it may stand in templates. */
export function shownFields(
  { client: said }: ProviderDefinition,
  client: OAuthClient | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(said?.fields ?? {}).flatMap(([name, field]) => {
      const value = field.public ? client?.fields?.[name] : undefined;
      return value ? [[name, value.reveal()]] : [];
    }),
  );
}

/**
 * What `work` ends with for the client; with its second secret where the server refuses the first, as it does once a
 * secret was replaced there.
 */
export async function withEitherSecret<C extends OAuthClient | undefined, T>(
  client: C,
  work: (client: C) => Promise<T>,
): Promise<T> {
  try {
    return await work(client);
  } catch (error) {
    const clientSecret = client?.fields?.[SECOND_SECRET];
    const refused = error instanceof OAuthError && isClientError(error.error);
    if (!clientSecret || !refused) throw error;
    return await work({ ...client, clientSecret });
  }
}
