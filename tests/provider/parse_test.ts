import { expect } from "expect";
import { test } from "node:test";
import type { AuthsomeError } from "../../lib/errors.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";

const KEY = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme.com",
  api_key: {},
};
const OAUTH = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "oauth2",
  flow: "pkce",
  api_url: "api.acme.com",
  oauth: {
    authorization_url: "https://acme.com/authorize",
    token_url: "https://acme.com/token",
  },
};

function parse(value: unknown, allowPrivate = false) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return parseDefinition(text, {
    file: "/home/providers/acme.json",
    allowPrivate,
  });
}

function refusal(value: unknown, allowPrivate = false): AuthsomeError {
  try {
    parse(value, allowPrivate);
  } catch (error) {
    return error as AuthsomeError;
  }
  throw new Error("The definition was accepted");
}

test("parseDefinition() reads a definition and gives it back unchanged", () => {
  for (const value of [KEY, OAUTH]) {
    expect(parse(value)).toEqual({ definition: value, warnings: [] });
  }
});

test("parseDefinition() accepts a byte order mark", () => {
  expect(parse("\ufeff" + JSON.stringify(KEY)).definition.name).toBe("acme");
});

test("parseDefinition() keeps unknown fields and names them", () => {
  const { definition, warnings } = parse({
    ...OAUTH,
    colour: "red",
    oauth: {
      ...OAUTH.oauth,
      pkcee: true,
      revocation: { style: "rfc7009", x: 1 },
    },
    extra_routes: [{
      api_url: "git.acme.com",
      inject: { kind: "basic", username: "", password: "{access_token}", y: 1 },
    }],
  });
  expect(warnings).toEqual([
    '"oauth.revocation.x" is not a known field here',
    '"oauth.pkcee" is not a known field here',
    '"extra_routes[0].inject.y" is not a known field here',
    '"colour" is not a known field here',
  ].sort((a, b) => warnings.indexOf(a) - warnings.indexOf(b)));
  expect(JSON.stringify(definition)).toContain('"colour":"red"');
  expect(JSON.stringify(definition)).toContain('"pkcee":true');
});

const TEXTS: [what: string, text: string, message: RegExp][] = [
  ["nothing", "", /not JSON/],
  ["no object", "[]", /not a JSON object/],
  ["null", "null", /not a JSON object/],
  ["a comment without an end", "{/* }", /not JSON/],
  ["two texts", "{}{}", /not JSON/],
  ["a repeated name", '{"name":"a","name":"b"}', /"name" twice/],
  [
    "a repeated name in two spellings",
    String.raw`{"api_url":"a.com","\u0061pi_url":"evil.test"}`,
    /twice/,
  ],
  [
    "a repeated name further down",
    '{"oauth":{"token_url":"https://a.com","x":["{",1],"token_url":"https://b.com"}}',
    /"token_url" twice/,
  ],
  ["__proto__", '{"__proto__":{"name":"x"}}', /__proto__/],
  [
    "__proto__ in other letters",
    String.raw`{"\u005f_proto__":{}}`,
    /not allowed/,
  ],
  ["constructor", '{"oauth":{"constructor":{"prototype":{}}}}', /constructor/],
  ["64 KiB and more", `{"x":"${"a".repeat(70_000)}"}`, /64 KiB/],
  ["deep nesting", "[".repeat(30_000) + "]".repeat(30_000), /nested deeper/],
];

for (const [what, text, message] of TEXTS) {
  test(`parseDefinition() refuses ${what}`, () => {
    const error = refusal(text);
    expect(error.message).toMatch(message);
    expect([error.code, error.exitCode]).toEqual(["InvalidDefinition", 4]);
    expect(error.subject.file).toBe("/home/providers/acme.json");
    expect(Object.hasOwn(Object.prototype, "name")).toBe(false);
  });
}

test("a repeated name within a string is no repeated name", () => {
  const note = '{"a":1,"a":2} "notes": \\" : {';
  expect(parse({ ...KEY, notes: [note, note] }).definition.notes).toEqual([
    note,
    note,
  ]);
});

