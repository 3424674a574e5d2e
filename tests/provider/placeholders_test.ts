// The placeholders of all definitions: each is taken by the vendor's clients, is recognised everywhere without its
// definition, carries a connection's name, and is taken for a key by nothing of authsome.
import { expect } from "expect";
import { test } from "node:test";
import { refuseSecrets } from "../../lib/cli/kit/secret_arguments.ts";
import { publicValues } from "../../lib/connection/public_values.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import { compare } from "../../lib/import/scan/drift.ts";
import {
  carriesPlaceholder,
  holdsPlaceholder,
  isPlaceholder,
  PLACEHOLDER,
  RESERVED_TEXTS,
} from "../../lib/placeholder.ts";
import { secretFields } from "../../lib/provider/credential_fields.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { formOf, placeholderOf } from "../../lib/provider/placeholder_of.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";
import { patternField, readSecret } from "../../lib/provider/secret_input.ts";
import {
  connectionNames,
  isPlaceholderSegment,
  namedPlaceholder,
} from "../../lib/request/named_placeholder.ts";
import { Secret } from "../../lib/secret.ts";
import { bundledProviders } from "../../providers/mod.ts";

/** Where a client demands something other than `key_pattern`: what, and which one. */
const DEMANDED: Record<string, { form: RegExp; by: string }> = {
  "vercel": { form: /^\w+$/, by: "npm vercel: VERCEL_TOKEN has no hyphen" },
  "huggingface": { form: /^hf_\S+$/, by: "npm @huggingface/hub" },
  "huggingface-oauth": { form: /^hf_\S+$/, by: "npm @huggingface/hub" },
};
/** Values that placeholders need. */
const VALUES: Record<string, Record<string, string>> = {
  "mailchimp": { data_center: "us14" },
};
const NAMES = [
  "work",
  "my work",
  "me@example.com",
  "日本",
  "50%",
  "a'b",
  "a.b",
];

const definitions = bundledProviders.names.map((name): ProviderDefinition =>
  JSON.parse(bundledProviders.text(name)!)
);

/** Provider, field and placeholder of those that have a form of their own. */
const formed = definitions.flatMap((definition) =>
  secretFields(definition).filter((field) => formOf(definition, field))
    .map((field) => ({
      definition,
      field,
      text: placeholderOf(
        { definition, values: VALUES[definition.name] ?? {} },
        field,
      ),
    }))
);

test("each placeholder is what the clients of its vendor demand, also with a name", () => {
  expect(formed.length).toBeGreaterThan(7);
  for (const { definition, field, text } of formed) {
    const { name, api_key } = definition;
    const demanded = DEMANDED[name]?.form ??
      (field === patternField(definition) && api_key?.key_pattern
        ? new RegExp(api_key.key_pattern)
        : undefined);
    expect([name, field, demanded]).toEqual([name, field, expect.any(RegExp)]);
    for (const each of [text, namedPlaceholder("work", text)]) {
      expect([name, each]).toEqual([name, expect.stringMatching(demanded!)]);
    }
  }
});

test("each is recognised by its reserved text, and is of visible characters", () => {
  for (const { definition: { name }, text } of formed) {
    expect([name, text]).toEqual([name, expect.stringMatching(/^[!-~]+$/)]);
    expect([name, RESERVED_TEXTS.some((each) => text.includes(each))])
      .toEqual([name, true]);
    for (
      const written of [
        text,
        `Bearer ${text}`,
        `https://x/?k=${encodeURIComponent(text)}`,
        encodeURIComponent(text).replaceAll("-", "%2D").replaceAll("_", "%5f"),
        `Basic ${btoa(`${text}:`)}`,
        `basic  ${btoa(`me:${text}`)}`,
      ]
    ) expect([written, carriesPlaceholder(written)]).toEqual([written, true]);
    expect(isPlaceholder(text)).toBe(true);
    expect(isPlaceholderSegment(text)).toBe(true);
    expect(isPlaceholderSegment(encodeURIComponent(text))).toBe(true);
  }
});

