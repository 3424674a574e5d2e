/** Judges a field of a credential that a person gave, the same way wherever it was asked for. @module */
import { holdsPlaceholder } from "../placeholder.ts";
import { publicFields, secretFields } from "./credential_fields.ts";
import { displayName } from "./display_name.ts";
import type { ProviderDefinition } from "./definition.ts";
import { Secret } from "../secret.ts";
import { clientField, PRIVATE_KEY } from "./secret/client_fields.ts";
import { KEY_PREFIXES } from "./secret/key_prefixes.ts";
import { fileProblem } from "./secret/file_text.ts";
import { keyShapes, mismatch } from "./secret/key_shape.ts";
import {
  type Mistake,
  pastingMistake,
  withoutMargins,
} from "./secret/pasting_mistakes.ts";

/** Longest secret in characters. */
const MAX_SECRET_LENGTH = 16_384;
/** Longest text that is compared with a pattern, so that a slow pattern of a user's file stays harmless. */
const MAX_MATCHED = 512;
/** Only what does not match is doubted for a shorter beginning: it may be there by chance, or common. */
const MIN_FOREIGN_PREFIX = 4;

/**
 * A secret, maybe with a doubt that the person may dismiss; or why it cannot be one. Without the person's word, what is
 * `unlikely` is not taken. Texts never hold the secret.
 */
export type SecretInput =
  | { secret: Secret; doubt?: string; unlikely?: true }
  | { problem: string };

/** Whether a connection may be without `field`. */
export function isOptional(
  definition: ProviderDefinition,
  field: string,
): boolean {
  const { api_key, mint } = definition;
  const own = clientField(definition, field);
  if (own) return own.optional === true;
  return (mint?.fields.includes(field)
    ? mint.optional_fields
    : api_key?.optional_fields)?.includes(field) ?? false;
}

/** Whether `field` is the text of a file, which may have several lines. */
export function isFileField(
  definition: ProviderDefinition,
  field: string,
): boolean {
  return field === PRIVATE_KEY &&
      clientField(definition, field) !== undefined ||
    (definition.mint?.file_fields?.includes(field) ?? false);
}

/** Whether `field` is no secret. */
export function isPublic(
  definition: ProviderDefinition,
  field: string,
): boolean {
  return clientField(definition, field)?.public === true ||
    publicFields(definition).includes(field);
}

/** The one of `fields` that a connection cannot do without, or `undefined` if there are several. */
export function onlyField(
  definition: ProviderDefinition,
  fields: readonly string[],
): string | undefined {
  const needed = fields.filter((field) => !isOptional(definition, field));
  return needed.length === 1 ? needed[0] : undefined;
}

/** The field that `key_pattern` and its hint are about. */
export function patternField(definition: ProviderDefinition): string {
  return definition.api_key?.key_pattern_field ?? secretFields(definition)[0]!;
}

/** Judges `text`, as typed or pasted, for `field`. What stands around it by accident is dropped. */
export function readSecret(
  definition: ProviderDefinition,
  field: string,
  text: string,
): SecretInput {
  const value = withoutMargins(text);
  const label = fieldLabel(field);
  if (isFileField(definition, field)) {
    const problem = lengthProblem(label, value) ?? fileProblem(label, value);
    return problem ? { problem } : { secret: new Secret(value) };
  }
  const key = definition.api_key;
  const problem = problemOf(label, value);
  if (problem) return { problem };
  const pattern = field === patternField(definition)
    ? key?.key_pattern
    : undefined;
  const matches = matchOf(pattern, value);
  const mistake = pastingMistake(value, {
    field,
    headerWord: key?.header_prefix ?? "Bearer",
    variables: [key?.env_var ?? []].flat(),
    matches: matches === true,
  });
  if (mistake) return judged(label, value, mistake);
  const secret = new Secret(value);
  const other = otherOwner(definition.name, value, pattern, matches);
  if (other) return { secret, ...other };
  if (matches !== false) return { secret };
  const why = mismatch(pattern!, value) ?? key!.key_pattern_hint;
  return {
    secret,
    doubt: `This does not look like a key of ${displayName(definition)}.${
      why ? ` ${why}` : ""
    }`,
  };
}