/** Field that the message must name → values of it that must be refused. */
const FIELDS: Record<string, unknown[]> = {
  schema_version: [2, 99, "1", null],
  name: [
    undefined,
    "",
    "..",
    "../../etc/passwd",
    "a/b",
    "a\\b",
    "a.json",
    "Acme",
    "acmé",
    "-acme",
    "acme ",
    "acme\n",
    "acme\0",
    "a".repeat(64),
    5,
  ],
  display_name: [
    undefined,
    "",
    "a\u001b[2J",
    "a\nb",
    "\u202eemca",
    "x".repeat(81),
  ],
  auth_type: [undefined, "basic"],
  flow: [undefined, "implicit", "pkce", "device_code"],
  docs_url: ["javascript:alert(1)", "file:///etc/passwd", "https://a.com/\n"],
  dashboard_url: ["data:text/html,x"],
  api_url: [
    5,
    "localhost",
    "localhost:8080",
    "api.localhost",
    "intranet",
    "10.0.0.1",
    "127.0.0.1:80",
    "169.254.169.254",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "com",
    "co.uk",
    "metadata.google.internal",
    "printer.local",
    "http://api.acme.com",
    "ftp://api.acme.com",
    "user@api.acme.com",
    "https://user:pw@api.acme.com",
    "api.acme.com:0",
    "api.acme.com:99999",
    "api.acme.com/a/../b",
    "api.acme.com/%2e%2e",
    "api.acme.com?x",
    "api.acme.com#x",
    "api.acme.com.",
    "api..acme.com",
    "*.acme.com",
    "api.аcme.com",
    "api.acme.com\0",
    "api.acme.com evil.test",
    "{host}",
    "{base_url_host}.evil.test",
    "regex:.*acme.*",
    String.raw`regex:api\.acme\.com`,
    String.raw`regex:^.*\.acme\.com$`,
    String.raw`regex:^[a-z]+\.com$`,
    String.raw`regex:^[a-z]+\.co\.uk$`,
    String.raw`regex:^([a-z]+)+\.acme\.com$`,
    "regex:^(",
    ["api.acme.com", "localhost"],
  ],
  "default_headers.Host": [{ Host: "x" }],
  "default_headers.Authorization": [{ Authorization: "x" }],
  "export.env.PATH": [{ env: { PATH: "api_key" } }],
  "export.env.LD_PRELOAD": [{ env: { LD_PRELOAD: "api_key" } }],
  "export.env.HTTPS_PROXY": [{ env: { HTTPS_PROXY: "api_key" } }],
  "export.env.NODE_OPTIONS": [{ env: { NODE_OPTIONS: "api_key" } }],
  "export.env.AUTHSOME_HOME": [{ env: { AUTHSOME_HOME: "api_key" } }],
  "export.env.ACME_KEY": [{ env: { ACME_KEY: "other" } }],
  "export.env.A B": [{ env: { "A B": "api_key" } }],
  "exclude_hosts[0]": [[".acme.com"], ["*"]],
};

