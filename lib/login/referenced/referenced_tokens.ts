/** OAuth tokens that stay in a secret manager: a refresh token is used once, to see that it works. @module */
import { AuthsomeError } from "../../errors.ts";
import type { ReferenceReader } from "../../connection/references/reference_reader.ts";
import { defined } from "../../object.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith } from "../../oauth/server.ts";
import { useRefreshToken } from "../../oauth/token_endpoint.ts";
import type { Flow } from "../flow.ts";
import type { Referenced } from "./referenced_login.ts";
import { clientOf, credentialOf, oauthContext } from "../oauth_result.ts";

/**
 * The flow that takes the tokens among `values`.
 *
 * @param written writes what was issued to the manager, and says which references hold then.
 */
export function referencedTokens(
  { values, references }: Referenced,
  written: ReferenceReader["written"],
): Flow {
  const { access_token: accessToken, refresh_token: refreshToken } = values;
  return {
    async run(request) {
      const { definition } = request.provider;
      const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
      if (refreshToken === undefined) {
        if (accessToken === undefined) {
          throw new AuthsomeError(
            "CredentialMissing",
            `Cannot log in to ${definition.name} by reference: neither token was given`,
            "Give --from refresh_token=<reference>, or --from access_token=<reference>",
            { subject: { provider: definition.name } },
          );
        }
        return {
          credential: {
            type: "oauth2",
            accessToken,
            // Nobody says what it may do, nor how long it lasts.
            scopes: [],
            requestedScopes: [],
            captured: {},
          },
        };
      }
      const context = oauthContext(request);
      const server = await serverWith(context, ["refreshEndpoint"]);
      const { client, isNew } = await clientOf(request, server, scopes);
      const token = await useRefreshToken(
        context,
        server,
        client,
        refreshToken,
      );
      const issued = await credentialOf(
        request,
        // RFC 6749 §6: without a new one the old one stays good.
        { ...token, refreshToken: token.refreshToken ?? refreshToken },
        scopes,
      );
      const kept = await written({
        ...{ provider: definition.name, name: request.connection, references },
        credential: { ...issued, refreshToken },
      }, issued);
      // The access token is a new one.
      const { access_token: _, ...held } = kept;
      return {
        credential: issued,
        references: held,
        ...defined({ client: isNew ? client : undefined }),
      };
    },
  };
}
