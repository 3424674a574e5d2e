/**
 * Writes `docs/reference/policy.schema.json`, the JSON Schema (2020-12) of `policy.json`, for editors: shapes from
 * `lib/policy/file/policy_schema.ts`, descriptions from the comments of `lib/policy/rule.ts`. Run by `deno task providers`.
 *
 * @module
 */
import { policySchema } from "../../lib/policy/file/policy_schema.ts";
import { convert, fieldComments } from "../generate_provider_schema.ts";

const SOURCE = new URL("../../lib/policy/rule.ts", import.meta.url);
const TARGET = new URL(
  "../../docs/reference/policy.schema.json",
  import.meta.url,
);

/** The text of `docs/reference/policy.schema.json`. */
export async function policySchemaText(): Promise<string> {
  const comments = fieldComments(await Deno.readTextFile(SOURCE));
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "authsome rules",
    ...convert(policySchema, "PolicyFile", comments),
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await policySchemaText());
}
