// What token endpoints of this world answer, and what hostile ones might.
import { expect } from "expect";
import { test } from "node:test";
import { clientCredentialsGrant } from "../../lib/oauth/token_endpoint.ts";
import { definedServer } from "../../lib/oauth/server.ts";
import type { OAuthDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import {
  fakeDefinition,
  type Script,
  type Seen,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";

const CLIENT = { clientId: "id", clientSecret: new Secret("hush-hush") };

/** One token request; the answer and what was sent. */
async function ask(
  script: Script,
  oauth: OAuthDefinition = {},
  options: { client?: typeof CLIENT; timeoutMs?: number } = {},
) {
  let result: unknown;
  let sent: Seen[] = [];
  await withFakeServer(
    { "/token": script, "/elsewhere": () => Response.json({}) },
    async ({ origin, seen }) => {
      sent = seen;
      const context = {
        definition: fakeDefinition(origin, oauth),
        fetch,
        ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}),
      };
      result = await clientCredentialsGrant(
        context,
        definedServer(context),
        options.client ?? CLIENT,
        [],
      ).catch((error) => error);
    },
  );
  return { result, sent };
}

const json = (body: unknown, init: ResponseInit = {}): Script => () =>
  Response.json(body, init);
const token = { access_token: "at", token_type: "Bearer" };

test("a redirect is not followed", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const { result, sent } = await ask((_request, origin) =>
      new Response(null, {
        status,
        headers: { location: `${origin}/elsewhere` },
      })
    );
    expect(result).toMatchObject({ code: "EndpointUnreachable" });
    expect(sent.map(({ path }) => path)).toEqual(["/token"]);
  }
});

test("an answer of more than 1 MB is refused before it is all there", async () => {
  let written = 0;
  const chunk = new TextEncoder().encode(" ".repeat(65_536));
  const { result } = await ask(() =>
    new Response(
      new ReadableStream({
        pull(controller) {
          if (written++ < 160) controller.enqueue(chunk);
          else controller.close();
        },
      }),
      { headers: { "content-type": "application/json" } },
    )
  );
  expect(result).toMatchObject({
    code: "EndpointUnreachable",
    message: expect.stringContaining("more than 1048576 bytes"),
  });
  expect(written < 160).toBe(true);
});

test("an answer that does not end is given up", async () => {
  const { result } = await ask(
    () =>
      new Promise((resolve) =>
        setTimeout(() => resolve(Response.json(token)), 500)
      ),
    {},
    { timeoutMs: 50 },
  );
  expect(result).toMatchObject({
    code: "EndpointUnreachable",
    message: expect.stringContaining("in time"),
  });
});

test("what is no JSON object is no answer", async () => {
  for (const text of ["<html>", "", "[]", '"at"', "null", "{"]) {
    const { result } = await ask(() => new Response(text));
    expect(result).toMatchObject({ code: "EndpointUnreachable" });
  }
});

test("an odd lifetime is an unknown one", async () => {
  const lifetimes: [unknown, number | undefined][] = [
    [3600, 3600],
    ["3600", 3600],
    [59.9, 59],
    ["7200.0", 7200],
    [undefined, undefined],
    [null, undefined],
    [0, undefined],
    [-1, undefined],
    ["-5", undefined],
    ["NaN", undefined],
    ["1e9", undefined],
    ["soon", undefined],
    ["0x10", undefined],
    [1e300, undefined],
    ["99999999999999999999", undefined],
    [true, undefined],
    [[3600], undefined],
    [{}, undefined],
  ];
  for (const [expires_in, seconds] of lifetimes) {
    const { result } = await ask(json({ ...token, expires_in }));
    expect([expires_in, result]).toMatchObject([expires_in, {
      accessToken: expect.any(Secret),
    }]);
    expect([expires_in, (result as { expiresIn?: number }).expiresIn]).toEqual([
      expires_in,
      seconds,
    ]);
  }
});

test("a token that could not stand in a header, or that is none, is refused", async () => {
  for (
    const access_token of [
      "a\r\nHost: evil",
      "a\nb",
      "a\0",
      "tökèn",
      "",
      "x".repeat(70_000),
      42,
      null,
      {},
    ]
  ) {
    const { result } = await ask(json({ ...token, access_token }));
    expect(result).toMatchObject({ code: "AuthenticationFailed" });
  }
  const { result } = await ask(json({ ...token, refresh_token: "r\r\n" }));
  expect(result).toMatchObject({ code: "AuthenticationFailed" });
});

test("a token that must be proven is refused; other odd types only where the definition says how tokens are used", async () => {
  const types: [unknown, OAuthDefinition, boolean][] = [
    ["Bearer", {}, true],
    ["bearer", {}, true],
    [undefined, {}, true],
    ["user", {}, false],
    ["user", { token_response: {} }, true],
    ["mac", { token_response: {} }, false],
    ["DPoP", {}, false],
    ["DPoP", { token_response: {} }, false],
  ];
  for (const [token_type, oauth, good] of types) {
    const { result } = await ask(json({ ...token, token_type }), oauth);
    expect([token_type, result instanceof Error]).toEqual([token_type, !good]);
  }
});

