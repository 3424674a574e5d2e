import { expect } from "expect";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { readPastedCallback } from "../../lib/login/pasted_callback.ts";
import { flow } from "../../lib/login/flows/authorization_code.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import {
  type AuthorizationServer,
  CLIENTS,
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

test("a wrong secret is reported as wrong, with the way to give another", async () => {
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
      return [
        forged({ error: "access_denied" }),
        forged({ error: "access_denied", state: "x".repeat(state.length) }),
        forged({ code: "stolen", state: state.slice(0, -1) }),
        forged({ code: "stolen" }),
        forged({ code: "stolen", state: "" }),
        ours,
      ];
    },
  });
  const { credential } = await run(request);
  expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
  expect(request.heard.ignored.length).toBe(5);
});

const MALFORMED: [string, string][] = [
  ["code=", 'its "code" is empty'],
  ["error=", 'its "error" is empty'],
  ["code=&error=", 'its "code" is empty'],
  ["", 'it has neither a "code" nor an "error"'],
  ["scope=read", 'it has neither a "code" nor an "error"'],
  ["code=a&code=b", 'it has more than one "code"'],
  ["code=a&code=a", 'it has more than one "code"'],
  ["code=&code=a", 'it has more than one "code"'],
  ["code=&code=a&error=x", 'it has more than one "code"'],
  ["error=a&error=b", 'it has more than one "error"'],
  ["code=a&iss=b&iss=c", 'it has more than one "iss"'],
  ["code=a&error=server_error", 'it has both a "code" and an "error"'],
  ["code=a&state=other", 'it has more than one "state"'],
  ["code=a&state=", 'it has more than one "state"'],
];

for (const [query, problem] of MALFORMED) {
  test(`a callback with our state and "${query}" ends the login with a sentence`, async () => {
    const before = server.tokenRequests.length;
    const request = flowRequest(definition(), {
      client: CLIENTS.public,
      person: (url) => {
        const callback = new URLSearchParams(query);
        callback.append("state", url.searchParams.get("state")!);
        return Promise.resolve([callback]);
      },
    });
    await expect(flow.run(request)).rejects.toMatchObject({
      code: "AuthenticationFailed",
      exitCode: 2,
      message: expect.stringMatching(new RegExp(`malformed: ${problem}$`)),
      hint: "authsome login acme",
    });
    expect(server.tokenRequests.length).toBe(before);
  });
}

test("an empty error beside a code, and an empty code beside an error, say that there is none", async () => {
  const request = flowRequest(definition(), {
    client: CLIENTS.public,
    person: async (url) => {
      const ours = await server.consent(url);
      ours.set("error", "");
      return [ours];
    },
  });
  await run(request);
  const declined = flowRequest(definition(), {
    client: CLIENTS.public,
    person: (url) =>
      Promise.resolve([
        new URLSearchParams({
          code: "",
          error: "access_denied",
          state: url.searchParams.get("state")!,
        }),
      ]),
  });
  await expect(flow.run(declined)).rejects
    .toMatchObject({ code: "InputCancelled" });
});

test("a pasted word that is no code is asked for again, a few times", async () => {
  const pasted = (url: URL, text: string) => readPastedCallback(text, url)!;
  const words = ["not-a-code-1"];
  const request = flowRequest(definition(), {
    client: CLIENTS.public,
    person: async (url) => {
      const word = words.shift();
      return [word ? pasted(url, word) : await server.consent(url)];
    },
  });
  const { credential } = await run(request);
  expect(await server.accepts(credential.accessToken.reveal())).toBe(true);
  expect(request.heard.said.join()).toContain("Paste the whole address");
  // The address that the browser already shows must still be good.
  expect(new Set(request.heard.urls.map(String)).size).toBe(1);
  const stubborn = flowRequest(definition(), {
    client: CLIENTS.public,
    person: (url) => Promise.resolve([pasted(url, "not-a-code-1")]),
  });
  await expect(flow.run(stubborn)).rejects
    .toMatchObject({ error: "invalid_grant" });
  expect(stubborn.heard.urls.length).toBe(5);
});

