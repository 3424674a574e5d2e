import { expect } from "expect";
import { after, before, test } from "node:test";
import type { Client } from "../../lib/oauth/client.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { flow } from "../../lib/login/flows/dynamic_client.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  type AuthorizationServer,
  REDIRECT_URI,
  startAuthorizationServer,
} from "../support/servers/authorization_server.ts";
import {
  fakeDefinition,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer();
});
after(() => server.close());

const person = async (url: URL) => [await server.consent(url)];

test("a client registers itself as a public native client, logs in, and is used again", async () => {
  const definition = server.definition({ flow: "dcr_pkce" });
  const request = flowRequest(definition, { person });
  const { credential, client } = await flow.run(request);
  const { accessToken } = credential as OAuth2Credential;
  expect(await server.accepts(accessToken.reveal())).toBe(true);
  expect(client).toMatchObject({
    provider: "acme",
    redirectUri: REDIRECT_URI,
    tokenAuthMethod: "none",
  });
  expect(client!.clientSecret).toBeUndefined();
  expect(request.heard.asked).toBe(0);

  const again = flowRequest(definition, { person, stored: client! });
  expect((await flow.run(again)).client).toBeUndefined();
  expect(again.heard.urls[0]!.searchParams.get("client_id")).toBe(
    client!.clientId,
  );
  // The port was changed since: the server would refuse the new redirect URI.
  const moved = flowRequest(definition, {
    person,
    stored: {
      ...client!,
      redirectUri: "http://127.0.0.1:7000/auth/callback/oauth",
    },
  });
  const { client: renewed } = await flow.run(moved);
  expect(renewed!.clientId).not.toBe(client!.clientId);
});

test("everything is discovered where the definition only has an issuer", async () => {
  const definition = server.definition({
    flow: "dcr_pkce",
    oauth: { issuer: server.issuer, scopes: ["openid"], supports_dcr: true },
  });
  const { credential } = await flow.run(
    flowRequest(definition, { person, allowPrivateHosts: true }),
  );
  expect(
    await server.accepts(
      (credential as OAuth2Credential).accessToken.reveal(),
    ),
  ).toBe(true);
});

/** Registers with a fake server that answers `registered`; the client that came of it, or the error. */
async function register(
  registered: Record<string, unknown>,
  options: { status?: number; metadata?: Record<string, unknown> } = {},
) {
  let result: unknown;
  let asked: Record<string, unknown> = {};
  await withFakeServer({
    "/.well-known/oauth-authorization-server": (_request, origin) =>
      Response.json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        ...options.metadata,
      }),
    "/register": ({ body }) => {
      asked = JSON.parse(body);
      return Response.json(registered, { status: options.status ?? 201 });
    },
    "/token": () => Response.json({ access_token: "a", token_type: "bearer" }),
  }, async ({ origin }) => {
    const definition: ProviderDefinition = {
      ...fakeDefinition(origin),
      flow: "dcr_pkce",
      oauth: { issuer: origin, token_auth_method: "none" },
    };
    result = await flow.run(flowRequest(definition, {
      allowPrivateHosts: true,
      person: (url) =>
        Promise.resolve([
          new URLSearchParams({
            code: "c",
            state: url.searchParams.get("state")!,
          }),
        ]),
    })).then(({ client }) => client, (error) => error);
  });
  return { result: result as Client & { code?: string }, asked };
}

test("a server that registers other redirect URIs than ours is refused", async () => {
  for (
    const redirect_uris of [
      ["https://evil.example.com/"],
      [REDIRECT_URI, "https://evil.example.com/"],
      [],
      REDIRECT_URI,
      [REDIRECT_URI + "/x"],
    ]
  ) {
    const { result } = await register({ client_id: "x", redirect_uris });
    expect(result).toMatchObject({
      code: "AuthenticationFailed",
      subject: { field: "redirect_uris" },
    });
  }
});

test("a secret that is issued all the same is kept with its method and its end", async () => {
  const { result, asked } = await register({
    client_id: "x",
    client_secret: "s",
    client_secret_expires_at: 4_000_000_000,
    token_endpoint_auth_method: "client_secret_basic",
    redirect_uris: [REDIRECT_URI],
  }, { status: 200 });
  expect(asked).toMatchObject({
    token_endpoint_auth_method: "none",
    redirect_uris: [REDIRECT_URI],
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
  });
  expect(result.tokenAuthMethod).toBe("client_secret_basic");
  expect(result.clientSecret?.reveal()).toBe("s");
  expect(result.secretExpiresAt).toBe(4_000_000_000_000);
});

test("a server without public clients is asked for the method it has", async () => {
  const { asked } = await register({ client_id: "x" }, {
    metadata: {
      token_endpoint_auth_methods_supported: ["client_secret_basic"],
    },
  });
  expect(asked.token_endpoint_auth_method).toBe("client_secret_basic");
});

test("a refused registration is reported; a server without S256 is refused", async () => {
  expect(
    (await register({ error: "invalid_redirect_uri" }, { status: 400 })).result,
  ).toMatchObject({ error: "invalid_redirect_uri" });
  expect((await register({}, { status: 201 })).result).toMatchObject({
    code: "AuthenticationFailed",
  });
  expect(
    (await register({ client_id: "x" }, {
      metadata: { code_challenge_methods_supported: ["plain"] },
    })).result,
  ).toMatchObject({
    code: "AuthenticationFailed",
    subject: { field: "pkce" },
  });
});

test("metadata that leads elsewhere is refused before anything is opened or sent", async () => {
  const endpoints = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "--flag",
    "$(id)",
    "http://169.254.169.254/latest",
    "http://evil.example.com/x",
    "https://a b.example.com/",
  ];
  for (const endpoint of endpoints) {
    for (
      const field of [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
      ]
    ) {
      const { result, asked } = await register({ client_id: "x" }, {
        metadata: { [field]: endpoint },
      });
      expect([field, endpoint, result.code]).toEqual([
        field,
        endpoint,
        "AuthenticationFailed",
      ]);
      expect(asked).toEqual({});
    }
  }
});

test("metadata of another issuer is refused", async () => {
  for (const issuer of ["https://evil.example.com", undefined, 5]) {
    expect(
      (await register({ client_id: "x" }, { metadata: { issuer } })).result,
    )
      .toMatchObject({ code: "AuthenticationFailed" });
  }
});

test("a client with a secret that expires within a day registers anew", async () => {
  const stored = (left: number): Client => ({
    provider: "acme",
    revision: 1,
    clientId: "gone",
    redirectUri: REDIRECT_URI,
    secretExpiresAt: Date.now() + left,
  });
  const definition = server.definition({ flow: "dcr_pkce" });
  const request = flowRequest(definition, {
    person,
    stored: stored(3_600_000),
  });
  expect((await flow.run(request)).client!.clientId).not.toBe("gone");
  const later = flowRequest(definition, {
    person: (url) => {
      expect(url.searchParams.get("client_id")).toBe("gone");
      return Promise.resolve([]);
    },
    stored: stored(90_000_000),
  });
  await expect(flow.run(later)).rejects.toThrow("no callback was accepted");
});
