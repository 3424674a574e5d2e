/**
 * The shape of a definition, for files that people write. `providers/schema.json` is made from it, with the
 * descriptions of `definition.ts`.
 *
 * Objects are loose: fields that mean nothing are kept, and {@linkcode unknownFields} names them.
 *
 * @module
 */
import * as v from "valibot";
import type { ProviderDefinition } from "../definition.ts";
import { FLOW_NAMES } from "../flow_facts.ts";
import { PROVIDER_NAME } from "../name.ts";
import { minting, operations } from "./requests_schema.ts";
import { clientAssertion, clientSchema } from "./client_schema.ts";
import {
  endpoint,
  fieldName,
  grantType,
  headerName,
  line,
  link,
  memberName,
  parameters,
  path,
  place,
  places,
  scopes,
  sent,
  title,
  variable,
} from "./text_schemas.ts";

const injection = v.variant("kind", [
  v.looseObject({
    kind: v.literal("header"),
    name: headerName,
    value: sent,
    schemes: v.optional(v.array(headerName)),
  }),
  v.looseObject({
    kind: v.literal("basic"),
    username: sent,
    password: sent,
  }),
  v.looseObject({ kind: v.literal("query"), name: sent, value: sent }),
  v.looseObject({
    kind: v.literal("path"),
    template: v.pipe(
      v.string(),
      v.maxLength(200),
      v.regex(/^\/[\x21-\x7e]*$/, "does not begin with a slash"),
    ),
  }),
  v.looseObject({
    kind: v.literal("sigv4"),
    access_key_id: sent,
    secret_access_key: sent,
    session_token: v.optional(sent),
  }),
  v.looseObject({
    kind: v.literal("body"),
    format: v.picklist(["json", "form"]),
    name: path,
    value: sent,
    max_bytes: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16_777_216)),
    ),
  }),
  v.looseObject({
    kind: v.literal("websocket"),
    name: path,
    value: sent,
    match: v.optional(v.record(path, v.union([sent, v.number()]))),
  }),
]);

const accepted = v.array(v.variant("kind", [
  v.looseObject({
    kind: v.literal("header"),
    name: headerName,
    value: v.optional(sent),
  }),
  v.looseObject({
    kind: v.literal("query"),
    name: sent,
    value: v.optional(sent),
  }),
  v.looseObject({
    kind: v.literal("cookie"),
    name: headerName,
    value: v.optional(sent),
  }),
  v.looseObject({ kind: v.literal("basic") }),
]));

const oauth = v.looseObject({
  base_url: v.optional(link),
  authorization_url: v.optional(endpoint),
  token_url: v.optional(endpoint),
  refresh_url: v.optional(endpoint),
  revocation_url: v.optional(endpoint),
  device_authorization_url: v.optional(endpoint),
  registration_endpoint: v.optional(endpoint),
  issuer: v.optional(endpoint),
  resource: v.optional(endpoint),
  scopes: v.optional(scopes),
  refresh_scopes: v.optional(scopes),
  scope_separator: v.optional(v.picklist([" ", ",", "+"])),
  scope_param: v.optional(fieldName),
  device_scope_param: v.optional(fieldName),
  extra_scope_param: v.optional(v.looseObject({ name: fieldName, scopes })),
  client_id_param: v.optional(fieldName),
  code_challenge_encoding: v.optional(v.literal("hex")),
  pkce: v.optional(v.boolean()),
  supports_device_code: v.optional(v.boolean()),
  supports_dcr: v.optional(v.boolean()),
  authorization_params: v.optional(parameters),
  token_params: v.optional(parameters),
  refresh_params: v.optional(parameters),
  token_exchange: v.optional(
    v.looseObject({ grant_type: grantType, token_param: fieldName }),
  ),
  token_auth_method: v.optional(
    v.picklist([
      "none",
      "client_secret_basic",
      "client_secret_post",
      "private_key_jwt",
    ]),
  ),
  client_assertion: v.optional(clientAssertion),
  dpop: v.optional(v.boolean()),
  token_body: v.optional(v.picklist(["form", "json"])),
  token_response: v.optional(v.looseObject({
    access_token: v.optional(path),
    refresh_token: v.optional(path),
    expires_in: v.optional(path),
    scope: v.optional(path),
    error: v.optional(path),
    error_with_http_200: v.optional(v.boolean()),
  })),
  device_token_request: v.optional(v.looseObject({
    body: v.literal("json"),
    code_param: fieldName,
    url: v.optional(endpoint),
    grant_type: v.optional(grantType),
  })),
  revocation: v.optional(v.looseObject({
    style: v.picklist([
      "rfc7009",
      "delete",
      "delete_basic_json",
      "json",
      "bearer_post",
    ]),
    auth: v.optional(
      v.picklist(["none", "client_secret_basic", "client_secret_post"]),
    ),
    token_param: v.optional(memberName),
    client_id_param: v.optional(memberName),
    client_secret_param: v.optional(memberName),
  })),
  capture: v.optional(v.looseObject({
    token_response: v.optional(v.record(fieldName, path)),
    callback: v.optional(v.array(path)),
    request: v.optional(
      v.looseObject({ url: endpoint, values: v.record(fieldName, path) }),
    ),
  })),
  redirect_rules: v.optional(
    v.picklist(["any_loopback", "localhost", "https_only"]),
  ),
  redirect_instead: v.optional(v.pipe(line, v.minLength(1), v.maxLength(300))),
  inject: v.optional(v.pipe(v.array(injection), v.minLength(1))),
});

