/** The client credentials grant: the client acts for itself, no person is asked but for the client (RFC 6749 §4.4). @module */
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith } from "../../oauth/server.ts";
import { clientCredentialsGrant } from "../../oauth/token_endpoint.ts";
import type { Flow } from "../flow.ts";
import { clientOf, credentialOf, oauthContext } from "../oauth_result.ts";
import { defined } from "../../object.ts";

export const flow: Flow = {
  async run(request) {
    const { definition } = request.provider;
    const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
    const context = oauthContext(request);
    const server = await serverWith(context, ["tokenEndpoint"]);
    const { client, isNew } = await clientOf(request, server, scopes);
    const token = await clientCredentialsGrant(context, server, client, scopes);
    return {
      credential: {
        ...await credentialOf(request, token, scopes),
        grantType: "client_credentials",
      },
      ...defined({ client: isNew ? client : undefined }),
    };
  },
};
