/** What the OAuth flows have in common: the client to use, and the credential that an answer makes. @module */
import type { Client } from "../oauth/client.ts";
import type { OAuth2Credential } from "../oauth/credential.ts";
import { clientHosts } from "../oauth/client_authentication.ts";
import type { AuthorizationServer } from "../oauth/metadata.ts";
import { typedMethods } from "../oauth/registration/offered_methods.ts";
import { givenEndpoint } from "../oauth/endpoint_destination.ts";
import { type OAuthContext, send } from "../oauth/http.ts";
import { usableKey } from "../oauth/proof/client_assertion.ts";
import { boundHeaders, rememberNonce } from "../oauth/proof/dpop_key.ts";
import { scopeDifference } from "../oauth/scope.ts";
import { lifeOf } from "../oauth/lifetime.ts";
import { capture, type TokenResponse } from "../oauth/token_response.ts";
import { defined, parseObject } from "../object.ts";
import { FLOWS } from "../provider/flow_facts.ts";
import { clientFields } from "../provider/secret/client_fields.ts";
import { endpointOf } from "../provider/tenant.ts";
import { clientFrom } from "./login_client.ts";
import type { FlowRequest } from "./flow.ts";

/** What `lib/oauth` needs of a flow's request. */
export function oauthContext(request: FlowRequest): OAuthContext {
  return {
    definition: request.provider.definition,
    baseUrl: request.baseUrl,
    fetch: request.fetch,
    signal: request.conversation.signal,
    allowPrivateHosts: request.allowPrivateHosts,
  };
}

/** The client at hand, else the one that the person gives; `isNew` if it is to be kept. */
export async function clientOf(
  request: FlowRequest,
  server: AuthorizationServer,
  scopes: string[],
): Promise<{ client: Client; isNew: boolean }> {
  const { provider, conversation, baseUrl } = request;
  if (request.client) return { client: request.client, isNew: false };
  request.allowRegistration?.();
  // They are no permission of the app's; no dashboard lists them.
  const { definition } = provider;
  const fields = clientFields(definition);
  if (fields) {
    const { redirects } = FLOWS[definition.flow];
    const client = clientFrom(
      definition.name,
      await conversation.askSecrets({
        provider,
        connection: request.connection,
        fields: Object.keys(fields),
        ...redirects ? { redirectUri: conversation.redirectUri } : {},
      }),
      baseUrl,
    );
    if (client.privateKey) await usableKey(definition.name, client.privateKey);
    await request.keepClient?.(client);
    return { client, isNew: true };
  }
  const extra = definition.oauth?.refresh_scopes ?? [];
  const { clientId, clientSecret } = await conversation.askClient({
    provider,
    redirectUri: conversation.redirectUri,
    scopes: scopes.filter((scope) => !extra.includes(scope)),
    clientHosts: clientHosts(server, definition.oauth),
  });
  const client: Client = {
    provider: definition.name,
    revision: 0,
    clientId,
    ...clientSecret &&
      typedMethods(server, provider.definition.oauth?.token_auth_method),
    ...defined({ clientSecret, baseUrl }),
  };
  await request.keepClient?.(client);
  return { client, isNew: true };
}

/** The credential of an answer; says what differs from what was asked for. */
export async function credentialOf(
  request: FlowRequest,
  token: TokenResponse,
  requested: readonly string[],
  callback?: URLSearchParams,
): Promise<OAuth2Credential> {
  const { definition } = request.provider;
  const oauth = definition.oauth ?? {};
  // RFC 6749 §5.1: silence means that everything was granted.
  const granted = token.scopes ?? [...requested];
  sayDifference(request, token, requested, granted);
  const { accessToken, refreshToken, tokenType, dpopKey } = token;
  return {
    type: "oauth2",
    accessToken,
    ...defined({ tokenType, dpopKey, refreshToken }),
    ...lifeOf(token, request.clock.now()),
    scopes: granted,
    requestedScopes: [...requested],
    captured: {
      ...token.captured,
      ...capture(
        Object.fromEntries(
          (oauth.capture?.callback ?? []).map((name) => [name, name]),
        ),
        Object.fromEntries(callback ?? []),
      ),
      ...await requestedValues(request, token),
    },
  };
}

function sayDifference(
  { conversation, provider: { definition } }: FlowRequest,
  token: TokenResponse,
  requested: readonly string[],
  granted: readonly string[],
): void {
  const extra = definition.oauth?.refresh_scopes ?? [];
  const { missing, added } = scopeDifference(
    requested.filter((scope) => !extra.includes(scope)),
    granted.filter((scope) => !extra.includes(scope)),
  );
  const { name } = definition;
  if (missing.length > 0) {
    conversation.say(`${name} did not grant ${missing.join(", ")}.`);
  }
  if (added.length > 0 && token.scopes) {
    conversation.say(`${name} also granted ${added.join(", ")}.`);
  }
  if (!token.refreshToken && extra.length > 0) {
    conversation.say(
      `${name} returned no refresh token: log in again when the access token expires.`,
    );
  }
}

/** The values of the one GET that a definition may ask for. A login does not fail for want of them. */
async function requestedValues(
  request: FlowRequest,
  token: TokenResponse,
): Promise<Record<string, string>> {
  const { definition } = request.provider;
  const wanted = definition.oauth?.capture?.request;
  const url = endpointOf(definition, wanted?.url, request.baseUrl);
  if (!wanted || url === undefined) return {};
  const { name } = definition;
  const endpoint = givenEndpoint(name, "capture request", url);
  const context = oauthContext(request);
  let body: Record<string, unknown> | undefined;
  try {
    const ask = async () =>
      await send(context, endpoint, {
        headers: await boundHeaders(token, "GET", endpoint),
      });
    let answer = await ask();
    const nonce = answer.headers.get("dpop-nonce");
    if (
      token.dpopKey && rememberNonce(token.dpopKey, endpoint.origin, nonce) &&
      answer.status === 401
    ) answer = await ask();
    body = answer.status === 200 ? parseObject(answer.text) : undefined;
  } catch (error) {
    if (context.signal?.aborted) throw error;
  }
  if (!body) {
    request.conversation.say(
      `${name} did not return ${Object.keys(wanted.values).join(", ")}.`,
    );
    return {};
  }
  return capture(wanted.values, body);
}
