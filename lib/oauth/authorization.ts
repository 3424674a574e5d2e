/** The front channel: the authorization request and the callback (RFC 6749 §4.1, RFC 7636, RFC 9207). @module */
import * as oauth from "oauth4webapi";
import { sameText, sha256 } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { defaultBaseUrl, trimSlash, withBaseUrl } from "../provider/tenant.ts";
import { OAuthError } from "./error.ts";
import type { OAuthContext } from "./http.ts";
import { thumbprintOf } from "./proof/dpop_key.ts";
import { scopeParameters } from "./scope.ts";
import { toWire } from "./server.ts";
import type { AuthorizationServer } from "./metadata.ts";
import type { Secret } from "../secret.ts";
import { formEncoded } from "./wire_request.ts";

/** One authorization request and what its callback is judged by. */
export interface AuthorizationRequest {
  url: URL;
  clientId: string;
  redirectUri: string;
  /** 256 random bits. */
  state: string;
  /** Absent if the provider knows no PKCE. */
  codeVerifier?: string;
  /** The key that the code and its tokens are bound to (RFC 9449 §10). */
  dpopKey?: Secret;
}

/**
 * Makes a request for the person's browser.
 *
 * @throws {AuthsomeError} `AuthenticationFailed` if the server says that it knows no S256.
 */
export async function authorizationRequest(
  context: OAuthContext,
  server: AuthorizationServer,
  request: {
    clientId: string;
    redirectUri: string;
    scopes: readonly string[];
    dpopKey?: Secret;
  },
): Promise<AuthorizationRequest> {
  const { definition, baseUrl } = context;
  const { name, oauth: facts = {} } = definition;
  const { clientId, redirectUri, dpopKey } = request;
  const url = new URL(server.authorizationEndpoint!);
  const { searchParams } = url;
  const base = trimSlash(baseUrl ?? defaultBaseUrl(definition) ?? "");
  for (const [key, value] of Object.entries(facts.authorization_params ?? {})) {
    searchParams.set(key, withBaseUrl(value, base));
  }
  for (const [key, value] of scopeParameters(facts, request.scopes)) {
    searchParams.set(key, value);
  }
  if (server.resource) searchParams.set("resource", server.resource);
  // After the definition's own, so that no definition can take the place of these.
  const state = oauth.generateRandomState();
  searchParams.set("response_type", "code");
  searchParams.set(facts.client_id_param ?? "client_id", clientId);
  searchParams.set("redirect_uri", redirectUri);
  searchParams.set("state", state);
  const made = { url, clientId, redirectUri, state, ...defined({ dpopKey }) };
  if (dpopKey) searchParams.set("dpop_jkt", await thumbprintOf(dpopKey));
  if (facts.pkce === false) {
    url.search = formEncoded(searchParams);
    return made;
  }
  if (server.codeChallengeMethods?.includes("S256") === false) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot log in to ${name}: its server does not support PKCE with S256`,
      `authsome inspect ${name}`,
      { subject: { provider: name, field: "pkce" } },
    );
  }
  const codeVerifier = oauth.generateRandomCodeVerifier();
  searchParams.set(
    "code_challenge",
    facts.code_challenge_encoding === "hex"
      ? await sha256(codeVerifier)
      : await oauth.calculatePKCECodeChallenge(codeVerifier),
  );
  searchParams.set("code_challenge_method", "S256");
  url.search = formEncoded(searchParams);
  return { ...made, codeVerifier };
}

/**
 * Recognizes the callback of a request: one that carries its `state`, however malformed it is otherwise. True at most
 * once, so a callback that comes again is a stranger's.
 */
export function callbackOf(
  { state }: Pick<AuthorizationRequest, "state">,
): (callback: URLSearchParams) => boolean {
  let used = false;
  return (callback) => {
    const ours = callback.getAll("state").some((one) => sameText(one, state));
    if (used || !ours) return false;
    return used = true;
  };
}

/**
 * Reads a callback that was recognized.
 *
 * @returns what the library exchanges for a token.
 * @throws {AuthsomeError} `InputCancelled` if the person declined; {@linkcode OAuthError} for other error answers;
 * `AuthenticationFailed` if it is malformed or another server's (`iss`).
 */
export function readCallback(
  { definition: { name } }: OAuthContext,
  server: AuthorizationServer,
  request: AuthorizationRequest,
  callback: URLSearchParams,
): URLSearchParams {
  const problem = malformation(callback);
  if (problem) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot log in to ${name}: the response of its page is malformed: ${problem}`,
      `authsome login ${name}`,
      { subject: { provider: name } },
    );
  }
  const parameters = withoutEmpty(callback);
  // Without an issuer to compare with, the parameter says nothing.
  if (server.issuer === undefined) parameters.delete("iss");
  try {
    return oauth.validateAuthResponse(
      toWire(server),
      { client_id: request.clientId },
      parameters,
      request.state,
    );
  } catch (cause) {
    if (cause instanceof oauth.AuthorizationResponseError) {
      if (cause.error === "access_denied") throw declined(name);
      throw new OAuthError(name, "log in", {
        error: cause.error,
        description: cause.error_description,
        status: 200,
      });
    }
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot log in to ${name}: the response did not come from its authorization server`,
      `authsome login ${name}`,
      { cause: withoutDetails(cause), subject: { provider: name } },
    );
  }
}

/** An empty code beside an error, or the reverse, is how some servers say that there is none. */
function withoutEmpty(callback: URLSearchParams): URLSearchParams {
  const parameters = new URLSearchParams(callback);
  for (
    const [empty, other] of [["code", "error"], ["error", "code"]] as const
  ) {
    if (callback.get(other) && callback.get(empty) === "") {
      parameters.delete(empty);
    }
  }
  return parameters;
}

/** What is wrong with the parameters (RFC 6749 §3.1: each at most once; §4.1.2), beside their values. */
function malformation(parameters: URLSearchParams): string | undefined {
  const twice = ["state", "code", "error", "iss"].find((name) =>
    parameters.getAll(name).length > 1
  );
  if (twice !== undefined) return `it has more than one "${twice}"`;
  const [code, error] = [parameters.get("code"), parameters.get("error")];
  if (code && error) return 'it has both a "code" and an "error"';
  if (code || error) return undefined;
  return code === null && error === null
    ? 'it has neither a "code" nor an "error"'
    : `its "${code === null ? "error" : "code"}" is empty`;
}

/** The error for a person who said no on the provider's page. */
export function declined(provider: string): AuthsomeError {
  return new AuthsomeError(
    "InputCancelled",
    `Cannot log in to ${provider}: access was declined on its page`,
    `authsome login ${provider}`,
    { subject: { provider } },
  );
}

/** The library's errors carry the parameters, which hold the code. */
function withoutDetails(cause: unknown): Error | undefined {
  return cause instanceof Error ? new Error(cause.message) : undefined;
}
