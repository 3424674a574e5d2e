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

/** Names of remarks. */
const REMARK = /^_(?:comment|doc|note)/;

/** Members that say nothing about how a credential is obtained or used. */
const DECORATION = ["logo", "description", "type", "metadata"];

/**
 * A copy of `value` in our shape; what was already in it stays as it is. Absent members may be `null` there, the version
 * may be left out, and texts stand for lists and objects of one.
 *
 * @returns the copy, and what a person should know about the changes.
 */
export function fromPythonShape(
  value: Fields,
): { value: Fields; warnings: string[] } {
  const result = withoutNulls(value) as Fields;
  const warnings: string[] = [];
  if (value.schema_version === undefined) result.schema_version = 1;
  for (const name of DECORATION) delete result[name];
  readShortcuts(result, value);
  if (result.docs_url === undefined && typeof result.docs === "string") {
    result.docs_url = result.docs;
    delete result.docs;
    warnings.push(`"docs" is read as "docs_url"`);
  }
  if (result.api_url === undefined && typeof result.host_url === "string") {
    result.api_url = result.host_url;
    delete result.host_url;
    warnings.push(`"host_url" is read as "api_url"`);
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

/** Changes `result` where the Python implementation takes a text, or has a member in another place. */
function readShortcuts(result: Fields, original: Fields): void {
  const { oauth, api_key } = result;
  if (isObject(api_key) && isObject(original.api_key)) {
    // No prefix, where ours has the empty one.
    if (original.api_key.header_prefix === null) api_key.header_prefix = "";
  }
  if (isObject(oauth)) {
    const endpoint = isObject(result.registration)
      ? result.registration.registration_endpoint
      : result.registration;
    if (typeof endpoint === "string") oauth.registration_endpoint ??= endpoint;
    delete result.registration;
    if (oauth.device_token_request === "json") {
      oauth.device_token_request = { body: "json", code_param: "device_code" };
    } else if (oauth.device_token_request === "oauth2_form") {
      delete oauth.device_token_request;
    }
    if (typeof oauth.scopes === "string") oauth.scopes = words(oauth.scopes);
    if (oauth.authorization_method === "basic") {
      oauth.token_auth_method ??= "client_secret_basic";
      delete oauth.authorization_method;
    }
  } else if (result.registration !== undefined) delete result.registration;
  if (typeof result.export === "string") {
    const field = result.auth_type === "oauth2" ? "access_token" : "api_key";
    result.export = { env: { [result.export]: field } };
  }
  const urls = typeof result.api_url === "string"
    ? [result.api_url]
    : result.api_url;
  if (Array.isArray(urls)) {
    // There a URL, here a host.
    const read = urls.map((url: unknown) =>
      typeof url === "string"
        ? url.replace(/^\{base_url\}/, "{base_url_host}")
        : url
    );
    result.api_url = typeof result.api_url === "string" ? read[0] : read;
  }
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
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
    Object.entries(value)
      .filter(([key, member]) => member !== null && !REMARK.test(key))
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}