test("each carries the name of a connection in every place, and no other", () => {
  const known = new Map(NAMES.map((name) => [name, {}]));
  for (const { definition: { name: provider }, text } of formed) {
    const at = { target: "/", fields: [{ name: "x", value: text }] };
    expect(connectionNames(at, known)).toEqual([]);
    for (const name of NAMES) {
      const named = namedPlaceholder(name, text);
      const tagged = !text.includes(PLACEHOLDER);
      for (
        const [target, value] of [
          ["/", named],
          ["/", `Bearer ${tagged ? named.toUpperCase() : named}`],
          ["/", `Basic ${btoa(`${named}:`)}`],
          ["/", `Basic ${btoa(`me:${named}`)}`],
          [`/bot${named}/x`, ""],
          [`/?k=${encodeURIComponent(named)}&a`, ""],
        ] as const
      ) {
        // Only digits are the same in capitals.
        if (value.startsWith("Bearer") && !/^[\dA-Fa-f-]+$/.test(text)) {
          continue;
        }
        const fields = [{ name: "x", value }];
        expect([
          provider,
          target,
          value,
          connectionNames({ target, fields }, known),
        ])
          .toEqual([provider, target, value, [name]]);
      }
      expect(isPlaceholderSegment(named)).toBe(true);
      const stranger = connectionNames({
        target: `/${namedPlaceholder("nobody", text)}`,
        fields: [],
      }, known);
      expect(known.has(stranger[0]!)).toBe(false);
    }
  }
});

test("nothing takes one for a key: not a login, not a scan, not the check of arguments", async () => {
  const all = [
    ...new Set([...formed.map(({ text }) => text), ...RESERVED_TEXTS]),
  ]
    .flatMap((text) => [text, namedPlaceholder("work", text)]);
  for (const text of all) {
    for (const definition of definitions) {
      for (const field of secretFields(definition)) {
        expect([definition.name, text, readSecret(definition, field, text)])
          .toEqual([definition.name, text, { problem: expect.any(String) }]);
      }
    }
    for (const word of [text, `ACME_TOKEN=${text}`]) {
      expect(() => refuseSecrets(["login", word])).not.toThrow();
    }
  }
  expect(() => refuseSecrets(["login", "ACME_TOKEN=sk_test_01"])).toThrow();
  for (const { definition, text } of formed) {
    const variables = Object.fromEntries(
      Object.keys(definition.export?.env ?? {}).map((name) => [name, text]),
    );
    const candidates = [{ definition, connectionName: "default" }];
    for (
      const row of await compare(candidates, [{ name: ".env", variables }])
    ) {
      expect([definition.name, row.status, row.value])
        .toEqual([definition.name, "both_missing", undefined]);
    }
  }
});

test("no random key, and no word that only looks like one, is a placeholder", () => {
  for (
    const text of [
      "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
      "6175746873",
      "authsome",
      "authsome_proxy",
      "authsome-proxy_managed",
      "authsome proxy managed",
      "",
      `Basic ${btoa("ada:secret")}`,
      "Basic ???",
    ]
  ) expect([text, carriesPlaceholder(text)]).toEqual([text, false]);
  for (
    const text of [
      `https://me:${PLACEHOLDER}@example.com/`,
      `a,${PLACEHOLDER}`,
      `real ${PLACEHOLDER}`,
    ]
  ) {
    expect([text, holdsPlaceholder(text), isPlaceholder(text)])
      .toEqual([text, true, false]);
  }
});

test("a public value is part of a placeholder if it is known and harmless, else the usual one is used", () => {
  const definition = definitions.find(({ name }) => name === "mailchimp")!;
  const of = (key: string) =>
    placeholderOf({
      definition,
      values: publicValues(definition, {
        credential: { type: "api_key", fields: { api_key: new Secret(key) } },
      }),
    }, "api_key");
  expect(of(`${"0123456789abcdef".repeat(2)}-us14`))
    .toBe("61757468736f6d650000000000000000-us14");
  expect(of("0123456789abcdef")).toBe(PLACEHOLDER);
  const given = (data_center: string) =>
    placeholderOf({ definition, values: { data_center } }, "api_key");
  for (const bad of ["", "a b", "{x}", "a/b", "x\r\n", "a@b"]) {
    expect([bad, given(bad)]).toEqual([bad, PLACEHOLDER]);
  }
  expect(placeholderOf({ definition }, "api_key")).toBe(PLACEHOLDER);
});

const ACME = {
  schema_version: 1,
  name: "acme",
  display_name: "Acme",
  auth_type: "api_key",
  flow: "api_key",
  api_url: "api.acme.com",
  api_key: { secret_fields: ["token", "other"] },
};

