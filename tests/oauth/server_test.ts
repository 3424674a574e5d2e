// A definition's endpoints and a server's metadata: one server if they agree on the token endpoint, else never mixed.
import { expect } from "expect";
import { test } from "node:test";
import type { AuthorizationServer } from "../../lib/oauth/metadata.ts";
import { type Endpoint, serverWith } from "../../lib/oauth/server.ts";
import type { OAuthDefinition } from "../../lib/provider/definition.ts";

const OURS = "https://login.acme.com";
const THEIRS = "https://auth.other.com";

/** What `issuer` says of itself, with its endpoints at `at`. */
const metadata = (issuer: string, at = issuer) => ({
  issuer,
  authorization_endpoint: `${at}/authorize`,
  token_endpoint: `${at}/token`,
  device_authorization_endpoint: `${at}/device`,
  registration_endpoint: `${at}/register`,
  revocation_endpoint: `${at}/revoke`,
  authorization_response_iss_parameter_supported: true,
  code_challenge_methods_supported: ["S256"],
  token_endpoint_auth_methods_supported: ["none"],
  scopes_supported: ["read"],
  response_types_supported: ["code"],
});

/** The server of a definition with `oauth`, where `answer` is the metadata. */
async function found(
  oauth: OAuthDefinition,
  needed: readonly Endpoint[],
  answer: object | undefined,
) {
  const asked: string[] = [];
  const server = await serverWith({
    definition: {
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "oauth2",
      flow: "pkce",
      api_url: "api.acme.com",
      oauth,
    },
    fetch: (input) => {
      asked.push(String(input));
      return Promise.resolve(
        answer === undefined
          ? new Response("no", { status: 404 })
          : Response.json(answer),
      );
    },
  }, needed);
  return { server, asked, endpoints: endpointsOf(server) };
}

function endpointsOf(server: AuthorizationServer): Record<string, string> {
  return Object.fromEntries(
    Object.entries(server).flatMap(([name, value]) =>
      value instanceof URL ? [[name, value.href]] : []
    ),
  );
}

const DEFINED: OAuthDefinition = {
  issuer: OURS,
  authorization_url: `${OURS}/authorize`,
  token_url: `${OURS}/token`,
};
const FRONT = ["authorizationEndpoint", "tokenEndpoint"] as const;

test("metadata that agrees on the token endpoint adds what the definition has not", async () => {
  const { server, endpoints } = await found(
    DEFINED,
    ["deviceAuthorizationEndpoint"],
    { ...metadata(OURS), authorization_endpoint: `${OURS}/other` },
  );
  expect(endpoints).toEqual({
    // The definition's word stands.
    authorizationEndpoint: `${OURS}/authorize`,
    tokenEndpoint: `${OURS}/token`,
    refreshEndpoint: `${OURS}/token`,
    deviceAuthorizationEndpoint: `${OURS}/device`,
    registrationEndpoint: `${OURS}/register`,
    revocationEndpoint: `${OURS}/revoke`,
  });
  expect(server).toMatchObject({ issuer: OURS, issParameterSupported: true });
});

for (
  const needed of ["deviceAuthorizationEndpoint", "revocationEndpoint"] as const
) {
  test(`${needed} is not taken from metadata with another token endpoint`, async () => {
    const error = await found(DEFINED, [needed], metadata(OURS, THEIRS)).then(
      ({ endpoints }) => endpoints,
      (error) => error,
    );
    expect(error).toMatchObject({
      code: "InvalidDefinition",
      subject: { provider: "acme" },
    });
  });
}

test("metadata with another token endpoint gives no issuer and promises nothing", async () => {
  const { registration_endpoint, ...rest } = {
    ...DEFINED,
    registration_endpoint: `${OURS}/register`,
  };
  const { server } = await found(
    { ...rest, registration_endpoint },
    ["authorizationEndpoint", "tokenEndpoint", "registrationEndpoint"],
    metadata(OURS, THEIRS),
  );
  expect(JSON.stringify(server)).not.toContain(THEIRS);
  expect(server.issParameterSupported).toBeUndefined();
  expect(server.codeChallengeMethods).toBeUndefined();
});

test("a resource whose server has another token endpoint keeps the definition's issuer", async () => {
  const resource = "https://mcp.acme.com/";
  const error = await found(
    { ...DEFINED, resource },
    ["revocationEndpoint"],
    { resource, authorization_servers: [OURS], ...metadata(OURS, THEIRS) },
  ).catch((error) => error);
  expect(error).toMatchObject({ code: "InvalidDefinition" });
});

test("a definition without a token endpoint takes the whole server from the metadata", async () => {
  const { server, endpoints } = await found(
    { issuer: OURS },
    FRONT,
    metadata(OURS, THEIRS),
  );
  expect(Object.values(endpoints).every((url) => url.startsWith(THEIRS)))
    .toBe(true);
  expect(endpoints.refreshEndpoint).toBe(`${THEIRS}/token`);
  expect(server.issuer).toBe(OURS);
});

test("a complete definition needs no metadata, except for the promises of the front channel", async () => {
  expect((await found(DEFINED, ["tokenEndpoint"], metadata(OURS))).asked)
    .toEqual([]);
  const { issuer: _, ...nameless } = DEFINED;
  expect((await found(nameless, FRONT, metadata(OURS))).asked).toEqual([]);

  const { server } = await found(DEFINED, FRONT, metadata(OURS));
  expect(server).toMatchObject({
    issuer: OURS,
    issParameterSupported: true,
    codeChallengeMethods: ["S256"],
  });
  // Nothing else of the metadata.
  expect(Object.keys(endpointsOf(server)).sort()).toEqual([
    "authorizationEndpoint",
    "refreshEndpoint",
    "tokenEndpoint",
  ]);
});

test("the front channel's promises are only those of the same server", async () => {
  for (const answer of [metadata(OURS, THEIRS), undefined]) {
    const { server, endpoints } = await found(DEFINED, FRONT, answer);
    expect(server.issParameterSupported).toBeUndefined();
    expect(server.codeChallengeMethods).toBeUndefined();
    expect(endpoints.tokenEndpoint).toBe(`${OURS}/token`);
  }
});
