/** What a provider's page says of a credential that is minted. @module */
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  fieldLabel,
  isFileField,
  isOptional,
  onlyField,
} from "../../lib/provider/secret_input.ts";

/** What is asked for at a login, as a list in a sentence. */
export function sourceFields(definition: ProviderDefinition): string {
  return (definition.mint?.fields ?? []).map((field) =>
    fieldLabel(field) + (isOptional(definition, field) ? " (optional)" : "")
  ).join(", ");
}

/** The input of `--stdin`. */
export function sourceInput(
  definition: ProviderDefinition,
): { file: string; says: string } {
  const { fields } = definition.mint!;
  const only = onlyField(definition, fields);
  const line = `one JSON object: \`{${
    fields.map((field) => `"${field}":"…"`).join(",")
  }}\``;
  return only && isFileField(definition, only)
    ? {
      file: "key.json",
      says: `where the file is the ${
        fieldLabel(only)
      } as you got it, or ${line}.`,
    }
    : { file: "source.json", says: `where the file is ${line}.` };
}
