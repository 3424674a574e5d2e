// Definitions as the Python implementation has them: accepted, or refused for a reason that is named.
import { expect } from "expect";
import { test } from "node:test";
import { AuthsomeError } from "../../lib/errors.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { injectionsOf } from "../../lib/request/routes.ts";

const parse = (text: string) =>
  parseDefinition(text, { file: "acme.jsonc", variables: "any" });

const KEY = `// Acme
// auth: api_key | flow: api_key
{
  "schema_version": 1,
  "name": "acme",
  "display_name": "Acme", /* as it is shown */
  "logo": "img.logo.dev/name/acme",
  "description": "See https://acme.com // not a comment, /* nor this */",
  "type": "llm",
  "auth_type": "api_key",
  "flow": "api_key",
  "api_url": "https://api.acme.com/v1",
  "api_key": {
    "header_name": "x-api-key",
    "header_prefix": null,
    "env_var": "ACME_API_KEY",
    "key_pattern": "^(ak_|pk_)[A-Za-z0-9_-]+$",
    "key_pattern_hint": "Acme's keys start with 'ak_'.", // the usual ones
  },
  "export": { "ACME_API_KEY": "API_TOKEN", },
}
`;

test("comments, commas at the end, and a prefix that is null", () => {
  const { definition, warnings } = parse(KEY);
  expect(injectionsOf(definition)).toEqual([
    { kind: "header", name: "x-api-key", value: "{api_key}" },
  ]);
  expect(definition.export).toEqual({ env: { ACME_API_KEY: "api_key" } });
  expect(definition.api_key?.key_pattern_hint)
    .toBe("Acme's keys start with 'ak_'.");
  expect(warnings).toEqual([]);
});

test("comments between any two tokens, with line ends of either kind", () => {
  const { definition } = parse(
    `\ufeff/**/{"name"/* {"a": 1} */:"acme",\r\n// "x": 1,\r\n"display_name":"A\\"//c","auth_type":"api_key",` +
      `"flow":"api_key","api_url":["api.acme.com",/*last*/],}//`,
  );
  expect([
    definition.display_name,
    definition.api_url,
    definition.schema_version,
  ])
    .toEqual(['A"//c', ["api.acme.com"], 1]);
});

test("a registration of its own, and JSON as one word", () => {
  const { definition, warnings } = parse(`{
    "name": "acme", "display_name": "Acme", "auth_type": "oauth2", "flow": "dcr_pkce",
    "api_url": "{base_url}/api",
    "oauth": {
      "base_url": "https://acme.com",
      "authorization_url": "{base_url}/authorize",
      "token_url": "{base_url}/token",
      "revocation_url": null,
      "device_authorization_url": "{base_url}/device",
      "device_token_request": "json",
      "scopes": "read, write",
      "authorization_method": "basic",
      "_comment": "Basic alone",
      "pkce": true, "supports_device_code": true, "supports_dcr": true
    },
    "registration": { "registration_endpoint": "https://acme.com/register" },
    "export": "ACME_ACCESS_TOKEN",
    "docs": "https://acme.com/docs"
  }`);
  expect(definition.oauth).toMatchObject({
    registration_endpoint: "https://acme.com/register",
    device_token_request: { body: "json", code_param: "device_code" },
    scopes: ["read", "write"],
    token_auth_method: "client_secret_basic",
  });
  expect(definition.api_url).toBe("{base_url_host}/api");
  expect(definition.export).toEqual({
    env: { ACME_ACCESS_TOKEN: "access_token" },
  });
  expect(warnings).toEqual(['"docs" is read as "docs_url"']);
});

test("the usual form of a token request, a registration as one word, and a host under an older name", () => {
  const { definition, warnings } = parse(`{
    "name": "acme", "display_name": "Acme", "auth_type": "oauth2", "flow": "dcr_pkce",
    "host_url": "https://acme.com",
    "oauth": {
      "authorization_url": "https://acme.com/authorize", "token_url": "https://acme.com/token",
      "device_token_request": "oauth2_form"
    },
    "registration": "https://acme.com/register"
  }`);
  expect(definition.oauth).toEqual({
    authorization_url: "https://acme.com/authorize",
    token_url: "https://acme.com/token",
    registration_endpoint: "https://acme.com/register",
  });
  expect(definition.api_url).toBe("https://acme.com");
  expect(warnings).toEqual(['"host_url" is read as "api_url"']);
});

const REFUSED: [what: string, change: [string, string], message: RegExp][] = [
  [
    "the session of a browser",
    ['"auth_type": "api_key"', '"auth_type": "browser"'],
    /"auth_type" is the session of a browser, which is not supported/,
  ],
  [
    "a pattern without an anchor",
    ['"https://api.acme.com/v1"', '"regex:.*acme.*"'],
    /"api_url" /,
  ],
  ["a comment without an end", ["// Acme", "/* Acme"], /not JSON \(line/],
  ["two commas", ["},\n}", "},,\n}"], /not JSON \(line 21\)/],
  ["a name twice behind a comment", [
    '"type": "llm"',
    '/**/"name"/**/: "other"',
  ], /has "name" twice/],
];

for (const [what, [from, to], message] of REFUSED) {
  test(`${what} is refused, and the reason is named`, () => {
    expect(KEY).toContain(from);
    let error: unknown;
    try {
      parse(KEY.replace(from, to));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AuthsomeError);
    expect((error as AuthsomeError).code).toBe("InvalidDefinition");
    expect((error as AuthsomeError).message).toMatch(message);
  });
}
