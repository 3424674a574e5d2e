/** The authorization code flow with PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252). @module */
import type { Client } from "../../oauth/client.ts";
import {
  authorizationRequest,
  callbackOf,
  readCallback,
} from "../../oauth/authorization.ts";
import { OAuthError } from "../../oauth/error.ts";
import { loginKey } from "../../oauth/proof/dpop_demand.ts";
import { defined } from "../../object.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith } from "../../oauth/server.ts";
import type { AuthorizationServer } from "../../oauth/metadata.ts";
import {
  exchangeAccessToken,
  exchangeCode,
} from "../../oauth/token_endpoint.ts";
import type { Flow, FlowRequest, FlowResult } from "../flow.ts";
import { isBareCode } from "../pasted_callback.ts";
import { clientOf, credentialOf, oauthContext } from "../oauth_result.ts";

/** Most pasted codes that are tried. */
const MAX_CODES = 5;

export const flow: Flow = {
  async run(request) {
    const { definition } = request.provider;
    const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
    const server = await serverWith(oauthContext(request), [
      "authorizationEndpoint",
      "tokenEndpoint",
    ]);
    const { client, isNew } = await clientOf(request, server, scopes);
    const result = await authorize(request, server, client, scopes);
    return isNew ? { ...result, client } : result;
  },
};

/** Sends the person to the server and exchanges the code that comes back. */
export async function authorize(
  request: FlowRequest,
  server: AuthorizationServer,
  client: Client,
  scopes: string[],
): Promise<FlowResult> {
  const context = oauthContext(request);
  const { conversation } = request;
  const authorization = await authorizationRequest(context, server, {
    clientId: client.clientId,
    redirectUri: conversation.redirectUri,
    scopes,
    ...defined({
      dpopKey: await loginKey(context.definition.oauth ?? {}, server, client),
    }),
  });
  const { callback, token } = await tokenOf();
  /** Asks again where the server does not know a code that was pasted alone: it may have been another word. */
  async function tokenOf() {
    for (let codes = 1;; codes++) {
      const callback = await conversation.authorize(
        authorization.url,
        callbackOf(authorization),
      );
      try {
        const token = await exchangeCode(
          context,
          server,
          client,
          authorization,
          readCallback(context, server, authorization, callback),
        );
        return { callback, token };
      } catch (error) {
        const unknown = error instanceof OAuthError &&
          error.error === "invalid_grant" && isBareCode(callback);
        if (!unknown || codes === MAX_CODES) throw error;
        conversation.say(
          `${request.provider.definition.name} does not know that code. Paste the whole address of the page where the browser ended.`,
        );
      }
    }
  }
  if (!context.definition.oauth?.token_exchange) {
    return { credential: await credentialOf(request, token, scopes, callback) };
  }
  const exchanged = await exchangeAccessToken(
    { ...context, ...defined({ dpopKey: token.dpopKey }) },
    server,
    client,
    token.accessToken,
  );
  return {
    credential: {
      ...await credentialOf(
        request,
        { ...token, ...exchanged },
        scopes,
        callback,
      ),
      grantType: "token_exchange",
    },
  };
}
