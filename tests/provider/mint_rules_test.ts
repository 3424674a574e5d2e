import { expect } from "expect";
import { test } from "node:test";
import type { MintDefinition } from "../../lib/provider/definition.ts";
import { parseDefinition } from "../../lib/provider/reading/parse.ts";

const mint: MintDefinition = {
  fields: ["user", "key"],
  request: { parameters: { u: "{user}", k: "{key}" } },
};

function parsed(change: object, over: object = {}): unknown {
  return parseDefinition(
    JSON.stringify({
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "oauth2",
      flow: "key_exchange",
      api_url: "api.acme-notes.com",
      oauth: { token_url: "https://api.acme-notes.com/token" },
      mint: { ...mint, ...change },
      ...over,
    }),
    { file: "acme.json" },
  );
}

test("a definition that mints says from what, and how", () => {
  expect(parsed({})).toMatchObject({ warnings: [] });
  const aws = {
    auth_type: "api_key",
    flow: "aws_role",
    oauth: undefined,
    api_key: { secret_fields: ["access_key_id", "secret_access_key"] },
  };
  const jwt = { flow: "jwt_bearer" };
  for (
    const [field, change, over] of [
      ["mint", {}, { mint: undefined }],
      ["mint", {}, { flow: "client_credentials" }],
      ["mint.request", { request: undefined }],
      ["mint.jwt", {}, jwt],
      ["mint.urls", { from: ["aws"] }, aws],
      ["mint.public_fields", { public_fields: ["other"] }],
      ["mint.optional_fields", { optional_fields: ["other"] }],
      ["mint.file_fields", { file_fields: ["other"] }],
      ["mint.public_fields", { public_fields: ["key"], file_fields: ["key"] }],
      ["mint.request.parameters.k", {
        request: { parameters: { k: "{other}" } },
      }],
      ["mint.request.parameters.k", { request: { parameters: { k: "{key" } } }],
      ["mint.jwt.issuer", { jwt: { issuer: "{other}", key: "{key}" } }, jwt],
      ...[
        "https://sts.{region}/",
        "https://{region}/",
        "https://sts.{region}",
        "https://sts.{host}.amazonaws.com",
        "https://localhost/",
        "https://10.0.0.1/",
        "http://sts.{region}.amazonaws.com",
        "https://sts.{region}@evil.com",
      ].map((sts) =>
        ["mint.urls.sts", { from: ["aws"], urls: { sts } }, aws] as const
      ),
    ] as const
  ) {
    expect(() => parsed(change, over)).toThrow(
      expect.objectContaining({
        code: "InvalidDefinition",
        subject: expect.objectContaining({ field }),
      }),
    );
  }
  expect(
    parsed({
      from: ["aws"],
      urls: { sts: "https://sts.{region}.amazonaws.com" },
    }, aws),
  ).toMatchObject({ warnings: [] });
});
