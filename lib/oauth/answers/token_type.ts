/** The type of an access token (RFC 6749 §7.1): how it is sent. @module */
import { AuthsomeError } from "../../errors.ts";
import type { ProviderDefinition } from "../../provider/definition.ts";
import { printable } from "../error.ts";

/** Types of tokens that are sent with a proof that they are ours, of drafts before RFC 9449. */
const PROVEN = /^(?:pop|mac|hok|http_signature)$/i;
/**
 * A bearer token in other words: the type's name with something before or behind it, what kind of token it is instead of
 * how it is sent, or its format (RFC 8693 has such names for another member).
 */
const BEARER =
  /bearer|^(?:[a-z]+[ _-])*(?:access|auth|oauth)[ _-]?token$|^jwt$|^urn:ietf:params:oauth:token-type:(?:access_token|jwt)$/i;

/**
 * The type that the library is told: `bearer`, or `dpop` (RFC 9449 §5) for one that is bound to a key.
 *
 * A definition that says how answers look or where the token goes was written knowing the provider, so its own words
 * (Slack's `user`) are fine; a token that must be proven to belong to us never is.
 *
 * @throws {AuthsomeError} `AuthenticationFailed` for a type that is not known to be a bearer token.
 */
export function tokenType(
  definition: ProviderDefinition,
  type: unknown,
): "bearer" | "dpop" {
  const { name, oauth } = definition;
  const word = typeof type === "string" ? type.trim() : type ?? "";
  if (word === "") return "bearer";
  if (typeof word === "string" && /^dpop$/i.test(word)) return "dpop";
  if (typeof word === "string" && PROVEN.test(word)) {
    throw unusable(
      definition,
      word,
      "is sent with a proof that authsome cannot make",
      `Register an app at ${name} that gets bearer tokens: authsome inspect ${name}`,
    );
  }
  if (typeof word === "string" && BEARER.test(word)) return "bearer";
  // RFC 8693 §2.2.1: `N_A` is no access token at all.
  const isOther = typeof word === "string" && /^n_a$/i.test(word);
  if (!isOther && (oauth?.token_response || oauth?.inject)) return "bearer";
  throw unusable(
    definition,
    typeof word === "string" ? word : JSON.stringify(word),
    "is not known to be a bearer token",
    `Say with oauth.inject in its definition how it is sent: authsome inspect ${name} > ${name}.json, then authsome register ${name}.json --force`,
  );
}

function unusable(
  { name }: ProviderDefinition,
  type: string,
  why: string,
  hint: string,
): AuthsomeError {
  return new AuthsomeError(
    "AuthenticationFailed",
    `Cannot use the token that ${name} issued: its type "${
      printable(type, 60)
    }" ${why}`,
    hint,
    { subject: { provider: name, field: "token_type" } },
  );
}
