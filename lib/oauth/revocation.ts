/** Telling the provider that tokens are no longer wanted: RFC 7009, and what providers have instead. @module */
import type { OAuth2Credential } from "./credential.ts";
import { defined, parseObject } from "../object.ts";
import type { OAuthDefinition } from "../provider/definition.ts";
import {
  type AuthMethod,
  authMethod,
  basic,
  clientAuthentication,
  type OAuthClient,
} from "./client_authentication.ts";
import { retryAfter } from "./answers/retry_after.ts";
import { OAuthError } from "./error.ts";
import { type Answer, type OAuthContext, send } from "./http.ts";
import { withEitherSecret } from "./proof/client_values.ts";
import { boundHeaders } from "./proof/dpop_key.ts";
import { toWire } from "./server.ts";
import type { AuthorizationServer } from "./metadata.ts";

/**
 * Revokes the credential's tokens at the server.
 *
 * Where the refresh token is named, the access token is named after it: not every server ends both at once.
 *
 * @throws {OAuthError} if the server refuses; a token that it does not know counts as revoked.
 * @throws {AuthsomeError} `EndpointUnreachable`.
 */
export async function revokeTokens(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  credential: OAuth2Credential,
): Promise<void> {
  await withEitherSecret(
    client,
    (client) => revokeAs(context, server, client, credential),
  );
}

async function revokeAs(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  credential: OAuth2Credential,
): Promise<void> {
  const { definition } = context;
  const facts = definition.oauth ?? {};
  const { style = "rfc7009", token_param: parameter = "token" } =
    facts.revocation ?? {};
  const { accessToken, refreshToken } = credential;
  const endpoint = server.revocationEndpoint!;
  const method = !client?.clientSecret && !client?.privateKey
    ? "none"
    : facts.revocation?.auth ?? client.revocationAuthMethod ??
      authMethod(facts, client);
  const own = async (method: string) =>
    await boundHeaders(credential, method, endpoint);
  const judged = async (init: RequestInit, lenient = false) => {
    const answer = await sendWithSecret(context, endpoint, init);
    if (!lenient) judge(definition.name, answer);
  };
  switch (style) {
    case "rfc7009": {
      const both = parameter === "token" && refreshToken !== undefined;
      if (both) {
        await judged(
          await request(facts, client, method, server, {
            token_type_hint: "refresh_token",
            [parameter]: refreshToken.reveal(),
          }),
        );
      }
      return await judged(
        await request(facts, client, method, server, {
          token_type_hint: "access_token",
          [parameter]: accessToken.reveal(),
        }),
        both,
      );
    }
    case "json":
      return await judged(
        await jsonRequest("POST", client, method, {
          [parameter]: (parameter === "token" ? refreshToken : undefined)
            ?.reveal() ?? accessToken.reveal(),
        }, facts.revocation ?? {}),
      );
    case "delete_basic_json":
      return await judged(
        await jsonRequest("DELETE", client, "client_secret_basic", {
          [parameter]: accessToken.reveal(),
        }, facts.revocation ?? {}),
      );
    case "delete":
      return await judged({ method: "DELETE", headers: await own("DELETE") });
    case "bearer_post":
      return await judged({ method: "POST", headers: await own("POST") });
  }
}

async function request(
  facts: OAuthDefinition,
  client: OAuthClient | undefined,
  method: AuthMethod,
  server: AuthorizationServer,
  fields: Record<string, string>,
): Promise<RequestInit> {
  const body = new URLSearchParams(fields);
  const headers = new Headers();
  if (client) {
    await clientAuthentication(client, method, facts, server)(
      toWire({}),
      { client_id: client.clientId },
      body,
      headers,
    );
  }
  return { method: "POST", headers, body };
}

/**
 * Sends a request. Some servers (Python's `mcp`) want the parameter `client_secret` of every client, also of one without a
 * secret or with Basic credentials: they get it empty, as it may be (RFC 6749 §2.3.1).
 */
async function sendWithSecret(
  context: OAuthContext,
  endpoint: URL,
  init: RequestInit,
): Promise<Answer> {
  const answer = await send(context, endpoint, init);
  const { body } = init;
  if (!(body instanceof URLSearchParams) || body.has("client_secret")) {
    return answer;
  }
  const { error, error_description: said } = parseObject(answer.text) ?? {};
  if (error !== "invalid_request" || !/client_secret/.test(String(said))) {
    return answer;
  }
  const whole = new URLSearchParams([...body, ["client_secret", ""]]);
  return await send(context, endpoint, { ...init, body: whole });
}

function jsonRequest(
  verb: "POST" | "DELETE",
  client: OAuthClient | undefined,
  method: AuthMethod,
  fields: Record<string, string>,
  { client_id_param = "client_id", client_secret_param = "client_secret" }:
    Partial<NonNullable<OAuthDefinition["revocation"]>>,
): RequestInit {
  const headers = new Headers({ "content-type": "application/json" });
  const secret = client?.clientSecret?.reveal();
  const body: Record<string, string> = { ...fields };
  if (client && secret !== undefined && method === "client_secret_basic") {
    headers.set("authorization", basic(client.clientId, secret));
  } else if (client) {
    body[client_id_param] = client.clientId;
    if (secret !== undefined && method === "client_secret_post") {
      body[client_secret_param] = secret;
    }
  }
  return { method: verb, headers, body: JSON.stringify(body) };
}

function judge(provider: string, { status, headers, text }: Answer): void {
  const body = parseObject(text);
  const code = typeof body?.error === "string" ? body.error : undefined;
  const failed = status >= 400 || body?.ok === false;
  // Gone already is what was wanted (RFC 7009 §2.2; GitHub and Facebook say 404).
  const gone = status === 404 || status === 410 ||
    /^(?:invalid_token|token_revoked|token_expired|invalid_auth|invalid_grant)$/
      .test(code ?? "");
  if (!failed || gone) return;
  throw new OAuthError(provider, "revoke the token", {
    error: code ?? `HTTP ${status}`,
    description: typeof body?.error_description === "string"
      ? body.error_description
      : undefined,
    status,
    ...defined({ retryAfter: retryAfter(headers) }),
  });
}
