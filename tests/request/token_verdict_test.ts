// What a 401 or a 403 says about the token, and the login that mends it.
import { expect } from "expect";
import { test } from "node:test";
import type { Credential } from "../../lib/connection/connection.ts";
import { tokenVerdict } from "../../lib/request/answers/token_verdict.ts";
import { harmless, stepUpAdvice } from "../../lib/request/answers/step_up.ts";
import { Secret } from "../../lib/secret.ts";

for (
  const [status, header, verdict] of [
    [200, 'Bearer error="insufficient_scope"', { kind: "none" }],
    [404, 'Bearer error="insufficient_scope"', { kind: "none" }],
    [403, "", { kind: "none" }],
    [403, 'Bearer error="invalid_token"', { kind: "none" }],
    [401, "", { kind: "rejected" }],
    [401, 'Basic realm="x"', { kind: "rejected" }],
    [401, 'Bearer error="invalid_token"', { kind: "rejected" }],
    [401, 'Bearer error="expired_token", scope="a"', { kind: "rejected" }],
    [401, 'DPoP error="use_dpop_nonce"', { kind: "none" }],
    [401, 'Bearer error="insufficient_user_authentication", acr_values="x"', {
      kind: "none",
    }],
    [401, 'Bearer error="insufficient_claims", claims="e30="', {
      kind: "none",
    }],
    [401, "Bearer error=insufficient_scope", {
      kind: "insufficient_scope",
      scopes: [],
    }],
    [403, 'Basic realm="a", Bearer error="Insufficient_Scope", scope="a b a"', {
      kind: "insufficient_scope",
      scopes: ["a", "b"],
    }],
    [
      401,
      'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a:pull",error="insufficient_scope"',
      {
        kind: "none",
      },
    ],
    [403, 'Bearer error="insufficient_scope", scope="a,b"', {
      kind: "insufficient_scope",
      scopes: ["a", "b"],
    }],
    // No scope has such characters, and none of them may reach a terminal.
    [
      403,
      'Bearer error="insufficient_scope", scope="a \\\\b \x1b[31m \xe9 c"',
      {
        kind: "insufficient_scope",
        scopes: ["a", "c"],
      },
    ],
  ] as const
) {
  test(`${status} ${JSON.stringify(header)} is ${verdict.kind}`, () => {
    expect(tokenVerdict(status, () => [header])).toEqual(verdict);
  });
}

test("an answer that is neither 401 nor 403 is not looked into", () => {
  expect(tokenVerdict(200, () => {
    throw new Error("looked into");
  })).toEqual({ kind: "none" });
});

const oauth: Credential = {
  type: "oauth2",
  accessToken: new Secret("access-canary"),
  refreshToken: new Secret("refresh-canary"),
  scopes: ["read", "$HOME;x"],
  requestedScopes: ["read", "offline_access"],
  captured: {},
};

test("the advice is a command that a shell takes as it is", () => {
  const about = {
    provider: "acme",
    connection: "default",
    credential: oauth,
    works: true,
  };
  expect(stepUpAdvice(about, ["admin"])).toEqual({
    message:
      "acme requires the scope admin for this, and acme/default lacks admin",
    hint:
      "authsome login acme --scopes 'read,offline_access,$HOME;x,admin' --force",
  });
  expect(stepUpAdvice({ ...about, works: false }, ["a", "read"]).hint).toBe(
    "authsome login acme --scopes 'read,offline_access,$HOME;x,a'",
  );
  expect(stepUpAdvice(about, ["read"]).message).toContain(
    "has been granted it",
  );
  expect(stepUpAdvice({
    ...about,
    credential: { type: "api_key", fields: { api_key: new Secret("k") } },
  }, ["admin"])).toEqual({
    message:
      "acme requires the scope admin for this, which the key of acme/default lacks",
    hint: "Make a key that is allowed this, then: authsome login acme --force",
  });
});

test("a scope that repeats a secret, in whatever spelling, is left out", () => {
  expect(
    harmless([
      "read",
      "access-canary",
      "x:ACCESS-CANARY",
      btoa("refresh-canary"),
      "%61ccess-canary",
    ], oauth),
  ).toEqual(["read"]);
});
