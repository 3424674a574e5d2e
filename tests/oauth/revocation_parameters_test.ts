// A revocation endpoint that wants `client_secret` of a client that has none, as Python's `mcp` does.
import { expect } from "expect";
import { test } from "node:test";
import { revokeTokens } from "../../lib/oauth/revocation.ts";
import { definedServer } from "../../lib/oauth/server.ts";
import { Secret } from "../../lib/secret.ts";
import {
  fakeDefinition,
  type Script,
  withFakeServer,
} from "../support/servers/fake_authorization_server.ts";

/** What comes of it, and what was sent: the token and whether `client_secret` was there. */
async function revoke(answer: Script): Promise<[string, string[]]> {
  let outcome = "";
  let sent: string[] = [];
  await withFakeServer({ "/revoke": answer }, async ({ origin, seen }) => {
    const definition = fakeDefinition(origin, {
      revocation_url: `${origin}/revoke`,
    });
    const context = { definition, fetch, allowPrivateHosts: true };
    outcome = await revokeTokens(
      context,
      definedServer(context),
      { clientId: "cid", tokenAuthMethod: "none" },
      {
        type: "oauth2",
        accessToken: new Secret("access-1"),
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
    ).then(() => "revoked", (error) => error.message);
    sent = seen.map(({ body }) => {
      const form = new URLSearchParams(body);
      return `${form.get("token")} ${form.get("client_secret")}`;
    });
  });
  return [outcome, sent];
}

const refusal = (error: string, error_description: string) =>
  Response.json({ error, error_description }, { status: 400 });

test("the parameter is sent empty where the server says that it is missing", async () => {
  expect(
    await revoke(({ body }) =>
      new URLSearchParams(body).has("client_secret")
        ? new Response("")
        : refusal("invalid_request", "client_secret: Field required")
    ),
  ).toEqual(["revoked", ["access-1 null", "access-1 "]]);
});

test("it is sent once, and for no other refusal", async () => {
  const [still, twice] = await revoke(() =>
    refusal("invalid_request", "client_secret: Field required")
  );
  expect([still, twice.length]).toEqual([
    expect.stringContaining("invalid_request"),
    2,
  ]);
  for (
    const [error, said] of [
      ["invalid_request", "token: Field required"],
      ["invalid_client", "Client secret is required (client_secret)"],
    ] as const
  ) {
    const [outcome, sent] = await revoke(() => refusal(error, said));
    expect([outcome, sent]).toEqual([
      expect.stringContaining(error),
      ["access-1 null"],
    ]);
  }
});
