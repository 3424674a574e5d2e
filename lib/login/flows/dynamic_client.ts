/** The authorization code flow with a client that registers itself (RFC 7591): no dashboard to visit. @module */
import type { Client } from "../../oauth/client.ts";
import { registerClient } from "../../oauth/registration.ts";
import { requestedScopes } from "../../oauth/scope.ts";
import { serverWith } from "../../oauth/server.ts";
import { authorize } from "./authorization_code.ts";
import type { Flow, FlowRequest } from "../flow.ts";
import { oauthContext } from "../oauth_result.ts";

/** A secret that lives no longer than this is replaced at login, in milliseconds. */
const SECRET_MARGIN_MS = 86_400_000;

export const flow: Flow = {
  async run(request) {
    const context = oauthContext(request);
    const { definition } = request.provider;
    const scopes = requestedScopes(definition.oauth ?? {}, request.scopes);
    const stored = usable(request, scopes);
    const needed = ["authorizationEndpoint", "tokenEndpoint"] as const;
    const server = await serverWith(
      context,
      stored ? needed : [...needed, "registrationEndpoint"],
    );
    const client = stored ?? await registerClient(context, server, {
      redirectUri: request.conversation.redirectUri,
      scopes,
    });
    const result = await authorize(request, server, client, scopes);
    return stored ? result : { ...result, client };
  },
};

/**
 * The client at hand, unless its redirect URI is another (the port changed), its secret ends soon, or it was registered for
 * fewer scopes: servers refuse it the others.
 */
function usable(
  { client, conversation, clock, scopes: asked }: FlowRequest,
  scopes: readonly string[],
): Client | undefined {
  if (!client) return undefined;
  const { redirectUri, secretExpiresAt, scopes: registered } = client;
  // Of a client that an earlier version registered it is not known.
  const isRegistered = registered
    ? scopes.every((scope) => registered.includes(scope))
    : asked === undefined;
  if (redirectUri !== undefined && !isRegistered) return undefined;
  if (redirectUri !== undefined && redirectUri !== conversation.redirectUri) {
    return undefined;
  }
  return secretExpiresAt !== undefined &&
      secretExpiresAt - clock.now() < SECRET_MARGIN_MS
    ? undefined
    : client;
}
