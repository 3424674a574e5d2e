/**
 * The token endpoint (RFC 6749 §3.2).
 *
 * Providers stray from the RFC in the ways that a definition can say (`token_body`, `token_response`, …). Their
 * responses are converted to the RFC's shape first and then judged by the library, so there is one strict reader.
 *
 * @module
 */
import {
  type NormalAnswer,
  normalAnswer,
  readToken,
  type TokenResponse,
} from "./token_response.ts";
import * as oauth from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { Secret } from "../secret.ts";
import { endpointOf } from "../provider/tenant.ts";
import { givenEndpoint } from "./endpoint_destination.ts";
import {
  authMethod,
  clientAuthentication,
  type OAuthClient,
  secretsOf,
} from "./client_authentication.ts";
import type { AuthorizationRequest } from "./authorization.ts";
import { AnswerError, OAuthError, printable } from "./error.ts";
import { retryAfter } from "./answers/retry_after.ts";
import { type Answer, type OAuthContext, send, unreadable } from "./http.ts";
import { type AuthorizationServer, jsonResponse } from "./metadata.ts";
import {
  clientParameters,
  shownFields,
  withEitherSecret,
} from "./proof/client_values.ts";
import { dpopHandle } from "./proof/dpop_key.ts";
import { boundBy, keyDemanded, loginKey } from "./proof/dpop_demand.ts";
import { toWire } from "./server.ts";
import { scopeParameters } from "./scope.ts";
import { formEncoded, wireRequest } from "./wire_request.ts";

const GRANT_TYPES = {
  deviceCode: "urn:ietf:params:oauth:grant-type:device_code",
  jwtBearer: "urn:ietf:params:oauth:grant-type:jwt-bearer",
} as const;

/** Most requests for one token: without a proof, with one, and with the nonce that the server asks for. */
const MAX_PROOFS = 3;

/** Exchanges the code of a callback (RFC 6749 §4.1.3). Throws as {@linkcode tokenRequest} does. */
export async function exchangeCode(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient,
  request: AuthorizationRequest,
  callback: URLSearchParams,
): Promise<TokenResponse> {
  const bound = { ...context, ...defined({ dpopKey: request.dpopKey }) };
  return await tokenRequest(bound, server, client, {
    task: "log in",
    grantType: "authorization_code",
    endpoint: server.tokenEndpoint!,
    parameters: clientParameters(context, "token_params", client),
    secrets: [callback.get("code") ?? "", request.codeVerifier ?? ""],
    authorizationCode: { request, callback },
  });
}

/** Uses a refresh token (RFC 6749 §6). Throws as {@linkcode tokenRequest} does. */
export async function useRefreshToken(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient,
  refreshToken: Secret,
): Promise<TokenResponse> {
  return await tokenRequest(context, server, client, {
    task: "refresh the access token",
    grantType: "refresh_token",
    endpoint: server.refreshEndpoint!,
    parameters: {
      ...clientParameters(context, "refresh_params", client),
      refresh_token: refreshToken.reveal(),
    },
    secrets: [refreshToken.reveal()],
  });
}

/**
 * Exchanges an access token for one that lives longer, as the definition's `token_exchange` says. Throws as
 * {@linkcode tokenRequest} does.
 */
export async function exchangeAccessToken(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient,
  accessToken: Secret,
): Promise<TokenResponse> {
  const { token_exchange } = context.definition.oauth!;
  const token = accessToken.reveal();
  return await tokenRequest(context, server, client, {
    task: "exchange the access token",
    grantType: token_exchange!.grant_type,
    endpoint: server.refreshEndpoint!,
    parameters: {
      ...clientParameters(context, "refresh_params", client),
      [token_exchange!.token_param]: token,
    },
    secrets: [token],
  });
}

/** The client's own token (RFC 6749 §4.4). Throws as {@linkcode tokenRequest} does. */
export async function clientCredentialsGrant(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient,
  scopes: readonly string[],
): Promise<TokenResponse> {
  const facts = context.definition.oauth ?? {};
  return await tokenRequest(context, server, client, {
    task: "get a token",
    grantType: "client_credentials",
    endpoint: server.tokenEndpoint!,
    parameters: {
      ...clientParameters(context, "token_params", client),
      ...Object.fromEntries(scopeParameters(facts, scopes)),
    },
    secrets: [],
  });
}

