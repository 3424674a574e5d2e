/** Brings a token endpoint's answer into the shape of RFC 6749 §5, and from there into ours. @module */
import type * as wire from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { defined, isObject, parseObject, valueAt } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { Secret } from "../secret.ts";
import { answerFields, unwrapped } from "./answers/answer_fields.ts";
import { errorText, readError } from "./answers/error_answer.ts";
import { tokenType } from "./answers/token_type.ts";
import { printable } from "./error.ts";
import type { Answer } from "./http.ts";
import { readExpiry, readLifetime } from "./lifetime.ts";
import { readScopes } from "./scope.ts";

/** An answer as the RFC would have it, and the object that came. */
export interface NormalAnswer {
  status: number;
  body: Record<string, unknown>;
  original: Record<string, unknown>;
}

const MAX_TOKEN_LENGTH = 65_536;
const MAX_CAPTURED_LENGTH = 2000;

/**
 * The answer in the RFC's shape, or `undefined` if it has no members at all: a page, an empty body.
 *
 * @throws {AuthsomeError} `AuthenticationFailed` for a token that cannot be sent as a bearer token.
 */
export function normalAnswer(
  definition: ProviderDefinition,
  answer: Answer,
): NormalAnswer | undefined {
  const { status } = answer;
  const fields = answerFields(answer);
  if (!fields) return undefined;
  const paths = definition.oauth?.token_response ?? {};
  const original = paths.access_token ? fields : unwrapped(fields);
  const accessToken = valueAt(original, paths.access_token ?? "access_token");
  const success = status >= 200 && status < 300;
  const error = readError(
    original,
    accessToken === undefined && paths.error
      ? valueAt(original, paths.error)
      : undefined,
    accessToken !== undefined,
  );
  if (!success || error || accessToken === undefined) {
    const body = error ?? (success ? undefined : defined({
      error: `http_${status}`,
      error_description: errorText(original),
    }));
    return body
      ? { status: success ? 400 : status, body: { ...body }, original }
      : { status: 200, body: {}, original };
  }
  const body: Record<string, unknown> = {
    access_token: accessToken,
    token_type: tokenType(definition, original.token_type),
  };
  const refreshToken = valueAt(
    original,
    paths.refresh_token ?? "refresh_token",
  );
  // Some servers write null or "" where they mean none.
  if (refreshToken) body.refresh_token = refreshToken;
  const lifetime = readLifetime(
    valueAt(original, paths.expires_in ?? "expires_in"),
  );
  if (lifetime !== undefined) body.expires_in = lifetime;
  const scopes = readScopes(valueAt(original, paths.scope ?? "scope"));
  if (scopes !== undefined) body.scope = scopes.join(" ");
  return { status: 200, body, original };
}

/**
 * Our record of an answer that the library accepted.
 *
 * @throws {AuthsomeError} `AuthenticationFailed` if a token cannot be sent in a header.
 */
export function readToken(
  definition: ProviderDefinition,
  body: wire.TokenEndpointResponse,
  original: Record<string, unknown>,
): TokenResponse {
  return {
    accessToken: usable(definition, "access_token", body.access_token),
    ...defined({
      refreshToken: body.refresh_token === undefined
        ? undefined
        : usable(definition, "refresh_token", body.refresh_token),
      idToken: typeof original.id_token === "string"
        ? new Secret(original.id_token)
        : undefined,
      expiresIn: body.expires_in,
      expiresAt: readExpiry(besideToken(definition, original)),
      scopes: body.scope?.split(" ").filter(Boolean),
    }),
    captured: {
      ...accountOf(original),
      ...capture(
        definition.oauth?.capture?.token_response ?? {},
        original,
      ),
    },
  };
}

/** The object that the access token is a member of. */
function besideToken(
  { oauth }: ProviderDefinition,
  original: Record<string, unknown>,
): Record<string, unknown> {
  const path = oauth?.token_response?.access_token ?? "access_token";
  const parent = valueAt(original, path.replace(/\.?[^.]*$/, ""));
  return isObject(parent) ? parent : original;
}

function usable(
  { name }: ProviderDefinition,
  field: string,
  token: string,
): Secret {
  if (!/^[\x20-\x7e]+$/.test(token) || token.length > MAX_TOKEN_LENGTH) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot use the ${field} that ${name} issued: it is too long or has characters that cannot be sent`,
      `authsome login ${name}`,
      { subject: { provider: name, field } },
    );
  }
  return new Secret(token);
}

/** The values at `paths` that are texts or numbers. */
export function capture(
  paths: Record<string, string>,
  answer: unknown,
): Record<string, string> {
  const captured: Record<string, string> = {};
  for (const [name, path] of Object.entries(paths)) {
    const value = valueAt(answer, path);
    if (typeof value !== "string" && typeof value !== "number") continue;
    const text = String(value);
    // It may become a host or a header.
    if (/^[\x20-\x7e]+$/.test(text) && text.length <= MAX_CAPTURED_LENGTH) {
      captured[name] = text;
    }
  }
  return captured;
}

/**
 * The account's name, for people. The id token came from the token endpoint itself, over TLS, so its signature adds
 * nothing (OpenID Connect Core §3.1.3.7), and nothing is decided by it.
 */
function accountOf(answer: Record<string, unknown>): Record<string, string> {
  if (typeof answer.id_token !== "string") return {};
  try {
    const payload = answer.id_token.split(".")[1] ?? "";
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
    const claims = parseObject(new TextDecoder().decode(bytes)) ?? {};
    const account = [claims.email, claims.preferred_username, claims.name]
      .find((claim) => typeof claim === "string" && claim !== "");
    return typeof account === "string"
      ? { account: printable(account, 200) }
      : {};
  } catch {
    return {};
  }
}

/** What was issued. */
export interface TokenResponse {
  accessToken: Secret;
  /** Set if it is used with proofs alone (RFC 9449). */
  tokenType?: "DPoP";
  /** The key of the proof that was sent with the request; a refresh token may be bound to it too. */
  dpopKey?: Secret;
  refreshToken?: Secret;
  /** OpenID Connect Core §3.1.3.3; not verified. */
  idToken?: Secret;
  /** Seconds; absent if the server said nothing that makes sense. */
  expiresIn?: number;
  /** Epoch milliseconds, where the server names the time itself. */
  expiresAt?: number;
  /** Granted scopes; absent if the server said nothing: those requested. */
  scopes?: string[];
  /** Values that the definition keeps, and the account's name if it is known. */
  captured: Record<string, string>;
}
