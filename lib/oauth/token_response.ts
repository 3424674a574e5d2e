/** Brings a token endpoint's answer into the shape of RFC 6749 §5, and from there into ours. @module */
import type * as wire from "oauth4webapi";
import { AuthsomeError } from "../errors.ts";
import { defined, isObject, parseObject, valueAt } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { Secret } from "../secret.ts";
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

/** The answer in the RFC's shape, or `undefined` if it is not JSON (nor the form encoding of old endpoints). */
export function normalAnswer(
  definition: ProviderDefinition,
  { status, headers, text }: Answer,
): NormalAnswer | undefined {
  const original = parseObject(text) ??
    (headers.get("content-type")?.startsWith(
        "application/x-www-form-urlencoded",
      )
      ? Object.fromEntries(new URLSearchParams(text))
      : undefined);
  if (!original) return undefined;
  const paths = definition.oauth?.token_response ?? {};
  const accessToken = valueAt(original, paths.access_token ?? "access_token");
  const success = status >= 200 && status < 300;
  const error = readError(
    original,
    accessToken === undefined && paths.error
      ? valueAt(original, paths.error)
      : undefined,
  );
  if (!success || error || accessToken === undefined) {
    const body = error ??
      (success ? undefined : { error: `http_${status}` });
    return body
      ? { status: success ? 400 : status, body, original }
      : { status: 200, body: {}, original };
  }
  const body: Record<string, unknown> = {
    access_token: accessToken,
    token_type: tokenType(definition, original),
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

/** The error in an answer, whatever its status: `error` as a text or an object, `ok: false`, or a coded status. */
function readError(
  answer: Record<string, unknown>,
  own: unknown,
): { error: string; error_description?: string } | undefined {
  const { error } = answer;
  const texts = (...values: unknown[]) =>
    values.find((value) => typeof value === "string" && value !== "") as
      | string
      | undefined;
  const nested = isObject(error) ? error : {};
  const code = texts(
    own,
    error,
    nested.code,
    nested.type,
    nested.error,
    // HubSpot and its like.
    answer.access_token === undefined ? answer.status : undefined,
  );
  if (!error && answer.ok !== false && code === undefined) return undefined;
  const description = texts(
    answer.error_description,
    nested.message,
    answer.message,
  );
  return {
    error: code ?? "unknown_error",
    ...defined({ error_description: description }),
  };
}

/**
 * The library knows `bearer`. A definition that says how answers look or where the token goes was written knowing the
 * provider, so its own words (Slack's `user`) are fine; a token that must be proven to belong to us never is.
 */
function tokenType(
  { oauth }: ProviderDefinition,
  answer: Record<string, unknown>,
): unknown {
  const type = answer.token_type;
  if (type === undefined || type === null || type === "") return "bearer";
  if (typeof type !== "string") return type;
  if (/^dpop$/i.test(type)) return "dpop";
  if (/^(?:pop|mac|hok|n_a)$/i.test(type)) return "unusable";
  return oauth?.token_response || oauth?.inject ? "bearer" : type;
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
  /** Seconds; absent if the server said nothing that makes sense. */
  expiresIn?: number;
  /** Epoch milliseconds, where the server names the time itself. */
  expiresAt?: number;
  /** Granted scopes; absent if the server said nothing: those requested. */
  scopes?: string[];
  /** Values that the definition keeps, and the account's name if it is known. */
  captured: Record<string, string>;
}
