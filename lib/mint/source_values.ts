/** Reads the fields of a source. @module */
import { AuthsomeError } from "../errors.ts";
import { parseObject } from "../object.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { fieldNames, fillTemplate } from "../template.ts";
import type { Source } from "./minted.ts";

/** The values of a source by name: its fields, and the texts of those that are JSON files. A field comes before a member. */
export function sourceValues(
  { mint }: Pick<ProviderDefinition, "mint">,
  source: Source,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const field of mint?.file_fields ?? []) {
    const members = parseObject(source[field]?.reveal() ?? "") ?? {};
    for (const [name, value] of Object.entries(members)) {
      if (typeof value === "string") values.set(name, value);
    }
  }
  for (const [name, secret] of Object.entries(source)) {
    values.set(name, secret.reveal());
  }
  return values;
}

/** `template` with its names replaced; `undefined` if one of them has no value. */
export function filled(
  template: string,
  values: ReadonlyMap<string, string>,
): string | undefined {
  const complete = fieldNames(template).every((name) => values.get(name));
  return complete
    ? fillTemplate(template, (name) => values.get(name))
    : undefined;
}

/**
 * The value that a mint cannot do without.
 *
 * @throws {AuthsomeError} `CredentialMissing`.
 */
export function needed(
  { name }: Pick<ProviderDefinition, "name">,
  template: string,
  values: ReadonlyMap<string, string>,
): string {
  const value = filled(template, values);
  if (value !== undefined) return value;
  throw new AuthsomeError(
    "CredentialMissing",
    `Cannot mint a credential of ${name}: what was given has no ${
      fieldNames(template).filter((field) => !values.get(field)).join(", ")
    }`,
    `authsome login ${name} --force`,
    { subject: { provider: name } },
  );
}
