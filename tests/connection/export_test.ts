import { expect } from "expect";
import { test } from "node:test";
import type {
  Connection,
  Credential,
} from "../../lib/connection/connection.ts";
import { exportVariables } from "../../lib/connection/export_variables.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";

function exported(
  env: Record<string, string> | undefined,
  credential: Credential,
): Record<string, string> {
  const definition: ProviderDefinition = {
    schema_version: 1,
    name: "p",
    display_name: "P",
    auth_type: credential.type,
    flow: "pkce",
    api_url: "api.example.com",
    ...(env ? { export: { env } } : {}),
  };
  const connection: Connection = {
    provider: "p",
    name: "default",
    revision: 1,
    credential,
    state: "connected",
    createdAt: 1,
    updatedAt: 1,
  };
  return Object.fromEntries(
    Object.entries(exportVariables(definition, connection)).map((
      [name, secret],
    ) => [name, secret.reveal()]),
  );
}

test("exportVariables() gives the access token and never the refresh token", () => {
  const credential: Credential = {
    type: "oauth2",
    accessToken: new Secret("at"),
    refreshToken: new Secret("rt"),
    scopes: [],
    requestedScopes: [],
    captured: { account: "a" },
  };
  const env = {
    A: "access_token",
    B: "access_token",
    R: "refresh_token",
    S: "client_secret",
    C: "account",
    P: "__proto__",
  };
  expect(exported(env, credential)).toEqual({ A: "at", B: "at" });
  expect(exported(undefined, credential)).toEqual({});
});

test("exportVariables() gives the fields that the key has", () => {
  const credential: Credential = {
    type: "api_key",
    fields: {
      key_id: new Secret("id"),
      key_secret: new Secret("s"),
      refresh_token: new Secret("never"),
    },
  };
  const env = {
    K: "key_id",
    S: "key_secret",
    M: "api_key",
    R: "refresh_token",
    T: "toString",
  };
  expect(exported(env, credential)).toEqual({ K: "id", S: "s" });
});