function problemOf(more: Record<string, unknown>): string | undefined {
  try {
    parseDefinition(JSON.stringify({ ...ACME, ...more }), {
      file: "/home/providers/acme.json",
      allowPrivate: false,
    });
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return error.message.replaceAll('"', "");
  }
}

test("a placeholder that could not be recognised, or named, is refused with the definition", () => {
  const data = { data_center: { from: "token", pattern: "-(us[0-9]+)$" } };
  for (
    const [placeholder, problem] of [
      ["acme_key", /placeholder must contain one of authsome-proxy-managed,/],
      ["AUTHSOME-PROXY-MANAGED", /must contain one of/],
      ["authsome-{data_center}proxy-managed", /must contain one of/],
      ["x authsome-proxy-managed", /visible ASCII/],
      ["authsome-proxy-managed\u00e9", /characters that cannot be sent/],
      ["", /visible ASCII/],
      ["authsome-proxy-managed.work", /has the name of a connection/],
      ["authsome_proxy_managed_0123456789ab", /has the name of a connection/],
      ["authsomeproxymanaged0123456789ab", /has the name of a connection/],
      ["authsome-proxy-managed-us1", /must end with authsome-proxy-managed/],
      ["61757468736f6d65abc", /must have zeros behind 61757468736f6d65/],
      ["61757468736f6d650000000a", /must have zeros behind/],
      ["61757468736f6d650123456789ab", /has the name of a connection/],
      ["authsome_proxy_managed{nothing}", /\{nothing\}, which is not one of/],
      ["authsome_proxy_managed{data_center", /unmatched brace/],
      [{ token: "acme" }, /placeholder\.token must contain/],
      [{ nobody: PLACEHOLDER }, /placeholder\.nobody is not for a secret/],
    ] as const
  ) {
    const found = problemOf({ placeholder, public_values: data });
    expect([placeholder, found])
      .toEqual([placeholder, expect.stringMatching(problem)]);
  }
  for (
    const placeholder of [
      PLACEHOLDER,
      "1:authsome-proxy-managed",
      "sk-authsome_proxy_managed",
      "authsome_proxy_managed_000000000000-x",
      "authsomeproxymanaged0000",
      "AC61757468736f6d65000000000000000000",
      "61757468736f6d6500000000",
      "authsome_proxy_managed-{data_center}",
      { token: "t_authsome_proxy_managed", other: PLACEHOLDER },
    ]
  ) {
    expect([placeholder, problemOf({ placeholder, public_values: data })])
      .toEqual([placeholder, undefined]);
  }
});

test("an accepted place that frames a message, or takes more than a placeholder, is refused with the definition", () => {
  const header = (name: string, value?: string) => ({
    kind: "header",
    name,
    value,
  });
  for (
    const [place, problem] of [
      [header("Host"), /accepts\[0\] may not be the header Host/],
      [header("content-length"), /may not be the header/],
      [header("Transfer-Encoding"), /may not be the header/],
      [header("Sec-WebSocket-Protocol"), /may not be the header/],
      [header("Proxy-Authorization"), /may not be the header/],
      [header("cookie"), /may not be the whole header Cookie/],
      [header("X-Key", "{nothing}"), /uses \{nothing\}, which is not a field/],
      [header("X-Key", "{refresh_token}"), /uses \{refresh_token\}/],
      [header("X-Key", "{token"), /unmatched brace/],
      [{ kind: "query", name: "" }, /has no name/],
      [{ kind: "cookie", name: "a;b" }, /is not a header name/],
      [{ kind: "body", name: "a" }, /accepts/],
    ] as const
  ) {
    expect([place, problemOf({ accepts: [place] })])
      .toEqual([place, expect.stringMatching(problem)]);
    const extra = {
      api_url: "git.acme.com",
      inject: { kind: "basic", username: "x", password: "{token}" },
      accepts: [place],
    };
    expect(problemOf({ extra_routes: [extra] })).toMatch(/^.*extra_routes/);
  }
  const accepts = [
    header("Authorization"),
    header("X-Key", "{token}"),
    { kind: "query", name: "key" },
    { kind: "cookie", name: "session" },
    { kind: "basic" },
  ];
  expect(problemOf({ accepts })).toBe(undefined);
});