test("an error inside HTTP 200 is an error, in each of its shapes", async () => {
  const answers: [unknown, string][] = [
    [{ error: "bad_verification_code" }, "bad_verification_code"],
    [{ ok: false, error: "invalid_code" }, "invalid_code"],
    [{ ok: false }, "unknown_error"],
    [{ error: { type: "OAuthException", message: "no" } }, "OAuthException"],
    [{ status: "BAD_CODE", message: "no" }, "BAD_CODE"],
    [{ ...token, error: "invalid_grant" }, "invalid_grant"],
  ];
  for (const [body, error] of answers) {
    expect((await ask(json(body))).result).toMatchObject({
      code: "AuthenticationFailed",
      error,
    });
  }
});

test("an error's text reaches the terminal as one printable line without what was sent", async () => {
  const { result } = await ask(json({
    error: "invalid\u001b[31m_client",
    error_description: "secret hush-hush is\r\nwrong \u202e" +
      "x".repeat(1000),
  }, { status: 400 }));
  const { message } = result as Error;
  // deno-lint-ignore no-control-regex
  expect(message).not.toMatch(/[\x00-\x1f\u202e]/);
  expect(message).not.toContain("hush-hush");
  expect(message).toContain("[redacted]");
  expect(message.length < 600).toBe(true);
});

test("nested tokens are read where the definition says", async () => {
  const { result } = await ask(
    json({
      ok: true,
      authed_user: {
        access_token: "user-token",
        refresh_token: "user-refresh",
        expires_in: 43200,
        scope: "a,b",
      },
      team: { id: 7 },
    }),
    {
      token_response: {
        access_token: "authed_user.access_token",
        refresh_token: "authed_user.refresh_token",
        expires_in: "authed_user.expires_in",
        scope: "authed_user.scope",
      },
      capture: { token_response: { team_id: "team.id", none: "team.x.y" } },
    },
  );
  const issued = result as {
    accessToken: Secret;
    refreshToken: Secret;
    expiresIn: number;
    scopes: string[];
    captured: Record<string, string>;
  };
  expect(issued.accessToken.reveal()).toBe("user-token");
  expect(issued.refreshToken.reveal()).toBe("user-refresh");
  expect(issued.expiresIn).toBe(43200);
  expect(issued.scopes).toEqual(["a", "b"]);
  expect(issued.captured).toEqual({ team_id: "7" });
});

test("a captured value that could not stand in a header is left out", async () => {
  const { result } = await ask(
    json({ ...token, host: "x\r\ny", __proto__: 1, list: [1] }),
    {
      capture: {
        token_response: {
          host: "host",
          proto: "__proto__.x",
          constructor_name: "constructor.name",
          list: "list",
        },
      },
    },
  );
  expect((result as { captured: object }).captured).toEqual({});
});

test("the request has the form that the definition asks for", async () => {
  const post = await ask(json(token), { token_params: { expiring: "1" } });
  expect(post.sent[0]!.headers.get("accept")).toBe("application/json");
  expect(post.sent[0]!.headers.get("user-agent")).toMatch(/^authsome\//);
  expect(Object.fromEntries(new URLSearchParams(post.sent[0]!.body))).toEqual({
    grant_type: "client_credentials",
    client_id: "id",
    client_secret: "hush-hush",
    expiring: "1",
  });
  const renamed = await ask(json(token), { client_id_param: "client_key" });
  expect(Object.fromEntries(new URLSearchParams(renamed.sent[0]!.body)))
    .toEqual({
      grant_type: "client_credentials",
      client_key: "id",
      client_secret: "hush-hush",
    });
  const basic = await ask(json(token), {
    token_auth_method: "client_secret_basic",
    token_body: "json",
    resource: "https://mcp.acme.com/mcp",
  });
  expect(basic.sent[0]!.headers.get("authorization")).toBe(
    `Basic ${btoa("id:hush-hush")}`,
  );
  expect(basic.sent[0]!.headers.get("content-type")).toBe("application/json");
  expect(JSON.parse(basic.sent[0]!.body)).toEqual({
    grant_type: "client_credentials",
    resource: "https://mcp.acme.com/mcp",
  });
});

test("no secret is sent in the clear to another machine", () => {
  for (
    const token_url of [
      "http://auth.acme.com/token",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "ftp://acme.com/",
      "https://user:pass@acme.com/token",
      "https://acme.com/\ntoken",
    ]
  ) {
    expect(() =>
      definedServer({
        definition: fakeDefinition("https://acme.com", { token_url }),
      })
    ).toThrow(expect.objectContaining({ code: "InvalidDefinition" }));
  }
});
