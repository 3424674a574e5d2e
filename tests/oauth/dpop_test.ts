// When tokens are bound to a key, and what token endpoints ask of the proofs (RFC 9449 §5, §8).
import { expect } from "expect";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { authorizationRequest } from "../../lib/oauth/authorization.ts";
import { newDpopKey } from "../../lib/oauth/proof/dpop_key.ts";
import { registerClient } from "../../lib/oauth/registration.ts";
import { definedServer, serverWith } from "../../lib/oauth/server.ts";
import {
  clientCredentialsGrant,
  useRefreshToken,
} from "../../lib/oauth/token_endpoint.ts";
import type { TokenResponse } from "../../lib/oauth/token_response.ts";
import { revokeTokens } from "../../lib/oauth/revocation.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import { flow as clientCredentials } from "../../lib/login/flows/client_credentials.ts";
import { flow as deviceCode } from "../../lib/login/flows/device_code.ts";
import { flow } from "../../lib/login/flows/dynamic_client.ts";
import type { OAuthDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { DpopVerifier } from "../support/proof/dpop_verifier.ts";
import {
  fakeDefinition,
  type Script,
  type Seen,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";

const CLIENT = { clientId: "id", clientSecret: new Secret("hush-hush") };
const BOUND = { access_token: "at", token_type: "DPoP" };

interface Proof {
  header: { alg: string; jwk: Record<string, string> };
  claims: Record<string, string>;
}

function proofOf(proof: string | null): Proof | undefined {
  const parts = proof?.split(".");
  if (parts?.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map((part) =>
    JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")))
  );
  return { header, claims };
}

/** What came of one token, and the proofs that were sent for it. */
async function ask(
  script: (proof: Proof | undefined) => [body: unknown, init?: ResponseInit],
  oauth: OAuthDefinition = {},
  server: { dpopAlgorithms?: string[] } = {},
  key?: Secret,
) {
  let result: unknown;
  const proofs: (Proof | undefined)[] = [];
  await withFakeServer({
    "/token": (request) => {
      const proof = proofOf(request.headers.get("dpop"));
      proofs.push(proof);
      const [body, init] = script(proof);
      return Response.json(body, init);
    },
  }, async ({ origin }) => {
    const context = {
      definition: fakeDefinition(origin, oauth),
      fetch,
      ...key ? { dpopKey: key } : {},
    };
    const known = { ...definedServer(context), ...server };
    result = await (key
      ? useRefreshToken(context, known, CLIENT, new Secret("rt"))
      : clientCredentialsGrant(context, known, CLIENT, [])).catch((error) =>
        error
      );
  });
  return { result: result as TokenResponse & Error, proofs };
}

const refuse = (
  error: string,
  error_description = "",
  headers: Record<string, string> = {},
): [unknown, ResponseInit] => [
  { error, error_description },
  { status: 400, headers },
];

test("a proof is sent where the definition says so, with a key of its own for each login", async () => {
  const first = await ask(() => [BOUND], { dpop: true });
  const second = await ask(() => [BOUND], { dpop: true });
  const [{ header, claims }] = first.proofs as [Proof];
  expect(header).toMatchObject({ alg: "ES256", typ: "dpop+jwt" });
  expect(Object.keys(header.jwk).sort()).toEqual(["crv", "kty", "x", "y"]);
  expect(claims).toMatchObject({
    htm: "POST",
    htu: expect.stringMatching(/\/token$/),
  });
  expect(claims.ath).toBeUndefined();
  expect(first.result.tokenType).toBe("DPoP");
  const jwk = JSON.parse(first.result.dpopKey!.reveal());
  expect([jwk.x, jwk.y]).toEqual([header.jwk.x, header.jwk.y]);
  expect(second.proofs[0]!.header.jwk.x).not.toBe(header.jwk.x);
});

test("an endpoint that asks for a proof gets one, in each way of asking", async () => {
  for (
    const asked of [
      refuse("invalid_dpop_proof"),
      refuse("use_dpop_nonce", "", { "dpop-nonce": "n-1" }),
      refuse("invalid_request", "DPoP proof JWT not provided"),
      refuse("invalid_grant", "the client must use DPoP"),
    ]
  ) {
    const { result, proofs } = await ask((proof) => proof ? [BOUND] : asked);
    expect([asked, result.tokenType]).toEqual([asked, "DPoP"]);
    expect(proofs.map(Boolean)).toEqual([false, true]);
  }
});

test("a nonce is put into the next proof, and remembered with the key", async () => {
  let nonce = "n-1";
  const script = (proof: Proof | undefined): [unknown, ResponseInit?] =>
    proof?.claims.nonce === nonce
      ? [{ ...BOUND, refresh_token: "rt" }, {
        headers: { "dpop-nonce": nonce },
      }]
      : refuse("use_dpop_nonce", "", { "dpop-nonce": nonce });
  const { result, proofs } = await ask(script, { dpop: true });
  expect(proofs.map((proof) => proof?.claims.nonce)).toEqual([
    undefined,
    "n-1",
  ]);
  expect(new Set(proofs.map((proof) => proof!.claims.jti)).size).toBe(2);
  nonce = "n-2";
  const next = await ask(script, { dpop: true }, {}, result.dpopKey!);
  expect(next.result.tokenType).toBe("DPoP");
  // The same key, with whatever origin it was used at before.
  expect(next.proofs.map((proof) => proof!.header.jwk.x)).toEqual(
    next.proofs.map(() => proofs[0]!.header.jwk.x),
  );
});

test("an endpoint that is never content is asked three times at most", async () => {
  let count = 0;
  const { result, proofs } = await ask(() =>
    refuse("use_dpop_nonce", "", { "dpop-nonce": `n-${count++}` })
  );
  expect(proofs).toHaveLength(3);
  expect(result).toMatchObject({ error: "use_dpop_nonce" });
  const same = await ask(() =>
    refuse("use_dpop_nonce", "", { "dpop-nonce": "n" })
  );
  expect(same.proofs).toHaveLength(2);
  const without = await ask(() => refuse("invalid_dpop_proof"));
  expect(without.proofs).toHaveLength(2);
});

test("other errors are not answered with a proof, and a definition can forbid it", async () => {
  const { proofs } = await ask(() => refuse("invalid_grant", "expired"));
  expect(proofs).toEqual([undefined]);
  const forbidden = await ask(() => refuse("invalid_dpop_proof"), {
    dpop: false,
  });
  expect(forbidden.proofs).toEqual([undefined]);
  // A server that could is no server that wants.
  const able = await ask(
    () => [{ ...BOUND, token_type: "Bearer" }],
    {},
    { dpopAlgorithms: ["ES256"] },
  );
  expect(able.proofs).toEqual([undefined]);
  expect(able.result.dpopKey).toBeUndefined();
});

test("the key is of an algorithm that the server names", async () => {
  for (const alg of ["ES256", "ES384", "Ed25519", "RS256", "PS256"]) {
    const { proofs, result } = await ask(() => [BOUND], { dpop: true }, {
      dpopAlgorithms: ["HS256", alg],
    });
    expect([result.tokenType, proofs[0]!.header.alg]).toEqual(["DPoP", alg]);
    // The kept key makes the same proofs.
    const next = await ask(() => [BOUND], {}, {}, result.dpopKey!);
    expect(next.proofs[0]!.header).toEqual(proofs[0]!.header);
  }
});

test("a bound token that nobody asked for is refused, with what to do; an unbound one is a bearer token", async () => {
  const unasked = await ask(() => [BOUND]);
  expect(unasked.result).toMatchObject({
    code: "AuthenticationFailed",
    hint: expect.stringContaining('"dpop": true'),
  });
  const { result } = await ask(
    () => [{ ...BOUND, token_type: "Bearer" }],
    { dpop: true },
  );
  expect(result.tokenType).toBeUndefined();
  // Its refresh token may be bound all the same.
  expect(result.dpopKey).toBeDefined();
});

const METADATA: Record<string, Script> = {
  "/.well-known/oauth-protected-resource/mcp": (_request, origin) =>
    Response.json({
      resource: `${origin}/mcp`,
      authorization_servers: [origin],
      dpop_bound_access_tokens_required: true,
    }),
  "/.well-known/oauth-authorization-server": (_request, origin) =>
    Response.json({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      code_challenge_methods_supported: ["S256"],
      dpop_signing_alg_values_supported: ["ES384"],
    }),
};

test("a resource that wants bound tokens gets them: registration, code and token are bound", async () => {
  const sent: Seen[] = [];
  let proof: Proof | undefined;
  let jkt: string | null = null;
  await withFakeServer({
    ...METADATA,
    "/register": () =>
      Response.json({
        client_id: "registered",
        dpop_bound_access_tokens: true,
      }, { status: 201 }),
    "/token": (request) => {
      proof = proofOf(request.headers.get("dpop"));
      return Response.json(BOUND);
    },
  }, async ({ origin, seen }) => {
    const definition = fakeDefinition(origin, {});
    definition.flow = "dcr_pkce";
    definition.oauth = { resource: `${origin}/mcp` };
    const request = flowRequest(definition, {
      allowPrivateHosts: true,
      person: (url) => {
        jkt = url.searchParams.get("dpop_jkt");
        const state = url.searchParams.get("state")!;
        return Promise.resolve([new URLSearchParams({ code: "c", state })]);
      },
    });
    const { credential, client } = await flow.run(request);
    expect(credential).toMatchObject({ tokenType: "DPoP" });
    expect(client!.dpopBound).toBe(true);
    sent.push(...seen);
  });
  const register = sent.find(({ path }) => path === "/register")!;
  expect(JSON.parse(register.body).dpop_bound_access_tokens).toBe(true);
  expect(proof!.header.alg).toBe("ES384");
  const { crv, kty, x, y } = proof!.header.jwk;
  expect(jkt).toBe(
    createHash("sha256").update(JSON.stringify({ crv, kty, x, y }))
      .digest("base64url"),
  );
});

test("what a login asks the API, and a revocation with the token itself, carry a proof", async () => {
  const verifier = new DpopVerifier();
  verifier.nonce = "n-1";
  let token = "";
  const judged: Script = (request, origin) =>
    verifier.answer({
      method: request.method,
      url: `${origin}${request.path}`,
      headers: request.headers,
    }, (proved) => {
      token = proved.token;
      return Response.json({ workspace: "w-1" });
    });
  await withFakeServer({
    "/token": () => Response.json(BOUND),
    "/me": judged,
    "/revoke": judged,
  }, async ({ origin, seen }) => {
    const definition = fakeDefinition(origin, {
      dpop: true,
      revocation_url: `${origin}/revoke`,
      revocation: { style: "bearer_post" },
      capture: {
        request: { url: `${origin}/me`, values: { workspace: "workspace" } },
      },
    });
    definition.flow = "client_credentials";
    const { credential } = await clientCredentials.run(
      flowRequest(definition, {
        client: { clientId: "id", clientSecret: "hush-hush" },
      }),
    );
    const bound = credential as OAuth2Credential;
    expect(bound.captured).toEqual({ workspace: "w-1" });
    expect([token, seen.map(({ path }) => path)]).toEqual([
      "at",
      ["/token", "/me", "/me"],
    ]);
    const context = { definition, fetch };
    await revokeTokens(context, definedServer(context), undefined, bound);
    expect(seen.at(-1)!.headers.get("authorization")).toBe("DPoP at");
  });
});

test("a device code is polled for with one key", async () => {
  const keys: unknown[] = [];
  let polls = 0;
  await withFakeServer({
    "/device": () =>
      Response.json({
        device_code: "dc",
        user_code: "AB-CD",
        verification_uri: "https://acme.com/device",
        expires_in: 600,
        interval: 1,
      }),
    "/token": (request) => {
      const proof = proofOf(request.headers.get("dpop"));
      keys.push(proof?.header.jwk.x);
      if (!proof) {
        return Response.json({ error: "invalid_dpop_proof" }, { status: 400 });
      }
      return ++polls < 3
        ? Response.json({ error: "authorization_pending" }, { status: 400 })
        : Response.json(BOUND);
    },
  }, async ({ origin }) => {
    const definition = fakeDefinition(origin, {
      device_authorization_url: `${origin}/device`,
    });
    const { credential } = await deviceCode.run(
      flowRequest(definition, {
        client: { clientId: "id" },
        device: () => Promise.resolve(),
      }),
    );
    expect(credential).toMatchObject({ tokenType: "DPoP" });
  });
  expect(keys.map(Boolean)).toEqual([false, true, true, true]);
  expect(new Set(keys.slice(1)).size).toBe(1);
});

test("without a word of it nothing is bound", async () => {
  const { "/.well-known/oauth-authorization-server": server } = METADATA;
  await withFakeServer({
    "/.well-known/oauth-protected-resource/mcp": (_request, origin) =>
      Response.json({
        resource: `${origin}/mcp`,
        authorization_servers: [origin],
      }),
    "/.well-known/oauth-authorization-server": server!,
    "/register": () => Response.json({ client_id: "r" }, { status: 201 }),
  }, async ({ origin, seen }) => {
    const definition = fakeDefinition(origin, {});
    definition.oauth = { resource: `${origin}/mcp` };
    const context = { definition, fetch, allowPrivateHosts: true };
    const known = await serverWith(context, ["registrationEndpoint"]);
    expect(known.dpopRequired).toBeUndefined();
    const redirectUri = "http://127.0.0.1:7998/auth/callback/oauth";
    const client = await registerClient(context, known, {
      redirectUri,
      scopes: [],
    });
    expect(client.dpopBound).toBeUndefined();
    expect(JSON.parse(seen.at(-1)!.body)).not.toHaveProperty(
      "dpop_bound_access_tokens",
    );
    const { url } = await authorizationRequest(context, known, {
      clientId: "r",
      redirectUri,
      scopes: [],
    });
    expect(url.searchParams.has("dpop_jkt")).toBe(false);
  });
  expect((await newDpopKey()).toString()).toBe("[redacted]");
});
