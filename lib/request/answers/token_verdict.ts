/** What a server says with 401 or 403 about the token that it was sent (RFC 9110 §11.6.1, RFC 6750 §3). @module */
import { readScopes } from "../../oauth/scope.ts";

/** One challenge of a `WWW-Authenticate` header. */
export interface Challenge {
  /** In lower case; empty if the header does not name one. */
  scheme: string;
  /** By name in lower case; of two, the first. */
  parameters: ReadonlyMap<string, string>;
}

/** Longest text that is read, in characters. */
const MAX_LENGTH = 8192;
/** A parameter. Servers also write values unquoted that would have to be quoted. */
const PARAMETER =
  /[\s,]*([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/y;
const SCHEME = /[\s,]*([\w!#$%&'*+.^`|~-]+)/y;

/** The challenges in the values of `WWW-Authenticate`; several may stand in one value. */
export function readChallenges(values: readonly string[]): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (const value of values) {
    const text = value.slice(0, MAX_LENGTH);
    let current: Map<string, string> | undefined;
    const open = (scheme: string) => {
      current = new Map();
      challenges.push({ scheme, parameters: current });
      return current;
    };
    for (let at = 0; at < text.length;) {
      PARAMETER.lastIndex = SCHEME.lastIndex = at;
      const parameter = PARAMETER.exec(text);
      if (parameter) {
        const [, name, quoted, bare] = parameter;
        const key = name!.toLowerCase();
        const parameters = current ?? open("");
        if (!parameters.has(key)) {
          parameters.set(key, quoted?.replace(/\\(.)/g, "$1") ?? bare!);
        }
        at = PARAMETER.lastIndex;
        continue;
      }
      const scheme = SCHEME.exec(text);
      if (scheme) open(scheme[1]!.toLowerCase());
      at = scheme ? SCHEME.lastIndex : at + 1;
    }
  }
  return challenges;
}

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
  const read = readChallenges(challenges());
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
