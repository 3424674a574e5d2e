/** What a person can do where a token lacks a scope (RFC 6750 §3.1): the command that asks for it. @module */
import type { Because } from "../../audit/event.ts";
import type { Credential } from "../../connection/connection.ts";
import {
  connectionOption,
  ownLoginAgain,
  quoteWord,
} from "../../connection/hint.ts";
import { secretValues } from "../../connection/secret_fields.ts";
import { counted } from "../../text.ts";
import { hasEscapes, readEscapes, spellingsOf } from "../spellings.ts";

/** A connection whose token lacks a scope. */
export interface StepUp {
  provider: string;
  connection: string;
  /** What was sent; absent if the connection is gone. */
  credential?: Credential;
  /** Whether the connection works, so that a login replaces it. */
  works: boolean;
}

/** Why the request failed, and the login that asks for `wanted` beside what the connection has. */
export function stepUpAdvice(
  { provider, connection, credential, works }: StepUp,
  wanted: readonly string[],
): Because {
  const login = `authsome login ${quoteWord(provider)}${
    connectionOption(connection)
  }`;
  const force = works ? " --force" : "";
  const own = credential?.type === "oauth2"
    ? ownLoginAgain(provider, connection, works ? "connected" : "expired")
    : undefined;
  const name = `${provider}/${connection}`;
  const asks = wanted.length === 0
    ? `${provider} says that ${name} lacks a scope for this`
    : `${provider} requires ${scopes(wanted)} for this`;
  if (credential?.type === "api_key") {
    return {
      message: wanted.length === 0
        ? asks
        : `${asks}, which the key of ${name} lacks`,
      hint: `Make a key that is allowed this, then: ${login}${force}`,
    };
  }
  const held = credential
    ? [...credential.requestedScopes, ...credential.scopes]
    : [];
  const granted = new Set(credential?.scopes);
  const missing = wanted.filter((scope) => !granted.has(scope));
  const union = [...new Set([...held, ...wanted])].map((scope) => scope);
  const asked = wanted.length === 0 ? [...union, "<scope>"] : union;
  return {
    message: wanted.length === 0
      ? asks
      : missing.length === 0
      ? `${asks}. ${name} has been granted ${
        wanted.length === 1 ? "it" : "them"
      }, so perhaps its account may not do this`
      : `${asks}, and ${name} lacks ${missing.join(", ")}`,
    hint: own ?? `${login} --scopes ${quoteWord(asked.join(","))}${force}`,
  };
}

/** `scopes` without those that repeat a secret of `credential`, in whatever spelling: servers write back what they get. */
export function harmless(
  scopes: readonly string[],
  credential: Credential,
): string[] {
  const spelled = secretValues(credential).filter(({ length }) => length >= 8)
    .map(spellingsOf);
  return scopes.filter((scope) => {
    const lower = scope.toLowerCase();
    const read = hasEscapes(scope) ? readEscapes(scope).text : undefined;
    return !spelled.some((each) =>
      each.raw.some((text) => lower.includes(text)) ||
      read !== undefined && each.read.some((text) => read.includes(text))
    );
  });
}

function scopes(wanted: readonly string[]): string {
  return wanted.length === 1
    ? `the scope ${wanted[0]}`
    : `${counted(wanted.length, "scope")} (${wanted.join(", ")})`;
}