test("a code that the browser brought is not asked for again", async () => {
  const request = flowRequest(definition(), {
    client: CLIENTS.public,
    person: (url) => {
      const state = url.searchParams.get("state")!;
      return Promise.resolve([new URLSearchParams({ code: "old-1", state })]);
    },
  });
  await expect(flow.run(request)).rejects
    .toMatchObject({ error: "invalid_grant" });
  expect(request.heard.urls.length).toBe(1);
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

test("a login that the person declines says so", async () => {
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

test("a server that sends the person on to another one does not get that one's code", async () => {
  // It knows a client of the honest server, and sends our own state along.
  await withFakeServer({
    "/.well-known/oauth-authorization-server": (_request, origin) =>
      Response.json({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
      }),
    "/token": () => Response.json({ access_token: "a", token_type: "bearer" }),
  }, async ({ origin, seen }) => {
    const request = flowRequest(
      fakeDefinition(origin, {
        authorization_url: undefined,
        token_url: undefined,
        issuer: origin,
      }),
      {
        client: CLIENTS.public,
        allowPrivateHosts: true,
        person: async (url) => {
          const swapped = new URL(`${server.issuer}/auth`);
          swapped.search = url.search;
          swapped.searchParams.set("scope", "openid");
          return [await server.consent(swapped)];
        },
      },
    );
    await expect(flow.run(request)).rejects.toMatchObject({
      code: "AuthenticationFailed",
    });
    expect(seen.map(({ path }) => path)).not.toContain("/token");
  });
});

test("scopes the person asks for replace the definition's; what was not granted is reported", async () => {
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

test("values are kept from the callback, the token response, one request, and the id token", async () => {
  const claims = btoa(JSON.stringify({ email: "alice@acme.com" }))
    .replaceAll("=", "");
  let me: Response | undefined;
  await withFakeServer({
    "/token": () =>
      Response.json({
        access_token: "at",
        instance_url: "https://eu.acme.com",
        id_token: `h.${claims}.s`,
      }),
    "/me": ({ headers }) =>
      me ?? Response.json({ user: { id: headers.get("authorization") } }),
  }, async ({ origin }) => {
    const login = async () => {
      const request = flowRequest(
        fakeDefinition(origin, {
          capture: {
            callback: ["realmId", "absent"],
            token_response: { instance_url: "instance_url" },
            request: { url: `${origin}/me`, values: { user_id: "user.id" } },
          },
        }),
        {
          client: CLIENTS.public,
          person: (url) =>
            Promise.resolve([
              new URLSearchParams({
                code: "c",
                realmId: "42",
                state: url.searchParams.get("state")!,
              }),
            ]),
        },
      );
      const { credential } = await run(request);
      return { captured: credential.captured, said: request.heard.said };
    };
    const kept = {
      account: "alice@acme.com",
      instance_url: "https://eu.acme.com",
      realmId: "42",
    };
    expect(await login()).toEqual({
      captured: { ...kept, user_id: "Bearer at" },
      said: [],
    });
    // The login does not fail for want of it.
    me = new Response("no", { status: 500 });
    expect(await login()).toEqual({
      captured: kept,
      said: ["acme did not return user_id."],
    });
  });
});

test("without refresh tokens the access token is exchanged at login for one that lives longer", async () => {
  await withFakeServer({
    "/token": ({ body }) => {
      const sent = new URLSearchParams(body);
      return sent.get("grant_type") === "long_token"
        ? Response.json({
          access_token: `long-of-${sent.get("short_token")}`,
          expires_in: 5_184_000,
        })
        : Response.json({ access_token: "short", expires_in: 3600 });
    },
  }, async ({ origin, seen }) => {
    const request = flowRequest(
      fakeDefinition(origin, {
        token_exchange: {
          grant_type: "long_token",
          token_param: "short_token",
        },
      }),
      {
        client: CLIENTS.post,
        clock: { now: () => 1_000 },
        person: (url) =>
          Promise.resolve([
            new URLSearchParams({
              code: "c",
              state: url.searchParams.get("state")!,
            }),
          ]),
      },
    );
    const { credential } = await run(request);
    expect(credential.accessToken.reveal()).toBe("long-of-short");
    expect(credential).toMatchObject({
      grantType: "token_exchange",
      expiresAt: 5_184_001_000,
      scopes: ["read"],
    });
    expect(credential.refreshToken).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(seen[1]!.body))).toEqual({
      grant_type: "long_token",
      short_token: "short",
      client_id: CLIENTS.post.clientId,
      client_secret: CLIENTS.post.clientSecret,
    });
  });
});

test("the request for the browser has the provider's own form", async () => {
  const page = async (oauth: ProviderDefinition["oauth"]) => {
    const request = flowRequest(
      fakeDefinition("https://acme.com", oauth),
      { client: CLIENTS.public, baseUrl: undefined },
    );
    await flow.run(request).catch(() => {});
    return request.heard.urls[0]!;
  };
  const slack = await page({
    authorization_url: "https://acme.com/authorize?team=T1",
    scopes: ["a:read", "b"],
    scope_separator: ",",
    extra_scope_param: { name: "user_scope", scopes: ["c", "d"] },
    pkce: false,
    authorization_params: {
      audience: "api",
      state: "fixed",
      redirect_uri: "https://evil.example.com/",
      client_id: "other",
      response_type: "token",
    },
  });
  const query = Object.fromEntries(slack.searchParams);
  expect(query).toEqual({
    team: "T1",
    audience: "api",
    scope: "a:read,b",
    user_scope: "c,d",
    response_type: "code",
    client_id: "public",
    redirect_uri: REDIRECT_URI,
    state: expect.stringMatching(/^[\w-]{43}$/),
  });
  const tenant = await page({
    base_url: "https://me.acme.com/",
    authorization_url: "{base_url}/authorize",
    token_url: "{base_url}/token",
    scope_param: "scopes",
    authorization_params: { audience: "{base_url}/api/" },
  });
  expect(tenant.origin).toBe("https://me.acme.com");
  expect(tenant.searchParams.get("audience")).toBe("https://me.acme.com/api/");
  expect(tenant.searchParams.get("scopes")).toBe("read");
});

test("a client under another name, and a challenge in hexadecimal, reach the server as it wants them", async () => {
  await withFakeServer({
    "/token": () => Response.json({ access_token: "at" }),
  }, async ({ origin, seen }) => {
    const request = flowRequest(
      fakeDefinition(origin, {
        client_id_param: "client_key",
        code_challenge_encoding: "hex",
      }),
      {
        client: CLIENTS.post,
        person: (url) =>
          Promise.resolve([
            new URLSearchParams({
              code: "c",
              state: url.searchParams.get("state")!,
            }),
          ]),
      },
    );
    await run(request);
    const query = request.heard.urls[0]!.searchParams;
    const body = new URLSearchParams(seen[0]!.body);
    expect([query.get("client_key"), query.has("client_id")])
      .toEqual([CLIENTS.post.clientId, false]);
    expect([body.get("client_key"), body.has("client_id")])
      .toEqual([CLIENTS.post.clientId, false]);
    expect(query.get("code_challenge_method")).toBe("S256");
    expect(query.get("code_challenge")).toBe(
      createHash("sha256").update(body.get("code_verifier")!).digest("hex"),
    );
  });
});

test("nothing but a page is opened", async () => {
  for (
    const authorization_url of [
      "javascript:alert(1)",
      "file:///etc/passwd",
      "data:text/html,x",
      "http://acme.com/authorize",
      "--flag",
      "https://acme.com/\u0000",
    ]
  ) {
    const request = flowRequest(
      fakeDefinition("https://acme.com", { authorization_url }),
      { client: CLIENTS.public },
    );
    await expect(flow.run(request)).rejects.toMatchObject({
      code: "InvalidDefinition",
    });
    expect(request.heard.urls).toEqual([]);
    expect(request.heard.asked).toBe(0);
  }
});
