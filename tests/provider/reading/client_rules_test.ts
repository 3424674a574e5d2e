import { expect } from "expect";
import { test } from "node:test";
import { parseDefinition } from "../../../lib/provider/reading/parse.ts";

function parsed(client: object, oauth: object = {}) {
  return parseDefinition(
    JSON.stringify({
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "oauth2",
      flow: "client_credentials",
      api_url: "api.acme-notes.com",
      oauth: { token_url: "https://api.acme-notes.com/token", ...oauth },
      client,
    }),
    { file: "acme.json" },
  );
}

test("a definition says what its client needs besides ID and secret", () => {
  const fields = {
    account: { public: true, env: "ACME_ACCOUNT" },
    app_key: { optional: true },
    second_client_secret: { optional: true },
  };
  expect(parsed({ fields, private_key_env: "ACME_PRIVATE_KEY" }, {
    token_auth_method: "private_key_jwt",
    client_assertion: { audience: "token_endpoint", alg: "ES256" },
    dpop: true,
    token_params: { account: "{account}", key: "k-{app_key}" },
  })).toMatchObject({ warnings: [] });
  for (
    const [field, client, oauth] of [
      ["client.fields.client_id", { fields: { client_id: {} } }],
      ["client.fields.private_key", { fields: { private_key: {} } }],
      ["client.fields.refresh_token", { fields: { refresh_token: {} } }],
      ["client.fields.api_token", { fields: { api_token: { public: true } } }],
      ["client.fields.second_client_secret", {
        fields: { second_client_secret: { public: true } },
      }],
      ["oauth.token_params.a", { fields }, { token_params: { a: "{other}" } }],
      ["oauth.refresh_params.a", { fields }, {
        refresh_params: { a: "{client_id}" },
      }],
      ["client.fields.account.env", {
        fields: { account: { env: "PATH" } },
      }],
      ["oauth.client_assertion.alg", {}, {
        client_assertion: { alg: "none" },
      }],
      ["oauth.client_assertion.audience", {}, {
        client_assertion: { audience: "anybody" },
      }],
      ["oauth.dpop", {}, { dpop: "yes" }],
      ["oauth.token_auth_method", {}, { token_auth_method: "jwt" }],
    ] as [string, object, object?][]
  ) {
    expect(() => parsed(client, oauth)).toThrow(`"${field}"`);
  }
  // Braces that were sent as they are before are still.
  expect(parsed({}, { token_params: { a: "{other}" } })).toMatchObject({
    warnings: [],
  });
});