for (const [field, values] of Object.entries(FIELDS)) {
  for (const value of values) {
    test(`parseDefinition() refuses ${field}: ${JSON.stringify(value)?.slice(0, 60)}`, () => {
      const error = refusal({ ...KEY, [field.split(/[.[]/)[0]!]: value });
      expect(error.message).toContain("/home/providers/acme.json: ");
      expect(error.message).toContain(`"${field}`);
      expect(error.subject.field).toContain(field);
    });
  }
}

const KEY_FIELDS: Record<string, unknown[]> = {
  header_name: [
    "Host",
    "content-length",
    "Transfer-Encoding",
    "a b",
    "a:b",
    "x\r\ny",
    "",
  ],
  header_prefix: ["a\r\nX: y", "{access_token}"],
  secret_fields: [[], ["a-b"], ["__proto__"], "api_key"],
  key_pattern: [
    "(",
    "^(a+)+$",
    "^(a|a)*$",
    "^(x+x+)+y$",
    "^(?=a)b$",
    "^(a)\\1$",
    "^((a+))+$",
    "^(a+){50}$",
    "^(a?){30}a{30}$",
    "^(?:(?:a|ab)(?:c|bcd))*$",
    "^(?<x>a+)\\k<x>$",
    "^a*a*a*a*b$",
    "^a{1,300}a{1,300}a{1,300}a{1,300}b$",
  ],
  key_pattern_field: ["other", "A"],
  optional_fields: [["other"], "api_key"],
  env_var: ["A=B", "PATH", "LD_PRELOAD", ["AUTHSOME_PASSPHRASE"], ""],
  inject: [
    [],
    [{ kind: "body", name: "x", value: "y" }],
    [{ kind: "header", name: "X", value: "{access_token}" }],
    [{ kind: "header", name: "X", value: "{refresh_token}" }],
    [{ kind: "header", name: "X", value: "{api_key" }],
    [{ kind: "header", name: "X", value: "{api_key}\r\nY: z" }],
    [{ kind: "header", name: "Content-Length", value: "{api_key}" }],
    [{ kind: "path", template: "/bot" }],
    [{ kind: "path", template: "bot{api_key}" }],
    [{ kind: "basic", username: "x" }],
    [{ kind: "sigv4", access_key_id: "{api_key}" }],
    [{ kind: "sigv4", access_key_id: "a", secret_access_key: "b" }],
    [{
      kind: "sigv4",
      access_key_id: "{api_key}",
      secret_access_key: "{client_secret}",
    }],
  ],
};

for (const [field, values] of Object.entries(KEY_FIELDS)) {
  for (const value of values) {
    test(`parseDefinition() refuses api_key.${field}: ${JSON.stringify(value).slice(0, 60)}`, () => {
      const error = refusal({ ...KEY, api_key: { [field]: value } });
      expect(error.subject.field).toContain(`api_key.${field}`);
    });
  }
}

const ENDPOINTS = [
  "http://acme.com/token",
  "https://localhost/token",
  "https://127.0.0.1/token",
  "https://169.254.169.254/latest",
  "https://[::1]/token",
  "https://user:pw@acme.com/token",
  "https://acme.com/token#x",
  "https://{client_id}.evil.test/token",
  "https://{base_url}/token",
  "https://acme.com{client_id}/token",
  "{instance_url}/token",
  "javascript:alert(1)",
  "https://",
  "//acme.com/token",
  "https://internal/token",
  "https://2130706433/",
];

for (
  const field of [
    "token_url",
    "registration_endpoint",
    "revocation_url",
    "issuer",
  ]
) {
  for (const url of ENDPOINTS) {
    test(`parseDefinition() refuses oauth.${field}: ${url}`, () => {
      const error = refusal({
        ...OAUTH,
        oauth: { ...OAUTH.oauth, [field]: url },
      });
      expect(error.subject.field).toBe(`oauth.${field}`);
    });
  }
}

test("parseDefinition() says which endpoint a flow lacks", () => {
  const { token_url: _, ...rest } = OAUTH.oauth;
  expect(refusal({ ...OAUTH, oauth: rest }).subject.field).toBe(
    "oauth.token_url",
  );
  expect(refusal({ ...OAUTH, oauth: undefined }).subject.field).toBe("oauth");
  expect(refusal({ ...OAUTH, flow: "device_code" }).subject.field).toBe(
    "oauth.device_authorization_url",
  );
  expect(refusal({ ...OAUTH, flow: "dcr_pkce" }).subject.field).toBe(
    "oauth.registration_endpoint",
  );
});

test("a refresh token is never sent to a routed host", () => {
  const inject = (value: string) => ({
    ...OAUTH,
    oauth: { ...OAUTH.oauth, inject: [{ kind: "header", name: "X", value }] },
  });
  expect(refusal(inject("{refresh_token}")).subject.field).toBe(
    "oauth.inject[0]",
  );
  expect(parse(inject("{access_token} {client_id}")).warnings).toEqual([]);
});

test("a host that came with the redirect may not name a route", () => {
  const captured = (capture: unknown) => ({
    ...OAUTH,
    api_url: "{shop}",
    oauth: { ...OAUTH.oauth, capture },
  });
  expect(
    refusal(captured({ callback: ["shop"], token_response: { shop: "shop" } }))
      .subject.field,
  ).toBe("api_url");
  expect(refusal(captured({ callback: ["shop"] })).subject.field).toBe(
    "api_url",
  );
  expect(parse(captured({ token_response: { shop: "shop" } })).warnings)
    .toEqual([]);
});

test("a token may not be captured as if it were no secret", () => {
  for (
    const capture of [
      { token_response: { x: "refresh_token" } },
      { token_response: { x: "authed_user.access_token" } },
      { token_response: { access_token: "host" } },
      { callback: ["code"] },
      {
        request: { url: "https://acme.com/me", values: { client_secret: "x" } },
      },
    ]
  ) {
    const error = refusal({ ...OAUTH, oauth: { ...OAUTH.oauth, capture } });
    expect(error.subject.field).toMatch(/^oauth\.capture\./);
  }
});

test("private hosts are allowed when asked for, patterns over everything never", () => {
  for (
    const api_url of [
      "localhost:8443",
      "127.0.0.1:8443",
      "git.corp",
      "[::1]:8443",
    ]
  ) {
    expect(parse({ ...KEY, api_url }, true).definition.api_url).toBe(api_url);
  }
  const oauth = {
    authorization_url: "http://127.0.0.1:9000/authorize",
    token_url: "http://127.0.0.1:9000/token",
  };
  expect(parse({ ...OAUTH, oauth }, true).definition.oauth).toEqual(oauth);
  refusal({ ...KEY, api_url: String.raw`regex:^[a-z]+\.com$` }, true);
  refusal({ ...KEY, api_url: String.raw`regex:^[a-z]+\.co\.uk$` }, true);
  refusal({ ...KEY, api_url: "regex:.*" }, true);
  refusal({ ...KEY, api_url: String.raw`regex:^[0-9]+\.0\.0\.1$` }, true);
  refusal(
    { ...OAUTH, oauth: { ...oauth, token_url: "http://acme.com/" } },
    true,
  );
});

test("a pattern over a domain that customers share is warned of", () => {
  const { warnings } = parse({
    ...KEY,
    api_url: String.raw`regex:^[a-z0-9-]+\.netlify\.app$`,
  });
  expect(warnings).toEqual([expect.stringContaining("netlify.app")]);
});

test("no message repeats the value: a key may have been pasted into the wrong field", () => {
  const canary = "sk-live-canary\n1234567890";
  const broken = refusal('{\n  "name": sk-live-canary }');
  expect(broken.message).not.toContain("sk");
  expect(broken.message).toContain("line 2");
  for (const field of ["name", "display_name", "api_url", "flow", "docs_url"]) {
    const error = refusal({ ...KEY, [field]: canary });
    expect(error.message + error.hint).not.toContain("canary");
  }
  for (
    const field of ["header_name", "header_prefix", "key_pattern", "env_var"]
  ) {
    const error = refusal({ ...KEY, api_key: { [field]: canary + "(" } });
    expect(error.message + error.hint).not.toContain("canary");
  }
});

test("files of the Python implementation are read unchanged", () => {
  const file = {
    schema_version: 1,
    name: "github",
    display_name: "GitHub",
    auth_type: "oauth2",
    flow: "pkce",
    oauth: {
      base_url: "https://github.com",
      authorization_url: "{base_url}/login/oauth/authorize",
      token_url: "{base_url}/login/oauth/access_token",
      revocation_url: null,
      device_authorization_url: "{base_url}/login/device/code",
      scopes: ["repo", "read:user"],
      pkce: true,
      supports_device_code: true,
      supports_dcr: false,
      registration_endpoint: null,
    },
    api_key: null,
    api_url: "https://api.github.com",
    docs: "https://docs.github.com/en/apps",
  };
  const wanted = { GITHUB_ACCESS_TOKEN: "access_token" };
  for (
    const map of [
      { access_token: "GITHUB_ACCESS_TOKEN" },
      { GITHUB_ACCESS_TOKEN: "ACCESS_TOKEN" },
      { env: { access_token: "GITHUB_ACCESS_TOKEN" } },
      { env: { GITHUB_ACCESS_TOKEN: "access_token" } },
      { ACCESS_TOKEN: "GITHUB_ACCESS_TOKEN" },
    ]
  ) {
    const { definition, warnings } = parse({ ...file, export: map });
    expect(definition.export).toEqual({ env: wanted });
    expect(definition.docs_url).toBe("https://docs.github.com/en/apps");
    expect(definition).not.toHaveProperty("api_key");
    expect(definition.oauth).not.toHaveProperty("revocation_url");
    expect(warnings).toEqual(['"docs" is read as "docs_url"']);
  }
});

test("Python API key files: flat maps, raw keys, no api_url", () => {
  const { api_url: _, ...file } = {
    ...KEY,
    api_key: {
      header_name: "X-Api-Key",
      header_prefix: "",
      // With an escape that only some flavours allow.
      key_pattern: "^sk\\-[A-Za-z0-9_\\-]{20,}$",
    },
    export: { ACME_API_KEY: "API_TOKEN", ACME_KEY: "api_key" },
  };
  const { definition, warnings } = parse(file);
  expect(definition.api_url).toEqual([]);
  expect(definition.export).toEqual({
    env: { ACME_API_KEY: "api_key", ACME_KEY: "api_key" },
  });
  expect(warnings).toEqual([expect.stringContaining("api_url")]);
});