const apiKey = v.looseObject({
  base_url: v.optional(link),
  header_name: v.optional(headerName),
  header_prefix: v.optional(sent),
  inject: v.optional(v.pipe(v.array(injection), v.minLength(1))),
  secret_fields: v.optional(
    v.pipe(v.array(fieldName), v.minLength(1), v.maxLength(10)),
  ),
  public_fields: v.optional(
    v.pipe(v.array(fieldName), v.minLength(1), v.maxLength(10)),
  ),
  optional_fields: v.optional(v.pipe(v.array(fieldName), v.maxLength(10))),
  key_pattern: v.optional(v.pipe(v.string(), v.maxLength(500))),
  key_pattern_field: v.optional(fieldName),
  key_pattern_hint: v.optional(line),
  env_var: v.optional(v.union([variable, v.array(variable)])),
});

const fieldNames = v.pipe(v.array(fieldName), v.minLength(1), v.maxLength(10));
const mint = v.looseObject({
  fields: fieldNames,
  public_fields: v.optional(fieldNames),
  optional_fields: v.optional(fieldNames),
  file_fields: v.optional(fieldNames),
  request: v.optional(v.looseObject({
    parameters: parameters,
    basic: v.optional(v.looseObject({ username: sent, password: sent })),
  })),
  jwt: v.optional(v.looseObject({
    issuer: sent,
    subject: v.optional(sent),
    audience: v.optional(sent),
    key: sent,
    key_id: v.optional(sent),
    token_url: v.optional(memberName),
  })),
  lifetime: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(60), v.maxValue(86_400)),
  ),
  from: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(PROVIDER_NAME, "is not a name"))),
      v.minLength(1),
    ),
  ),
  urls: v.optional(v.record(fieldName, endpoint)),
});

const paths = v.union([path, v.pipe(v.array(path), v.minLength(1))]);
const whoami = v.looseObject({
  method: v.optional(v.picklist(["GET", "POST"])),
  url: v.union([place, v.pipe(v.array(place), v.minLength(1))]),
  headers: v.optional(v.record(headerName, sent)),
  body: v.optional(sent),
  account: v.optional(paths),
  prefix: v.optional(v.pipe(
    v.string(),
    v.regex(/^[!-~]{1,10}$/, "is not 1 to 10 visible ASCII characters"),
  )),
  refused: v.optional(v.looseObject({
    status: v.optional(v.array(v.picklist([200, 400, 401, 403, 404]))),
    error: v.optional(path),
    values: v.optional(v.array(sent)),
  })),
  docs_url: v.optional(link),
});

