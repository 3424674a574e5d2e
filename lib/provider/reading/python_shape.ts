/**
 * Files written for the Python implementation, which used the same schema version with small differences, in our shape.
 *
 * @module
 */
import { isObject } from "../../object.ts";

type Fields = Record<string, unknown>;

/** Names that the Python implementation has for our credential fields. */
const FIELD_NAMES: Record<string, string> = {
  access_token: "access_token",
  refresh_token: "refresh_token",
  api_key: "api_key",
  api_token: "api_key",
};

/**
 * A copy of `value` in our shape; what was already in it stays as it is. Absent members may be `null` there.
 *
 * @returns the copy, and what a person should know about the changes.
 */
export function fromPythonShape(
  value: Fields,
): { value: Fields; warnings: string[] } {
  const result = withoutNulls(value) as Fields;
  const warnings: string[] = [];
  if (result.docs_url === undefined && typeof result.docs === "string") {
    result.docs_url = result.docs;
    delete result.docs;
    warnings.push(`"docs" is read as "docs_url"`);
  }
  if (result.api_url === undefined || result.api_url === "") {
    result.api_url = [];
    warnings.push(
      `"api_url" is missing: the proxy sends this credential to no host`,
    );
  }
  if (isObject(result.export)) {
    const map = isObject(result.export.env) ? result.export.env : result.export;
    const fields = isObject(result.api_key) &&
        Array.isArray(result.api_key.secret_fields)
      ? result.api_key.secret_fields
      : [];
    const env = variableMap(map, fields);
    if (Object.keys(env).length === 0) delete result.export;
    else if (map === result.export) result.export = { env };
    else result.export = { ...result.export, env };
  }
  return { value: result, warnings };
}

/** Variable → field, from either direction. */
function variableMap(map: Fields, secretFields: unknown[]): Fields {
  const result: Fields = {};
  const field = (text: string) =>
    secretFields.includes(text) ? text : FIELD_NAMES[text.toLowerCase()];
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== "string") {
      result[key] = value;
    } else if (
      field(key) !== undefined &&
      (isLower(key) && !isLower(value) || field(value) === undefined)
    ) {
      result[value] = field(key);
    } else {
      result[key] = field(value) ?? value;
    }
  }
  return result;
}

function isLower(text: string): boolean {
  return text === text.toLowerCase();
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}