/** A token for a signed assertion (RFC 7523 §2.1). Throws as {@linkcode tokenRequest} does. */
export async function jwtBearerGrant(
  context: OAuthContext,
  server: AuthorizationServer,
  assertion: string,
): Promise<TokenResponse> {
  return await tokenRequest(context, server, undefined, {
    task: "get a token",
    grantType: GRANT_TYPES.jwtBearer,
    endpoint: server.tokenEndpoint!,
    parameters: { ...context.definition.oauth?.token_params, assertion },
    secrets: [assertion],
  });
}

/** A token for parameters of the provider's own. Throws as {@linkcode tokenRequest} does. */
export async function exchangeParameters(
  context: OAuthContext,
  server: AuthorizationServer,
  { parameters, authorization, secrets }: {
    parameters: Record<string, string>;
    /** Value of that header. */
    authorization?: string;
    /** What was sent and must not come back in a message. */
    secrets: readonly string[];
  },
): Promise<TokenResponse> {
  const { oauth = {} } = context.definition;
  const endpoint = server.tokenEndpoint!;
  const isJson = oauth.token_body === "json";
  const all = { ...oauth.token_params, ...parameters };
  const answer = await send(context, endpoint, {
    method: "POST",
    headers: defined({
      authorization,
      "content-type": isJson
        ? "application/json"
        : "application/x-www-form-urlencoded",
    }),
    body: isJson ? JSON.stringify(all) : formEncoded(new URLSearchParams(all)),
  });
  return await judge(context, server, "get a token", secrets, answer, endpoint);
}

/** One poll with a device code (RFC 8628 §3.4). Throws as {@linkcode tokenRequest} does. */
export async function pollDeviceCode(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  { deviceCode, scopes }: { deviceCode: Secret; scopes: readonly string[] },
): Promise<TokenResponse> {
  const facts = context.definition.oauth ?? {};
  const { device_token_request: special, device_scope_param } = facts;
  const code = deviceCode.reveal();
  if (!special) {
    const scopeFields = device_scope_param
      ? scopeParameters({ ...facts, scope_param: device_scope_param }, scopes)
      : [];
    return await tokenRequest(context, server, client, {
      task: "log in",
      grantType: GRANT_TYPES.deviceCode,
      endpoint: server.tokenEndpoint!,
      parameters: {
        ...clientParameters(context, "token_params", client),
        ...Object.fromEntries(scopeFields),
        device_code: code,
      },
      secrets: [code],
    });
  }
  const url = endpointOf(context.definition, special.url, context.baseUrl);
  const endpoint = url === undefined
    ? server.tokenEndpoint!
    : givenEndpoint(context.definition.name, "token endpoint", url);
  const answer = await send(context, endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...facts.token_params,
      ...defined({
        grant_type: special.grant_type,
        client_id: client?.clientId,
      }),
      [special.code_param]: code,
    }),
  });
  return await judge(context, server, "log in", [code], answer, endpoint);
}

interface TokenRequest {
  /** For messages: "Cannot …". */
  task: string;
  grantType: string;
  endpoint: URL;
  parameters: Record<string, string>;
  /** What was sent and must not come back in a message. */
  secrets: string[];
  authorizationCode?: {
    request: AuthorizationRequest;
    callback: URLSearchParams;
  };
}

/**
 * @throws {OAuthError} if the server answers with an error.
 * @throws {AuthsomeError} `EndpointUnreachable` if it gives no answer that can be read; `AuthenticationFailed` if what
 * it issued cannot be used.
 */
async function tokenRequest(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  request: TokenRequest,
): Promise<TokenResponse> {
  const token = await withEitherSecret(
    client,
    (client) => provenRequest(context, server, client, request),
  );
  const shown = shownFields(context.definition, client);
  return { ...token, captured: { ...shown, ...token.captured } };
}

