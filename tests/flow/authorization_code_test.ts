import { expect } from "expect";
import { after, before, test } from "node:test";
import type { OAuth2Credential } from "../../lib/connection/connection.ts";
import { flow } from "../../lib/flow/authorization_code.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  type AuthorizationServer,
  CLIENTS,
  REDIRECT_URI,
  startAuthorizationServer,
} from "../support/authorization_server.ts";
import { flowRequest } from "../support/flow_request.ts";

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer();
});
after(() => server.close());

const person = async (url: URL) => [await server.consent(url)];

function definition(
  oauth: ProviderDefinition["oauth"] = {},
): ProviderDefinition {
  const base = server.definition();
  return { ...base, oauth: { ...base.oauth, ...oauth } };
}

async function run(request: ReturnType<typeof flowRequest>) {
  const result = await flow.run(request);
  return { ...result, credential: result.credential as OAuth2Credential };
}

test("a person logs in with a public client and PKCE", async () => {
  const request = flowRequest(definition(), { client: CLIENTS.public, person });
  const { credential, client } = await run(request);
  expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
  expect(credential.refreshToken).toBeDefined();
  expect(credential.scopes).toEqual(["openid", "read", "offline_access"]);
  expect(credential.requestedScopes).toEqual([
    "openid",
    "read",
    "offline_access",
  ]);
  const life = credential.expiresAt! - Date.now();
  expect(life > 3_500_000 && life <= 3_600_000).toBe(true);
  expect(client).toEqual({ provider: "acme", revision: 0, clientId: "public" });
  expect(request.heard.said).toEqual([]);
  const query = request.heard.urls[0]!.searchParams;
  expect(Object.fromEntries(query)).toMatchObject({
    response_type: "code",
    client_id: "public",
    redirect_uri: REDIRECT_URI,
    code_challenge_method: "S256",
    scope: "openid read offline_access",
    prompt: "consent",
  });
  expect(query.get("state")).toMatch(/^[\w-]{43}$/);
  expect(query.get("code_challenge")).toMatch(/^[\w-]{43}$/);
});

for (const method of ["basic", "post"] as const) {
  test(`a client proves itself with client_secret_${method}, whatever its secret holds`, async () => {
    const { credential } = await run(flowRequest(
      definition({ token_auth_method: `client_secret_${method}` }),
      { client: CLIENTS[method], person },
    ));
    expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
  });
}

test("a stored client is used without asking, and not given back", async () => {
  const request = flowRequest(definition(), {
    stored: { provider: "acme", revision: 3, clientId: "public" },
    person,
  });
  expect((await run(request)).client).toBeUndefined();
  expect(request.heard.asked).toBe(0);
});

test("a wrong secret is said to be one, and how to give another", async () => {
  const request = flowRequest(
    definition({ token_auth_method: "client_secret_basic" }),
    { client: { clientId: "basic", clientSecret: "wrong-secret" }, person },
  );
  await expect(flow.run(request)).rejects.toMatchObject({
    code: "AuthenticationFailed",
    error: "invalid_client",
    hint: "authsome login acme --reset-client",
  });
});

test("forged and repeated callbacks change nothing; only ours ends the wait", async () => {
  const request = flowRequest(definition(), {
    client: CLIENTS.public,
    person: async (url) => {
      const ours = await server.consent(url);
      const state = url.searchParams.get("state")!;
      const forged = (query: Record<string, string>) =>
        new URLSearchParams(query);
      const twice = new URLSearchParams(ours);
      twice.append("state", state);
      return [
        forged({ error: "access_denied" }),
        forged({ error: "access_denied", state: "x".repeat(state.length) }),
        forged({ code: "stolen", state: state.slice(0, -1) }),
        forged({ code: "stolen" }),
        forged({ state }),
        twice,
        ours,
      ];
    },
  });
  const { credential } = await run(request);
  expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
  expect(request.heard.ignored.length).toBe(6);
});

test("a callback is accepted once", async () => {
  let accepted: boolean[] = [];
  const request = flowRequest(definition(), { client: CLIENTS.public });
  request.conversation.authorize = async (url, accept) => {
    const callback = await server.consent(url);
    accepted = [accept(callback), accept(callback)];
    return callback;
  };
  await run(request);
  expect(accepted).toEqual([true, false]);
});

test("who declines is told so", async () => {
  const request = flowRequest(definition(), {
    client: CLIENTS.public,
    person: (url) =>
      Promise.resolve([
        new URLSearchParams({
          error: "access_denied",
          state: url.searchParams.get("state")!,
        }),
      ]),
  });
  await expect(flow.run(request)).rejects.toMatchObject({
    code: "InputCancelled",
  });
});

test("the callback of another issuer is refused, and so is one without an issuer", async () => {
  const discovered = definition({
    authorization_url: undefined,
    token_url: undefined,
    issuer: server.issuer,
  });
  const before = server.tokenRequests.length;
  for (const iss of ["https://evil.example.com", undefined]) {
    const request = flowRequest(discovered, {
      client: CLIENTS.public,
      allowPrivateHosts: true,
      person: async (url) => {
        const callback = await server.consent(url);
        if (iss) callback.set("iss", iss);
        else callback.delete("iss");
        return [callback];
      },
    });
    await expect(flow.run(request)).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
  }
  expect(server.tokenRequests.length).toBe(before);
  const { credential } = await run(
    flowRequest(discovered, {
      client: CLIENTS.public,
      allowPrivateHosts: true,
      person,
    }),
  );
  expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
});

test("scopes the person asks for replace the definition's; what was not granted is said", async () => {
  const request = flowRequest(
    definition({ scope_separator: " ", refresh_scopes: [] }),
    {
      client: CLIENTS.public,
      scopes: ["openid", "write", "nonsense"],
      person,
    },
  );
  const { credential } = await run(request);
  expect(credential.scopes).toEqual(["openid", "write"]);
  expect(credential.requestedScopes).toEqual(["openid", "write", "nonsense"]);
  expect(request.heard.said).toEqual(["acme did not grant nonsense."]);
  expect(credential.refreshToken).toBeUndefined();
});

test("each login has a state and a verifier of its own", async () => {
  const seen = new Set<string>();
  for (let login = 0; login < 3; login++) {
    const request = flowRequest(definition(), {
      client: CLIENTS.public,
      person,
    });
    await run(request);
    const query = request.heard.urls[0]!.searchParams;
    seen.add(query.get("state")!).add(query.get("code_challenge")!);
  }
  expect(seen.size).toBe(6);
});
