/**
 * Writes `providers/schema.json`, the JSON Schema (2020-12) of a definition, for editors: shapes from
 * `lib/provider/reading/schema.ts`, descriptions from the comments of `lib/provider/definition.ts`
 * and of the files that it takes types from. Run by `deno task providers`.
 *
 * @module
 */
import { defined } from "../lib/object.ts";
import { definitionSchema } from "../lib/provider/reading/schema.ts";

const SOURCES = [
  "definition.ts",
  "operations/minting_place.ts",
  "operations/operations_definition.ts",
  "secret/client_fields.ts",
].map((file) => new URL(`../lib/provider/${file}`, import.meta.url));
const TARGET = new URL("../providers/schema.json", import.meta.url);

// deno-lint-ignore no-explicit-any
type AnySchema = any;
type Json = Record<string, unknown>;

/** The text of `providers/schema.json`. */
export async function providerSchema(): Promise<string> {
  const sources = SOURCES.map((source) => Deno.readTextFile(source));
  const comments = fieldComments((await Promise.all(sources)).join("\n"));
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "authsome provider definition",
    ...convert(definitionSchema, "ProviderDefinition", comments),
  };
  return JSON.stringify(schema, null, 2) + "\n";
}

/** Where the fields of a nested object are described, if not in place. */
const NAMED: Record<string, string> = {
  "ProviderDefinition.oauth": "OAuthDefinition",
  "ProviderDefinition.api_key": "ApiKeyDefinition",
  "ProviderDefinition.client": "ClientDefinition",
  "ClientDefinition.fields": "ClientField",
  "OAuthDefinition.client_assertion": "ClientAssertion",
  "ProviderDefinition.extra_routes": "ExtraRoute",
  "ProviderDefinition.minting": "MintingPlace",
  "ProviderDefinition.operations": "OperationsDefinition",
  "OperationsDefinition.protocols": "OperationProtocolPlace",
  "OperationsDefinition.list": "OperationEntry",
  "ProviderDefinition.config_files": "ConfigFile",
  "ProviderDefinition.public_values": "PublicValue",
  "ProviderDefinition.whoami": "WhoamiDefinition",
  "PolicyFile.rules": "Rule",
  "PolicyFile.profiles.rules": "Rule",
  "PolicyFile.folders.rules": "Rule",
  "Rule.time": "TimeWindow",
  "Rule.limit": "Limits",
};

/** The part of valibot that `schema.ts` uses, as JSON Schema. `at` is the path of the field in `definition.ts`. */
export function convert(
  schema: AnySchema,
  at: string,
  comments: Map<string, string>,
): Json {
  switch (schema.type) {
    case "optional":
      return convert(schema.wrapped, at, comments);
    case "string":
      return { type: "string", ...limits(schema.pipe) };
    case "number":
      return { type: "number", ...limits(schema.pipe) };
    case "boolean":
      return { type: "boolean" };
    case "literal":
      return { const: schema.literal };
    case "picklist":
      return { enum: schema.options };
    case "array":
      return {
        type: "array",
        items: convert(schema.item, at, comments),
        ...limits(schema.pipe, "Items"),
      };
    case "record":
      return {
        type: "object",
        propertyNames: convert(schema.key, at, comments),
        additionalProperties: convert(schema.value, at, comments),
      };
    case "union":
      return {
        anyOf: schema.options.map((option: AnySchema) =>
          convert(option, at, comments)
        ),
      };
    case "variant":
      return {
        oneOf: schema.options.map((option: AnySchema) =>
          convert(option, at, comments)
        ),
      };
    case "strict_object":
    case "loose_object": {
      const entries = Object.entries<AnySchema>(schema.entries);
      const properties = Object.fromEntries(entries.map(([key, entry]) => {
        const path = `${at}.${key}`;
        const description = comments.get(path);
        return [key, {
          ...defined({ description }),
          ...convert(entry, NAMED[path] ?? path, comments),
        }];
      }));
      const required = entries.filter(([, entry]) => entry.type !== "optional")
        .map(([key]) => key);
      return {
        type: "object",
        properties,
        ...schema.type === "strict_object"
          ? { additionalProperties: false }
          : {},
        ...defined({ required: required.length > 0 ? required : undefined }),
      };
    }
    default:
      throw new TypeError(`Cannot convert "${schema.type}" at ${at}`);
  }
}

/** The checks behind a type: lengths and patterns. */
function limits(pipe: AnySchema[] | undefined, unit = "Length"): Json {
  const result: Json = {};
  for (const action of (pipe ?? []).slice(1)) {
    if (action.type === "min_length") result[`min${unit}`] = action.requirement;
    else if (action.type === "max_length") {
      result[`max${unit}`] = action.requirement;
    } else if (action.type === "integer") {
      result.type = "integer";
    } else if (action.type === "min_value") {
      result.minimum = action.requirement;
    } else if (action.type === "max_value") {
      result.maximum = action.requirement;
    } else if (action.type === "regex") {
      result.pattern = (action.requirement as RegExp).source;
    } // Pipes nest, a schema within a schema.
    else if (action.pipe) Object.assign(result, limits(action.pipe, unit));
  }
  const [inner] = pipe ?? [];
  return inner?.pipe ? { ...limits(inner.pipe, unit), ...result } : result;
}

/** Path → comment of each field of each interface: `OAuthDefinition.capture.callback`. */
export function fieldComments(source: string): Map<string, string> {
  const comments = new Map<string, string>();
  const open: string[] = [];
  let comment = "";
  for (const [text] of source.matchAll(/[ \t]*\/\*\*[\s\S]*?\*\/|[^\n]+/g)) {
    const line = text.trim();
    if (line.startsWith("/**")) {
      comment = line.replace(/^\/\*\*\s*|\s*\*\/$/g, "")
        .replace(/\s*\n\s*\* ?/g, " ").replace(/^\* /, "").trim();
      continue;
    }
    const member = /^(?:export interface )?(\w+)\??(?::| \{)/.exec(line);
    if (member) {
      const path = [...open, member[1]].join(".");
      if (comment && open.length > 0) comments.set(path, comment);
      if (line.endsWith("{")) open.push(member[1]!);
    }
    if (/^\}/.test(line)) open.pop();
    comment = "";
  }
  return comments;
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await providerSchema());
}