/** A definition, schema version 1. */
export const definitionSchema = v.looseObject({
  $schema: v.optional(v.string()),
  schema_version: v.literal(1),
  name: v.pipe(
    v.string(),
    v.regex(
      PROVIDER_NAME,
      "is not a name: use a-z, 0-9, - and _, at most 63, beginning with a letter or digit",
    ),
  ),
  display_name: title,
  auth_type: v.picklist(["oauth2", "api_key"]),
  flow: v.picklist(FLOW_NAMES),
  api_url: places,
  allow_private: v.optional(v.boolean()),
  exclude_hosts: v.optional(v.array(place)),
  extra_routes: v.optional(v.array(v.looseObject({
    api_url: places,
    inject: injection,
    accepts: v.optional(accepted),
    paths: v.optional(v.literal("git")),
  }))),
  oauth: v.optional(oauth),
  api_key: v.optional(apiKey),
  mint: v.optional(mint),
  client: v.optional(clientSchema),
  default_headers: v.optional(v.record(headerName, sent)),
  base_url_example: v.optional(link),
  placeholder: v.optional(v.union([sent, v.record(fieldName, sent)])),
  public_values: v.optional(v.record(
    fieldName,
    v.looseObject({
      from: fieldName,
      pattern: v.pipe(v.string(), v.maxLength(500)),
    }),
  )),
  accepts: v.optional(accepted),
  export: v.optional(v.looseObject({ env: v.record(variable, fieldName) })),
  config_files: v.optional(v.array(v.looseObject({
    path: v.pipe(
      v.string(),
      v.maxLength(200),
      v.regex(
        /^(?:[A-Za-z0-9._-]+\/)*[A-Za-z0-9._-]+$/,
        "is not a path below the home",
      ),
    ),
    text: v.pipe(v.string(), v.maxLength(4000)),
    source: link,
  }))),
  minting: v.optional(v.pipe(v.array(minting), v.maxLength(100))),
  operations: v.optional(operations),
  whoami: v.optional(whoami),
  checked: v.optional(
    v.pipe(v.string(), v.regex(/^20\d\d-(?:0[1-9]|1[0-2])$/, "is no month")),
  ),
  sources: v.optional(v.array(v.pipe(line, v.minLength(1)))),
  unverified: v.optional(v.boolean()),
  category: v.optional(title),
  docs_url: v.optional(link),
  dashboard_url: v.optional(link),
  setup_notes: v.optional(v.array(line)),
  notes: v.optional(v.array(line)),
});

/** What {@linkcode definitionSchema} gives; a definition as `definition.ts` has it. */
type ParsedShape = v.InferOutput<typeof definitionSchema>;
// Neither of the two may have a field that the other has not.
const _sameShape: (shape: ParsedShape) => ProviderDefinition = (shape) => shape;
const _sameFields: Record<
  keyof Required<ProviderDefinition>,
  unknown
> = definitionSchema.entries;

// deno-lint-ignore no-explicit-any
type AnySchema = any;

/** Whether the part `section` of a definition has a field called `name`. */
export function isFieldOf(section: "oauth" | "api_key", name: string): boolean {
  return Object.hasOwn(
    definitionSchema.entries[section].wrapped.entries,
    name,
  );
}

/** Paths of the fields of `value` that `schema` does not know. */
export function unknownFields(
  value: unknown,
  schema: AnySchema = definitionSchema,
  at = "",
): string[] {
  const name = (key: string) => at ? `${at}.${key}` : key;
  switch (schema.type) {
    case "optional":
      return value === undefined
        ? []
        : unknownFields(value, schema.wrapped, at);
    case "union":
      return [];
    case "array":
      return (value as unknown[]).flatMap((item, index) =>
        unknownFields(item, schema.item, `${at}[${index}]`)
      );
    case "variant": {
      const { kind } = value as { kind: string };
      return unknownFields(
        value,
        schema.options.find((option: AnySchema) =>
          option.entries.kind.literal === kind
        ),
        at,
      );
    }
    case "loose_object":
      return Object.entries(value as Record<string, unknown>).flatMap((
        [key, member],
      ) =>
        Object.hasOwn(schema.entries, key)
          ? unknownFields(member, schema.entries[key], name(key))
          : [name(key)]
      );
    default:
      return [];
  }
}