/** Judges a client ID or client secret, of which no pattern is known (RFC 6749 appendix A.1 and A.2: printable ASCII). */
export function readClientText(
  label: "Client ID" | "Client secret",
  text: string,
  variables: readonly string[] = [],
): SecretInput {
  const value = withoutMargins(text);
  const problem = problemOf(label, value) ??
    (/^[\x20-\x7e]+$/.test(value)
      ? undefined
      : `${label} contains a character that is not allowed.`);
  if (problem) return { problem };
  const mistake = pastingMistake(value, {
    field: label,
    headerWord: "",
    variables,
    matches: false,
  });
  return mistake
    ? judged(label, value, mistake)
    : { secret: new Secret(value) };
}

function lengthProblem(label: string, value: string): string | undefined {
  if (value === "") return `${label} is missing.`;
  return value.length > MAX_SECRET_LENGTH
    ? `${label} has ${value.length} characters; at most ${MAX_SECRET_LENGTH} are allowed.`
    : undefined;
}

/** Why `value` can be no secret at all. */
function problemOf(label: string, value: string): string | undefined {
  const problem = lengthProblem(label, value);
  if (problem) return problem;
  // It will stand in a header, where a line break would start another one.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value)) {
    return `${label} contains a line break or control character.`;
  }
  return holdsPlaceholder(value)
    ? "This is the placeholder that programs see under authsome, not a key."
    : undefined;
}

function judged(
  label: string,
  value: string,
  { text, certain }: Mistake,
): SecretInput {
  const said = text.replace(/^It\b/, label);
  return certain
    ? { problem: said }
    : { secret: new Secret(value), doubt: said, unlikely: true };
}

/** Whether `value` matches; `undefined` if that cannot be said. */
function matchOf(
  pattern: string | undefined,
  value: string,
): boolean | undefined {
  if (!pattern || value.length > MAX_MATCHED) return undefined;
  try {
    return new RegExp(pattern).test(value);
  } catch {
    // A pattern that is none must not keep anybody from logging in.
    return undefined;
  }
}

/** The doubt if `value` begins as the keys of another provider do, and not as closely as this one's. */
function otherOwner(
  provider: string,
  value: string,
  pattern: string | undefined,
  matches: boolean | undefined,
): { doubt: string; unlikely?: true } | undefined {
  const least = matches === false ? 0 : MIN_FOREIGN_PREFIX;
  const prefix = longestPrefix(value, Object.keys(KEY_PREFIXES));
  const own = longestPrefix(
    value,
    keyShapes(pattern ?? "").map(({ prefix }) => prefix),
  );
  const owners = KEY_PREFIXES[prefix] ?? [];
  if (
    prefix.length < least || prefix.length <= own.length ||
    owners.includes(provider)
  ) return undefined;
  return {
    doubt: `This looks like a key of ${
      owners.join(" or ")
    }. To keep it there: authsome login ${
      owners.length === 1 ? owners[0] : "<provider>"
    }`,
    // Without a pattern it may be a gateway that takes other providers' keys; what several begin with says little.
    ...(pattern && owners.length === 1 ? { unlikely: true } : {}),
  };
}

function longestPrefix(value: string, prefixes: readonly string[]): string {
  return prefixes.filter((prefix) => value.startsWith(prefix))
    .reduce((a, b) => b.length > a.length ? b : a, "");
}

/** A field's name for people: `api_key` → `API key`. */
export function fieldLabel(field: string): string {
  const words = field.replaceAll(/[_-]+/g, " ").toLowerCase()
    .replaceAll(/\b(api|id|url|sid|jwt)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
