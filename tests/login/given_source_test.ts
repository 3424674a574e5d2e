import { expect } from "expect";
import { test } from "node:test";
import { inspect } from "node:util";
import { flow } from "../../lib/login/flows/given_source.ts";
import type { OAuth2Credential } from "../../lib/oauth/credential.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";
import { flowRequest } from "../support/fakes/flow_request.ts";
import { rsaKey } from "../support/rsa_key.ts";
import {
  type TokenService,
  withTokenService,
} from "../support/servers/fake_token_service.ts";

async function run(
  definition: ProviderDefinition,
  answers: Record<string, string>,
  scopes?: string[],
): Promise<OAuth2Credential> {
  const request = flowRequest(definition, scopes ? { scopes } : {});
  const { credential } = await flow.run({
    ...request,
    conversation: {
      ...request.conversation,
      askSecrets: ({ fields }) =>
        Promise.resolve(Object.fromEntries(
          fields.filter((field) => answers[field] !== undefined)
            .map((field) => [field, new Secret(answers[field]!)]),
        )),
    },
  });
  return credential as OAuth2Credential;
}

const keyFile = (service: TokenService, change: object = {}) =>
  JSON.stringify({ ...service.keyFile, ...change });

test("a service account's key signs for a token, and is kept apart from it", async () => {
  await withTokenService(async (service) => {
    const text = keyFile(service);
    const credential = await run(service.serviceAccount, { key_file: text });
    expect(credential).toMatchObject({
      type: "oauth2",
      scopes: ["read", "write"],
      captured: { account: "agent@acme.iam.gserviceaccount.com" },
    });
    expect(credential.accessToken.reveal()).toBe("minted-1-token");
    expect(credential.source!.key_file!.reveal()).toBe(text);
    expect(credential.expiresAt! - Date.now()).toBeGreaterThan(3_500_000);
    const [claims] = service.assertions;
    expect(claims).toMatchObject({
      iss: "agent@acme.iam.gserviceaccount.com",
      aud: `${service.origin}/token`,
      scope: "read write",
    });
    expect(claims!.sub).toBeUndefined();
    expect(Number(claims!.exp) - Number(claims!.iat)).toBe(600);
  });
});

test("a subject and other scopes are signed for; a key as GitHub gives it signs too", async () => {
  await withTokenService(async (service) => {
    const credential = await run(
      service.serviceAccount,
      { key_file: keyFile(service), subject: "alice@acme.com" },
      ["other"],
    );
    expect(service.assertions[0]).toMatchObject({
      sub: "alice@acme.com",
      scope: "other",
    });
    expect(credential.captured.subject).toBe("alice@acme.com");
    // The fake has another key: only the signature can be wrong.
    const other = { private_key: rsaKey().pkcs1 };
    await expect(
      run(service.serviceAccount, { key_file: keyFile(service, other) }),
    ).rejects.toMatchObject({ error: "invalid_grant" });
  });
});

test("no key file decides where its assertion goes", async () => {
  await withTokenService(async (service) => {
    const google: ProviderDefinition = {
      ...service.serviceAccount,
      oauth: { token_url: "https://oauth2.googleapis.com/token" },
    };
    for (
      const token_uri of [
        "https://attacker.example/token",
        "https://oauth2.googleapis.com.attacker.example/token",
        "https://googleapis.com.attacker.example/token",
        "https://xgoogleapis.com/token",
        "https://oauth2.googleapis.com:8443/token",
        `${service.origin}/token`,
        "http://oauth2.googleapis.com/token",
        "https://user:word@oauth2.googleapis.com/token",
        "https://169.254.169.254/token",
      ]
    ) {
      await expect(
        run(google, { key_file: keyFile(service, { token_uri }) }),
      ).rejects.toMatchObject({
        code: expect.stringMatching(
          /^(?:OperationNotAllowed|InvalidDefinition)$/,
        ),
      });
    }
    expect(service.issued).toBe(0);
  });
});

test("what is no key file of RSA is refused without being quoted", async () => {
  await withTokenService(async (service) => {
    for (
      const change of [
        {
          private_key:
            "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n",
        },
        { private_key: rsaKey(1024).pkcs8 },
        { private_key: undefined },
        { client_email: undefined },
      ]
    ) {
      const failed = await run(service.serviceAccount, {
        key_file: keyFile(service, change),
      }).catch((error) => error);
      expect(failed).toMatchObject({ code: "CredentialMissing", exitCode: 5 });
      expect(inspect(failed, { depth: 9 })).not.toContain("canary");
    }
    expect(service.issued).toBe(0);
  });
});

test("a key is exchanged for a token; a refused one is not quoted, and nothing is kept", async () => {
  await withTokenService(async (service) => {
    service.expiresIn = undefined;
    const answers = { username: "acme", token: "dckr_pat_canary" };
    const before = Date.now();
    const credential = await run(service.exchange, answers);
    expect(service.exchanges).toEqual([
      { identifier: "acme", secret: "dckr_pat_canary" },
    ]);
    expect(credential.accessToken.reveal()).toBe("minted-1-token");
    expect(credential.captured.username).toBe("acme");
    expect(credential.expiresAt! - before).toBeGreaterThanOrEqual(600_000);
    const failed = await run(service.exchange, {
      ...answers,
      token: "dckr_pat_other-canary",
    }).catch((error) => error);
    expect(failed).toMatchObject({ code: "AuthenticationFailed", status: 401 });
    expect(inspect(failed, { depth: 9 })).not.toContain("canary");
  });
});

test("a token that is a JWT says itself when it expires", async () => {
  await withTokenService(async (service) => {
    const exp = Math.floor(Date.now() / 1000) + 120;
    const part = (value: object) =>
      btoa(JSON.stringify(value)).replaceAll("=", "");
    const token = `${part({ alg: "none" })}.${part({ exp })}.c2ln`;
    const request = flowRequest(service.exchange);
    const { credential } = await flow.run({
      ...request,
      fetch: () => Promise.resolve(Response.json({ access_token: token })),
      conversation: {
        ...request.conversation,
        askSecrets: () =>
          Promise.resolve({
            username: new Secret("acme"),
            token: new Secret("dckr_pat_canary"),
          }),
      },
    });
    expect(credential.expiresAt).toBe(exp * 1000);
  });
});
