/** Scopes: what is asked for, what was granted (RFC 6749 §3.3). @module */
import type { OAuthDefinition } from "../provider/definition.ts";

/** The scopes of a login: those the person asked for, else the definition's; then those that only bring a refresh token. */
export function requestedScopes(
  oauth: OAuthDefinition,
  asked: readonly string[] | undefined,
): string[] {
  const scopes = asked ?? oauth.scopes ?? [];
  return [...new Set([...scopes, ...oauth.refresh_scopes ?? []])];
}

/** The parameters that carry `scopes`. */
export function scopeParameters(
  oauth: OAuthDefinition,
  scopes: readonly string[],
): [name: string, value: string][] {
  // A plus in a query is a space.
  const separator = oauth.scope_separator === "," ? "," : " ";
  const extra = oauth.extra_scope_param;
  return [
    { name: oauth.scope_param ?? "scope", scopes },
    extra ?? [],
  ].flat().filter(({ scopes }) => scopes.length > 0)
    .map(({ name, scopes }) => [name, scopes.join(separator)]);
}

/** The scopes in a token endpoint's answer: between spaces, or between commas if there is no space. */
export function readScopes(value: unknown): string[] | undefined {
  const text = Array.isArray(value)
    ? value.filter((item) => typeof item === "string").join(" ")
    : value;
  if (typeof text !== "string") return undefined;
  const scopes = text.split(/\s/.test(text.trim()) ? /[\s,]*\s[\s,]*/ : ",")
    .map((scope) => scope.trim())
    .filter(isScope);
  return [...new Set(scopes)].slice(0, 1000);
}

/** Whether a server's word can be a scope (RFC 6749 §3.3). */
export function isScope(text: string): boolean {
  return /^[\x21-\x7e]{1,300}$/.test(text);
}

/** What was asked for and not granted, and the reverse. */
export function scopeDifference(
  requested: readonly string[],
  granted: readonly string[],
): { missing: string[]; added: string[] } {
  return {
    missing: requested.filter((scope) => !granted.includes(scope)),
    added: granted.filter((scope) => !requested.includes(scope)),
  };
}
