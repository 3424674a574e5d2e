// Token answers in wrappings, encodings and words that RFC 6749 does not have, and how scopes are written in requests.
import { expect } from "expect";
import { test } from "node:test";
import { authorizationRequest } from "../../lib/oauth/authorization.ts";
import { requestDeviceCode } from "../../lib/oauth/device_authorization.ts";
import { definedServer } from "../../lib/oauth/server.ts";
import { clientCredentialsGrant } from "../../lib/oauth/token_endpoint.ts";
import type { TokenResponse } from "../../lib/oauth/token_response.ts";
import type { OAuthDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import {
  fakeDefinition,
  type Seen,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";

const CLIENT = { clientId: "id", clientSecret: new Secret("hush-hush") };

/** One token request that is answered with `response`. */
async function ask(
  response: () => Response,
  oauth: OAuthDefinition = {},
  scopes: string[] = [],
): Promise<{ result: TokenResponse | Error; sent: Seen[] }> {
  let result: TokenResponse | Error | undefined;
  let sent: Seen[] = [];
  await withFakeServer({ "/token": response }, async ({ origin, seen }) => {
    sent = seen;
    const context = { definition: fakeDefinition(origin, oauth), fetch };
    result = await clientCredentialsGrant(
      context,
      definedServer(context),
      CLIENT,
      scopes,
    ).catch((error: Error) => error);
  });
  return { result: result!, sent };
}

const token = {
  access_token: "at-1",
  refresh_token: "rt-1",
  expires_in: 3600,
  token_type: "Bearer",
  scope: "read write",
};

function issued(result: TokenResponse | Error) {
  if (result instanceof Error) return result.message;
  return {
    access: result.accessToken.reveal(),
    refresh: result.refreshToken?.reveal(),
    expiresIn: result.expiresIn,
    scopes: result.scopes,
  };
}

const ALL = {
  access: "at-1",
  refresh: "rt-1",
  expiresIn: 3600,
  scopes: ["read", "write"],
};

test("a token wrapped in one object beside a status word is read", async () => {
  const wrapped: object[] = [
    { code: 0, message: "success", data: token },
    { code: "0", msg: "ok", data: token },
    { code: 200, message: "OK", data: token },
    { status: "success", data: token },
    { status: "ok", result: token },
    { success: true, response: token, error: null },
    { error: { code: "ok", message: "" }, data: token },
    { errcode: 0, errmsg: "ok", payload: { token } },
    { message: "success", data: { ...token, error_code: 0, description: "" } },
    { ok: true, body: { session: { id: 1 }, credentials: token } },
  ];
  for (const body of wrapped) {
    const { result } = await ask(() => Response.json(body));
    expect([body, issued(result)]).toEqual([body, ALL]);
  }
});

test("two objects with a token, or none, are no token, and an error in a wrapping is an error", async () => {
  const answers: [object, RegExp][] = [
    [{ user: token, bot: token }, /not a token response/],
    [{ code: 0, data: {} }, /not a token response/],
    [{ status: "success" }, /not a token response/],
    [
      { code: 40_001, message: "wrong secret", data: null },
      /answered 40001 \(wrong secret\)/,
    ],
    [
      { message: "error", data: { error_code: 7, description: "no such app" } },
      /answered 7 \(no such app\)/,
    ],
    [{ success: false, data: token }, /answered unknown_error/],
    [{ error: "invalid_scope", data: token }, /answered invalid_scope/],
  ];
  for (const [body, message] of answers) {
    const { result } = await ask(() => Response.json(body));
    expect([body, issued(result)]).toEqual([
      body,
      expect.stringMatching(message),
    ]);
  }
});

test("the definition's own path is taken before what is found", async () => {
  const body = { user: { access_token: "user" }, bot: { access_token: "bot" } };
  const { result } = await ask(() => Response.json(body), {
    token_response: { access_token: "bot.access_token" },
  });
  expect(issued(result)).toMatchObject({ access: "bot" });
});

const FORM =
  "access_token=at-1&refresh_token=rt-1&token_type=bearer&expires_in=3600&scope=read+write";

test("form encoding is read under any content type, or none", async () => {
  for (
    const type of [
      "application/x-www-form-urlencoded",
      "Application/X-WWW-Form-Urlencoded; charset=utf-8",
      "text/plain; charset=UTF-8",
      "text/html",
      "application/json",
      "application/octet-stream",
      undefined,
    ]
  ) {
    for (const body of [FORM, `${FORM}\r\n`, `\uFEFF${FORM}`]) {
      const { result } = await ask(() =>
        new Response(new TextEncoder().encode(body), {
          headers: type === undefined ? {} : { "content-type": type },
        })
      );
      expect([type, issued(result)]).toEqual([type, ALL]);
    }
  }
  const { result } = await ask(() =>
    new Response("error=invalid_client&error_description=no+such+app", {
      status: 401,
      headers: { "content-type": "text/html" },
    })
  );
  expect(issued(result)).toMatch(/answered invalid_client \(no such app\)/);
});

test("a page that happens to hold a pair is no answer", async () => {
  for (
    const body of [
      '<a href="?access_token=at-1">here</a>',
      "see access_token=at-1 in the log",
      "a=1&b=2",
    ]
  ) {
    const { result } = await ask(() => new Response(body));
    expect([body, issued(result)]).toEqual([
      body,
      expect.stringMatching(/without JSON/),
    ]);
  }
});

test("token types that are a bearer token in other words are taken", async () => {
  for (
    const token_type of [
      "bearer",
      "BEARER",
      " Bearer ",
      "BearerToken",
      "bearer_token",
      "Bearer Token",
      "User Access Token",
      "Application Access Token",
      "access_token",
      "JWT",
      "urn:ietf:params:oauth:token-type:access_token",
      "",
      null,
    ]
  ) {
    const { result } = await ask(() => Response.json({ ...token, token_type }));
    expect([token_type, issued(result)]).toEqual([token_type, ALL]);
  }
});

test("another type is refused with the way out, and one that needs a proof in every case", async () => {
  for (const token_type of ["user", "bot", "N_A", "example", 7, ["Bearer"]]) {
    const { result } = await ask(() => Response.json({ ...token, token_type }));
    expect([token_type, result]).toMatchObject([token_type, {
      code: "AuthenticationFailed",
      exitCode: 2,
      message: expect.stringContaining("is not known to be a bearer token"),
      hint: expect.stringMatching(
        /oauth\.inject .* authsome inspect acme > acme\.json, then authsome register/,
      ),
    }]);
  }
  const inject: OAuthDefinition = {
    inject: [{
      kind: "header",
      name: "Authorization",
      value: "Bot {access_token}",
    }],
  };
  const said = await ask(
    () => Response.json({ ...token, token_type: "bot" }),
    inject,
  );
  expect(issued(said.result)).toEqual(ALL);
  for (
    const [token_type, why] of [
      ...["mac", "MAC", "pop", "hok"].map((
        type,
      ) => [type, "sent with a proof"]),
      // With a proof of ours it is taken: dpop_test.ts.
      ...["DPoP", "dpop"].map((type) => [type, "no proof of one was sent"]),
    ]
  ) {
    const { result } = await ask(
      () => Response.json({ ...token, token_type }),
      inject,
    );
    expect([token_type, result]).toMatchObject([token_type, {
      code: "AuthenticationFailed",
      message: expect.stringContaining(why),
    }]);
  }
});

test("scopes are sent with %20 and never with a plus, in every request", async () => {
  const scopes = ["read:user", "a+b", "write"];
  const definition = fakeDefinition("https://auth.acme.com", {
    authorization_params: { audience: "all of it" },
    extra_scope_param: { name: "user_scope", scopes: ["x", "y"] },
  });
  for (const pkce of [true, false]) {
    const context = {
      definition: { ...definition, oauth: { ...definition.oauth, pkce } },
      fetch,
    };
    const { url } = await authorizationRequest(
      context,
      definedServer(context),
      { clientId: "id", redirectUri: "http://127.0.0.1:7998/x", scopes },
    );
    expect(url.href).toContain("scope=read%3Auser%20a%2Bb%20write&");
    expect(url.href).toContain("user_scope=x%20y");
    expect(url.href).toContain("audience=all%20of%20it");
    expect(url.href).not.toContain("+");
    expect(url.searchParams.get("scope")).toBe("read:user a+b write");
  }
  const { sent } = await ask(() => Response.json(token), {}, scopes);
  expect(sent[0]!.body).toContain("scope=read%3Auser%20a%2Bb%20write");
  expect(sent[0]!.headers.get("content-type")).toMatch(
    /^application\/x-www-form-urlencoded/,
  );
});

test("a device code is read from form encoding and from a wrapping too", async () => {
  const code = {
    device_code: "dc",
    user_code: "ABCD",
    verification_uri: "https://auth.acme.com/device",
    expires_in: "900",
  };
  for (
    const response of [
      () => new Response(new URLSearchParams(code).toString()),
      () => Response.json({ status: "success", data: code }),
    ]
  ) {
    await withFakeServer({ "/device": response }, async ({ origin, seen }) => {
      const context = {
        definition: fakeDefinition(origin, {
          device_authorization_url: `${origin}/device`,
        }),
        fetch,
        allowPrivateHosts: true,
      };
      const device = await requestDeviceCode(
        context,
        definedServer(context),
        CLIENT,
        ["a", "b"],
      );
      expect(device).toMatchObject({ userCode: "ABCD", expiresIn: 900 });
      expect(seen[0]!.body).toContain("scope=a%20b");
    });
  }
});
