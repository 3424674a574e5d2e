// Answers to a refresh that mean "log in again", in the words and shapes of many servers; and answers that do not.
import { expect } from "expect";
import { test } from "node:test";
import { withRefreshing } from "../support/refreshing.ts";

type Answer = [status: number, body: unknown, type?: string];

function answer([status, body, type]: Answer): Response {
  return typeof body === "string"
    ? new Response(body, {
      status,
      headers: type === undefined ? {} : { "content-type": type },
    })
    : Response.json(body, { status });
}

const DEAD: [string, Answer, "expired" | "revoked" | "invalid"][] = [
  ["RFC 6749", [400, { error: "invalid_grant" }], "invalid"],
  ["with 401", [401, { error: "invalid_grant" }], "invalid"],
  ["with 403", [403, { error: "invalid_grant" }], "invalid"],
  ["with 200", [200, { error: "invalid_grant" }], "invalid"],
  ["Google", [400, {
    error: "invalid_grant",
    error_description: "Token has been expired or revoked.",
  }], "revoked"],
  ["Salesforce", [400, {
    error: "invalid_grant",
    error_description: "expired access/refresh token",
  }], "expired"],
  ["Keycloak", [400, {
    error: "invalid_grant",
    error_description: "Session not active",
  }], "expired"],
  ["OIDC login", [400, { error: "login_required" }], "expired"],
  ["OIDC consent", [400, { error: "consent_required" }], "revoked"],
  ["Microsoft, second factor", [400, {
    error: "interaction_required",
    error_description:
      "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication",
    error_codes: [50076],
  }], "expired"],
  ["Microsoft, its number alone", [400, {
    error: "invalid_request",
    error_description: "AADSTS700082: something new\r\nTrace ID: 1",
  }], "expired"],
  ["Microsoft, consent", [400, {
    error: "invalid_grant",
    error_description:
      "AADSTS65001: The user or administrator has not consented to use the application",
  }], "revoked"],
  ["RFC 6750", [401, { error: "invalid_token" }], "revoked"],
  ["GitHub", [200, { error: "bad_refresh_token" }], "invalid"],
  ["Slack", [200, { ok: false, error: "invalid_refresh_token" }], "invalid"],
  ["Slack, revoked", [200, { ok: false, error: "token_revoked" }], "revoked"],
  ["HubSpot", [400, {
    status: "BAD_REFRESH_TOKEN",
    message: "missing or unknown refresh token",
  }], "invalid"],
  ["Atlassian", [403, {
    error: "unauthorized_client",
    error_description: "refresh_token is invalid",
  }], "invalid"],
  ["LinkedIn", [400, {
    error: "invalid_request",
    error_description:
      "The provided authorization grant or refresh token is invalid, expired or revoked",
  }], "revoked"],
  [
    "Zoom",
    [401, { reason: "Invalid Token!", error: "invalid_request" }],
    "revoked",
  ],
  ["Twitch", [400, {
    error: "Bad Request",
    status: 400,
    message: "Invalid refresh token",
  }], "revoked"],
  ["Fitbit", [400, {
    success: false,
    errors: [{
      errorType: "invalid_grant",
      message: "Refresh token invalid: abc",
    }],
  }], "invalid"],
  ["Strava", [400, {
    message: "Bad Request",
    errors: [{
      resource: "RefreshToken",
      field: "refresh_token",
      code: "invalid",
    }],
  }], "revoked"],
  ["Apigee", [401, {
    fault: {
      faultstring: "Invalid refresh token",
      detail: { errorcode: "keymanagement.service.invalid_refresh_token" },
    },
  }], "revoked"],
  ["Apigee, capitals", [400, {
    ErrorCode: "invalid_request",
    Error: "Refresh Token expired",
  }], "expired"],
  ["TikTok, wrapped", [200, {
    message: "error",
    data: {
      error_code: 10010,
      description: "Refresh token is invalid or expired.",
    },
  }], "expired"],
  [
    "WeChat",
    [200, { errcode: 42002, errmsg: "refresh_token expired" }],
    "expired",
  ],
  [
    "no code",
    [401, { message: "The refresh token has been revoked" }],
    "revoked",
  ],
  [
    "a sentence as code",
    [400, { error: "Refresh token does not exist" }],
    "revoked",
  ],
  ["form encoding", [
    400,
    "error=invalid_grant&error_description=refresh+token+expired",
    "text/plain",
  ], "expired"],
  ["text", [400, "Invalid refresh token", "text/plain"], "revoked"],
  ["a text in JSON", [400, '"refresh token was already used"'], "revoked"],
  ["a page", [
    401,
    "<html><h1>Unauthorized</h1><p>The <b>refresh token</b> has expired.</p></html>",
    "text/html",
  ], "expired"],
  ["please log in", [400, {
    error: "access_denied",
    error_description: "Your session has ended, please log in again",
  }], "expired"],
];

test('what means "log in again" is remembered: one request, then the hint, whatever the words', async () => {
  for (const [what, given, state] of DEAD) {
    await withRefreshing(() => answer(given), async (parts) => {
      for (let round = 0; round < 3; round++) {
        // Long after any pause.
        parts.clock.skew += 3_600_000;
        expect([what, await parts.use()]).toMatchObject([what, {
          code: "CredentialExpired",
          exitCode: 5,
          hint: "authsome login acme --force",
        }]);
      }
      expect([what, parts.requests()]).toEqual([what, 1]);
      expect([what, (await parts.connections.get("acme")).state])
        .toEqual([what, state]);
    });
  }
});

const ALIVE: [string, Answer][] = [
  ["overload", [429, { error: "invalid_grant" }]],
  ["a broken server", [500, { error: "invalid_grant" }]],
  ["a broken server's page", [502, "the refresh token is invalid"]],
  ["the client", [401, { error: "invalid_client" }]],
  ["Microsoft, the client's secret", [401, {
    error: "invalid_client",
    error_description:
      "AADSTS7000222: The provided client secret keys are expired.",
  }]],
  ["a scope", [400, {
    error: "invalid_scope",
    error_description: "Invalid scope for this token",
  }]],
  ["our request", [400, {
    error: "invalid_request",
    error_description: "refresh_token is required",
  }]],
  ["a form's token", [403, { message: "CSRF token invalid" }]],
  ["an assertion", [400, {
    error: "invalid_request",
    error_description: "the client assertion token has expired",
  }]],
  ["a grant type", [400, {
    error: "invalid_request",
    error_description: "The grant type is invalid",
  }]],
  ["a filter", [403, "<h1>Your session token is invalid</h1>", "text/html"]],
  ["a gateway", [404, "no such page"]],
  ["nothing", [400, ""]],
];

test("what a later try may mend costs a pause and no login", async () => {
  for (const [what, given] of ALIVE) {
    await withRefreshing(() => answer(given), async (parts) => {
      expect([what, await parts.use()]).toMatchObject([what, {
        code: "RefreshFailed",
      }]);
      expect((await parts.connections.get("acme")).state).toBe("connected");
      parts.clock.skew = 60_000;
      await parts.use();
      expect([what, parts.requests()]).toEqual([what, 2]);
    });
  }
});

test("the refresh token that a page quotes is not shown", async () => {
  await withRefreshing(
    () => new Response("no: first-refresh", { status: 404 }),
    async ({ use }) => {
      expect(JSON.stringify([await use(), String(await use())]))
        .not.toContain("first-refresh");
    },
  );
});
