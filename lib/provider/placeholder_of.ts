/** What stands for the secrets of a connection in a command. @module */
import { PLACEHOLDER } from "../placeholder.ts";
import { fillTemplate } from "../template.ts";
import { secretFields } from "./credential_fields.ts";
import type { ProviderDefinition } from "./definition.ts";

/** A definition, and values of a connection that are no secrets. */
export interface PlaceholderSource {
  definition: ProviderDefinition;
  values?: Readonly<Record<string, string>>;
}

/** Longest value that becomes part of a placeholder, and its characters. */
const PART = /^[\w.:~-]{1,64}$/;

/**
 * The placeholder of the secret called `field`, as its definition has it. Without a value that it needs it is
 * {@linkcode PLACEHOLDER}, which is recognised everywhere.
 */
export function placeholderOf(
  { definition, values = {} }: PlaceholderSource,
  field: string,
): string {
  const form = formOf(definition, field);
  if (form === undefined) return PLACEHOLDER;
  const text = fillTemplate(form, (name) => {
    const value = Object.hasOwn(values, name) ? values[name] : "";
    return PART.test(value!) ? value : undefined;
  });
  return /[{}]/.test(text) ? PLACEHOLDER : text;
}

/** Of every secret field, by name. */
export function placeholdersOf(
  source: PlaceholderSource,
): Record<string, string> {
  return Object.fromEntries(
    secretFields(source.definition).map((
      field,
    ) => [field, placeholderOf(source, field)]),
  );
}

/** The placeholder of `variable`. */
export function placeholderOfVariable(
  source: PlaceholderSource,
  variable: string,
): string {
  return placeholderOf(source, fieldOfVariable(source.definition, variable));
}

/** The field that `variable` exports, or the first secret, which is read from it. */
export function fieldOfVariable(
  definition: ProviderDefinition,
  variable: string,
): string {
  const exported = definition.export?.env ?? {};
  return Object.hasOwn(exported, variable)
    ? exported[variable]!
    : secretFields(definition)[0]!;
}

/** What `definition` itself says of the placeholder of `field`; `{name}` stands for a public value. */
export function formOf(
  definition: ProviderDefinition,
  field: string,
): string | undefined {
  const { placeholder } = definition;
  if (typeof placeholder === "string") {
    return field === secretFields(definition)[0] ? placeholder : undefined;
  }
  return placeholder && Object.hasOwn(placeholder, field)
    ? placeholder[field]
    : undefined;
}
