/** Judges a secret that a person gave, the same way wherever it was asked for. @module */
import { defined } from "../object.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import { displayName } from "./display_name.ts";
import type { ProviderDefinition } from "./definition.ts";
import { Secret } from "../secret.ts";

/** Longest secret in characters. */
const MAX_SECRET_LENGTH = 16_384;
/** Longest text that is compared with a pattern, so that a slow pattern of a user's file stays harmless. */
const MAX_MATCHED = 512;

/** A secret, maybe with a doubt that the person may dismiss; or why it cannot be one. Texts never hold the secret. */
type SecretInput =
  | { secret: Secret; doubt?: string }
  | { problem: string };

/** The secret fields of an API key provider; `["api_key"]` unless the definition says otherwise. */
export function secretFields(definition: ProviderDefinition): string[] {
  return definition.api_key?.secret_fields ?? ["api_key"];
}

/** Whether a connection may be without `field`. */
export function isOptional(
  definition: ProviderDefinition,
  field: string,
): boolean {
  return definition.api_key?.optional_fields?.includes(field) ?? false;
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

/** Judges `text`, as typed or pasted, for `field`. Spaces around it are dropped. */
export function readSecret(
  definition: ProviderDefinition,
  field: string,
  text: string,
): SecretInput {
  const value = text.trim();
  const label = fieldLabel(field);
  if (value === "") return { problem: `${label} is missing.` };
  if (value.length > MAX_SECRET_LENGTH) {
    return {
      problem:
        `${label} has ${value.length} characters; at most ${MAX_SECRET_LENGTH} are allowed.`,
    };
  }
  // It will stand in a header, where a line break would start another one.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x1f\x7f]/.test(value)) {
    return { problem: `${label} contains a line break or control character.` };
  }
  if (value.startsWith(PLACEHOLDER)) {
    return {
      problem:
        "This is the placeholder that programs see under authsome, not a key.",
    };
  }
  const doubt = doubtOf(definition, field, value);
  return { secret: new Secret(value), ...defined({ doubt }) };
}

function doubtOf(
  definition: ProviderDefinition,
  field: string,
  value: string,
): string | undefined {
  const key = definition.api_key;
  const prefix = key?.header_prefix ?? "Bearer";
  if (prefix && value.toLowerCase().startsWith(`${prefix.toLowerCase()} `)) {
    return `It starts with the word "${prefix}", which authsome adds itself.`;
  }
  if (!key?.key_pattern || field !== patternField(definition)) return;
  if (value.length > MAX_MATCHED) return;
  try {
    if (new RegExp(key.key_pattern).test(value)) return;
  } catch {
    // A pattern that is none must not keep anybody from logging in.
    return;
  }
  return key.key_pattern_hint
    ? `This does not look like a key of ${
      displayName(definition)
    }. ${key.key_pattern_hint}`
    : `This does not look like a key of ${displayName(definition)}.`;
}

/** A field's name for people: `api_key` → `API key`. */
export function fieldLabel(field: string): string {
  const words = field.replaceAll(/[_-]+/g, " ").toLowerCase()
    .replaceAll(/\b(api|id|url|sid|jwt)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