/** Sends the request with a proof if tokens are bound to a key, and again as the server asks for one. */
async function provenRequest(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  request: TokenRequest,
): Promise<TokenResponse> {
  const facts = context.definition.oauth ?? {};
  const { endpoint, task } = request;
  const secrets = [...request.secrets, ...secretsOf(client)];
  let key = context.dpopKey ??= await loginKey(facts, server, client);
  for (let tries = 1;; tries++) {
    const answer = await sendTokenRequest(
      context,
      server,
      client,
      request,
      key,
    );
    const demanded = await keyDemanded(answer, endpoint, key, {
      facts,
      server,
    });
    if (demanded && tries < MAX_PROOFS) key = context.dpopKey = demanded;
    else {
      return await judge(context, server, task, secrets, answer, endpoint, key);
    }
  }
}

async function sendTokenRequest(
  context: OAuthContext,
  server: AuthorizationServer,
  client: OAuthClient | undefined,
  request: TokenRequest,
  key: Secret | undefined,
): Promise<Answer> {
  const facts = context.definition.oauth ?? {};
  const { endpoint } = request;
  const wire = toWire(server, endpoint);
  const parameters = new URLSearchParams(request.parameters);
  if (server.resource) parameters.set("resource", server.resource);
  const wireRequested = wireRequest(
    context,
    endpoint,
    facts.token_body,
    key && await dpopHandle(key, endpoint.origin),
  );
  const options = {
    additionalParameters: parameters,
    ...wireRequested.options,
  };
  const wireClient = { client_id: client?.clientId ?? "none" };
  const authentication = client
    ? clientAuthentication(client, authMethod(facts, client), facts, server)
    : () => {};
  const code = request.authorizationCode;
  if (code) {
    await oauth.authorizationCodeGrantRequest(
      wire,
      wireClient,
      authentication,
      code.callback,
      code.request.redirectUri,
      code.request.codeVerifier ?? oauth.nopkce,
      options,
    );
  } else {
    await oauth.genericTokenEndpointRequest(
      wire,
      wireClient,
      authentication,
      request.grantType,
      parameters,
      options,
    );
  }
  return wireRequested.answer();
}

async function judge(
  context: OAuthContext,
  server: AuthorizationServer,
  task: string,
  secrets: readonly string[],
  answer: Answer,
  endpoint: URL,
  key?: Secret,
): Promise<TokenResponse> {
  const { definition } = context;
  const normal: NormalAnswer | undefined = normalAnswer(definition, answer);
  if (!normal) {
    throw unreadable(
      context,
      endpoint,
      `it answered HTTP ${answer.status} without JSON`,
      { ...answer, text: redact(answer.text, secrets) },
    );
  }
  const wait = defined({ retryAfter: retryAfter(answer.headers) });
  try {
    const body = await oauth.processGenericTokenEndpointResponse(
      toWire(server, endpoint),
      { client_id: "none" },
      jsonResponse({
        status: normal.status,
        text: JSON.stringify(normal.body),
      }),
    );
    return {
      ...readToken(definition, body, normal.original),
      ...boundBy(definition, body, key),
    };
  } catch (cause) {
    if (cause instanceof oauth.ResponseBodyError) {
      throw new OAuthError(definition.name, task, {
        error: redact(cause.error, secrets),
        description: redact(cause.error_description ?? "", secrets),
        status: answer.status,
        ...wait,
      });
    }
    if (cause instanceof AuthsomeError) throw cause;
    throw new AnswerError(
      normal.status === 200 ? "AuthenticationFailed" : "EndpointUnreachable",
      `Cannot ${task}: the answer of ${definition.name} (HTTP ${answer.status}) is not a token response (${
        printable(cause instanceof Error ? cause.message : "", 200)
      })`,
      `authsome login ${definition.name}`,
      { provider: definition.name, status: answer.status, ...wait },
    );
  }
}

/** Some servers quote what they refuse. */
function redact(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 3).reduce(
    (left, secret) => left.replaceAll(secret, "[redacted]"),
    text,
  );
}
