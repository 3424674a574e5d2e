/** What a server says with 401 or 403 about the token that it was sent (RFC 9110 §11.6.1, RFC 6750 §3). @module */
import { readScopes } from "../../oauth/scope.ts";
import { parseChallenges } from "../../wire/challenges.ts";

/** What an answer means for the token. */
export type TokenVerdict =
  /** Nothing. */
  | { kind: "none" }
  /** It is not valid, as far as the server says. */
  | { kind: "rejected" }
  /** It lacks a scope; those that would do, if the server says so. */
  | { kind: "insufficient_scope"; scopes: string[] };

/** Errors of a 401 that another token of the same grant does not change (RFC 9449 §7.1, RFC 9470 §3, and Microsoft's). */
const NOT_OF_THE_TOKEN = new Set([
  "invalid_request",
  "use_dpop_nonce",
  "invalid_dpop_proof",
  "insufficient_user_authentication",
  "insufficient_claims",
]);
/** Most scopes that are told. */
const MAX_SCOPES = 50;

/**
 * Reads an answer with `status`.
 *
 * @param challenges gives the values of its `WWW-Authenticate`; only asked of a 401 or 403.
 */
export function tokenVerdict(
  status: number,
  challenges: () => readonly string[],
): TokenVerdict {
  if (status !== 401 && status !== 403) return { kind: "none" };
  const read = parseChallenges(challenges().join(", "));
  for (const { parameters } of read) {
    if (parameters.get("error")?.toLowerCase() !== "insufficient_scope") {
      continue;
    }
    // A registry of images means the token of its own token service, which the client asks for.
    if (parameters.has("service")) return { kind: "none" };
    const scopes = (readScopes(parameters.get("scope")) ?? [])
      // RFC 6749 §3.3, and what can be typed behind --scopes.
      .filter((scope) => /^[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]+$/.test(scope));
    return { kind: "insufficient_scope", scopes: scopes.slice(0, MAX_SCOPES) };
  }
  const other = read.some(({ parameters }) =>
    NOT_OF_THE_TOKEN.has(parameters.get("error")?.toLowerCase() ?? "")
  );
  return status === 401 && !other ? { kind: "rejected" } : { kind: "none" };
}
