/**
 * Reads a definition that a person wrote. Loaded only when there is one, since the schema library costs start-up time.
 *
 * @module
 */
import * as v from "valibot";
import { AuthsomeError } from "../../errors.ts";
import { defined, isObject } from "../../object.ts";
import { truncate } from "../../text.ts";
import { checkRules } from "./check.ts";
import { RuleError } from "./rule_error.ts";
import type { ConfigFile, ProviderDefinition } from "../definition.ts";
import { fromPythonShape } from "./python_shape.ts";
import { definitionSchema, isFieldOf, unknownFields } from "./schema.ts";
import { parseStrictJson } from "./strict_json.ts";

/** How to read. */
interface ParseOptions {
  /** What messages call the text: a path, or a phrase. */
  file: string;
  /** Allow hosts that are not public, and http on loopback. Default: false. */
  allowPrivate?: boolean;
  /**
   * Variables to allow although their name is not a credential's, and configuration files (`~/.npmrc`); `any`: all of them.
   * Default: none.
   */
  variables?: readonly string[] | "any";
  /** Configuration files to allow besides, if they are the same: those of the definition that this one replaces. */
  configFiles?: readonly ConfigFile[];
}

/** A valid definition, and what was read but means nothing here. */
interface ParsedDefinition {
  definition: ProviderDefinition;
  warnings: string[];
  /** Its variables and files that only {@linkcode ParseOptions.variables} allowed; absent without any. */
  unusual?: string[];
}

/**
 * Reads and validates `text`. Files of the Python implementation are converted to our format; unknown fields are kept and
 * warned of.
 *
 * @throws {AuthsomeError} `InvalidDefinition`, naming the file and the field.
 */
export function parseDefinition(
  text: string,
  options: ParseOptions,
): ParsedDefinition {
  const { file, allowPrivate = false, variables = [], configFiles = [] } =
    options;
  const unusual = new Set<string>();
  const isAllowed = (name: string) => {
    if (variables !== "any" && !variables.includes(name)) return false;
    unusual.add(name);
    return true;
  };
  let raw: unknown;
  try {
    raw = parseStrictJson(text);
  } catch (error) {
    throw invalid(file, "", (error as Error).message);
  }
  if (!isObject(raw)) {
    throw invalid(file, "", "is not a JSON object");
  }
  const { schema_version } = raw;
  if (typeof schema_version === "number" && schema_version > 1) {
    throw invalid(
      file,
      "schema_version",
      `is ${schema_version}; this authsome knows version 1`,
      "Update authsome",
    );
  }
  const { value, warnings } = fromPythonShape(raw as Record<string, unknown>);
  if (value.auth_type === "browser" || value.flow === "browser") {
    throw invalid(
      file,
      value.auth_type === "browser" ? "auth_type" : "flow",
      "is the session of a browser, which is not supported",
      "Use the service's API key or OAuth in its place",
    );
  }
  const result = v.safeParse(definitionSchema, value, { abortEarly: true });
  if (!result.success) {
    const issue = innermost(result.issues[0]);
    throw invalid(file, fieldOf(issue), reasonOf(issue));
  }
  const definition = result.output;
  for (const field of unknownFields(definition)) {
    const section = definition.auth_type === "oauth2" ? "oauth" : "api_key";
    const place = isFieldOf(section, field)
      ? `; it belongs into "${section}"`
      : "";
    warnings.push(`"${field}" is not a known field here${place}`);
  }
  try {
    warnings.push(...checkRules(definition, {
      private: allowPrivate,
      variable: isAllowed,
      configFile: ({ path, text }) =>
        configFiles.some((each) => each.path === path && each.text === text) ||
        isAllowed(`~/${path}`),
    }));
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    // A path that needs no quotes can be typed as it is.
    const hint = /^[\w@%+=,./-]+$/.test(file)
      ? error.hint?.replaceAll("<file>", file)
      : error.hint;
    throw invalid(file, error.field, error.reason, hint);
  }
  return {
    definition,
    warnings,
    ...defined({ unusual: unusual.size > 0 ? [...unusual] : undefined }),
  };
}

/** Of one or several of which one is wrong: that one. */
function innermost(issue: Issue): Issue {
  const inner = issue.type === "union"
    ? issue.issues?.find(({ path = [] }) => path.length > 0)
    : undefined;
  return inner
    ? innermost({
      ...inner,
      path: [...issue.path ?? [], ...inner.path ?? []],
    })
    : issue;
}

interface Issue {
  kind: string;
  type: string;
  message: string;
  expected: string | null;
  received: string;
  path?: readonly { key: unknown; type: string }[];
  issues?: readonly Issue[];
}

function fieldOf({ path = [] }: Issue): string {
  return path.map(({ key }, at) =>
    typeof key === "number" ? `[${key}]` : at === 0 ? key : `.${key}`
  ).join("");
}

/** What is wrong, without the value: it could be a key pasted into the wrong place. */
function reasonOf(issue: Issue): string {
  if (issue.received === "undefined") return "is missing";
  if (issue.kind === "validation") {
    if (issue.type === "regex") return issue.message;
    if (issue.type === "max_entries") {
      return `has too many entries (${issue.expected})`;
    }
    if (issue.type === "max_length") return `is too long (${issue.expected})`;
    if (issue.type === "min_length") return "is empty";
  }
  if (issue.type === "strict_object" && issue.expected === "never") {
    return "is not a known field here";
  }
  return `must be ${truncate(issue.expected ?? "another value", 200)}`;
}

function invalid(
  file: string,
  field: string,
  reason: string,
  hint = "See a complete one: authsome inspect github",
): AuthsomeError {
  return new AuthsomeError(
    "InvalidDefinition",
    field ? `${file}: "${field}" ${reason}` : `${file}: the text ${reason}`,
    hint,
    { subject: field ? { file, field } : { file } },
  );
}
