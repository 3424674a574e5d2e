// Confidential clients that prove themselves with a key (RFC 7523 §2.2), at the real authorization server.
import { expect } from "expect";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { after, before, test } from "node:test";
import { revokeAccess } from "../../../lib/broker/ending/revoke_access.ts";
import type { OAuth2Credential } from "../../../lib/oauth/credential.ts";
import { flow as clientCredentials } from "../../../lib/login/flows/client_credentials.ts";
import { flow as authorizationCode } from "../../../lib/login/flows/authorization_code.ts";
import { declaredClient } from "../../../lib/login/login_client.ts";
import { clientFields } from "../../../lib/provider/secret/client_fields.ts";
import { openForm } from "../../support/browser/form.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { Secret } from "../../../lib/secret.ts";
import { withBroker } from "../../support/connected.ts";
import { flowRequest } from "../../support/fakes/flow_request.ts";
import { withHome } from "../../support/home.ts";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../support/servers/authorization_server.ts";

const pair = {
  rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  p256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  ed25519: generateKeyPairSync("ed25519"),
};
const pem = (key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1") =>
  key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" })
    .toString();
const jwk = (key: KeyObject, more: Record<string, string> = {}) => ({
  ...key.export({ format: "jwk" }),
  ...more,
});
const { rsa, p256, ed25519 } = pair;

let server: AuthorizationServer;
before(async () => {
  server = await startAuthorizationServer({
    clients: [{
      client_id: "signer",
      token_endpoint_auth_method: "private_key_jwt",
      grant_types: [
        "authorization_code",
        "refresh_token",
        "client_credentials",
      ],
      jwks: {
        keys: [
          jwk(rsa.publicKey, { kid: "rsa" }),
          jwk(p256.publicKey, { kid: "p256" }),
          jwk(ed25519.publicKey, { kid: "ed" }),
        ],
      },
    }],
  });
});
after(() => server.close());

function definition(over: Partial<ProviderDefinition>): ProviderDefinition {
  const made = server.definition(over);
  made.oauth = { ...made.oauth, token_auth_method: "private_key_jwt" };
  return made;
}

/** A request whose person gives these fields. */
function asking(
  definition: ProviderDefinition,
  fields: Record<string, string>,
) {
  const asked: { fields: string[]; redirectUri?: string }[] = [];
  const request = flowRequest(definition, {
    person: async (url) => [await server.consent(url)],
  });
  request.conversation.askSecrets = (question) => {
    asked.push(question);
    return Promise.resolve(
      Object.fromEntries(
        Object.entries(fields).map(([name, text]) => [name, new Secret(text)]),
      ),
    );
  };
  return { request, asked };
}

for (
  const [what, key] of Object.entries({
    "RSA in PKCS #8": pem(rsa.privateKey, "pkcs8"),
    "RSA in PKCS #1": pem(rsa.privateKey, "pkcs1"),
    "RSA with its line ends as two characters": pem(rsa.privateKey, "pkcs8")
      .replaceAll("\n", "\\n"),
    "RSA in a JWK for PS256": JSON.stringify(
      jwk(rsa.privateKey, { kid: "rsa", alg: "PS256" }),
    ),
    "P-256 in PKCS #8": pem(p256.privateKey, "pkcs8"),
    "P-256 in SEC 1": pem(p256.privateKey, "sec1"),
    "P-256 in a JWK": JSON.stringify(
      jwk(p256.privateKey, { kid: "p256", use: "sig" }),
    ),
    "P-256 in a set of one private key": JSON.stringify({
      keys: [jwk(rsa.publicKey), jwk(p256.privateKey, { kid: "p256" })],
    }),
    "Ed25519 in PKCS #8": pem(ed25519.privateKey, "pkcs8"),
  })
) {
  test(`a client proves itself with ${what}`, async () => {
    const { request, asked } = asking(
      definition({ flow: "client_credentials" }),
      { client_id: "signer", private_key: key },
    );
    const { credential, client } = await clientCredentials.run(request);
    expect((credential as OAuth2Credential).accessToken.reveal())
      .toMatch(/^[\w-]{20,}$/);
    expect(asked[0]!.fields).toEqual(["client_id", "private_key", "key_id"]);
    expect(client!.clientSecret).toBeUndefined();
  });
}

test("another key, and another name of the key, are refused", async () => {
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = pem(other.privateKey, "pkcs8");
  const run = (fields: Record<string, string>) =>
    clientCredentials.run(
      asking(definition({ flow: "client_credentials" }), {
        client_id: "signer",
        ...fields,
      }).request,
    );
  await expect(run({ private_key: key })).rejects.toMatchObject({
    error: "invalid_client",
  });
  const right = pem(rsa.privateKey, "pkcs8");
  await expect(run({ private_key: right, key_id: "p256" })).rejects
    .toMatchObject({ error: "invalid_client" });
  await run({ private_key: right, key_id: "rsa" });
});

test("what is no usable key is refused before the person is sent anywhere, and is not quoted", async () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
  for (
    const [text, why] of [
      [pem(small.privateKey, "pkcs8"), "it has fewer than 2048 bits"],
      [
        rsa.privateKey.export({
          type: "pkcs8",
          format: "pem",
          cipher: "aes-256-cbc",
          passphrase: "x",
        }).toString(),
        "it is encrypted with a password",
      ],
      [
        rsa.publicKey.export({ type: "spki", format: "pem" }).toString(),
        "it is a public key or a certificate, without the private key",
      ],
      [
        JSON.stringify(jwk(p256.publicKey)),
        "it is JSON without a private JWK",
      ],
      [
        pem(rsa.privateKey, "pkcs8").replace(/MII.{20}/, "MIIAAAAAAAAA"),
        "it is damaged",
      ],
      ["", "it is not a private key"],
    ]
  ) {
    const { request } = asking(definition({ flow: "pkce" }), {
      client_id: "signer",
      private_key: text!,
    });
    const error = await authorizationCode.run(request).catch((error) => error);
    expect(error).toMatchObject({ code: "CredentialMissing" });
    expect(error.message).toContain(why);
    expect(request.heard.urls).toEqual([]);
    const line = text!.split("\n")[1];
    if (line) expect(`${error.message} ${error.hint}`).not.toContain(line);
  }
});

test("the key proves the client at login, refresh and revocation, from the vault", async () => {
  const acme = definition({ flow: "pkce" });
  await withHome(async (home) => {
    Deno.mkdirSync(`${home}/providers`);
    Deno.writeTextFileSync(
      `${home}/providers/acme.json`,
      JSON.stringify(acme),
    );
    const key = pem(p256.privateKey, "pkcs8");
    const { request, asked } = asking(acme, {
      client_id: "signer",
      private_key: key,
      key_id: "p256",
    });
    const { credential, client } = await authorizationCode.run(request);
    // The person registers the redirect URI where the public key is registered.
    expect(asked[0]!.redirectUri).toBe(request.conversation.redirectUri);
    await withBroker(home, async ({ connections }) => {
      await connections.saveClient(client!);
      await connections.save({
        provider: "acme",
        name: "default",
        revision: 0,
        credential: {
          ...credential as OAuth2Credential,
          clientId: client!.clientId,
        },
        state: "connected",
        createdAt: 1,
        updatedAt: 1,
      });
    });
    server.tokenRequests.length = 0;
    await withBroker(home, async (broker) => {
      const kept = await broker.connections.client("acme");
      expect([kept!.privateKey!.reveal(), kept!.keyId]).toEqual([key, "p256"]);
      const connection = await broker.connections.get("acme");
      const refreshed = await broker.refresh(connection, { force: true });
      const token = (refreshed.credential as OAuth2Credential).accessToken
        .reveal();
      expect(await server.accepts(token)).toBe(true);
      expect(server.tokenRequests).toEqual([
        { grantType: "refresh_token", status: 200 },
      ]);
      const { outcomes } = await revokeAccess(broker, "acme");
      expect(outcomes).toEqual([{ kind: "revoked", name: "default" }]);
      expect(await server.accepts(token)).toBe(false);
    });
    // Sealed: nothing of the key stands in any file.
    const body = key.split("\n")[1]!;
    for (const { name } of Deno.readDirSync(home)) {
      if (name === "providers") continue;
      expect(Deno.readTextFileSync(`${home}/${name}`)).not.toContain(body);
    }
  });
});

test("the key may be in a variable, and the page takes its text and says that it is not sent", async () => {
  const acme = definition({ flow: "client_credentials" });
  acme.client = {
    client_id_env: "ACME_CLIENT_ID",
    private_key_env: "ACME_PRIVATE_KEY",
  };
  const provider = {
    definition: acme,
    source: "custom" as const,
    warnings: [],
  };
  const env: Record<string, string> = { ACME_CLIENT_ID: "signer" };
  const variables = { get: (name: string) => env[name], toObject: () => env };
  expect(declaredClient(provider, variables, {}, undefined)).toBeUndefined();
  env.ACME_PRIVATE_KEY = pem(p256.privateKey, "pkcs8");
  const client = declaredClient(provider, variables, {}, undefined)!;
  await clientCredentials.run(flowRequest(acme, { stored: client }));
  expect(declaredClient(provider, variables, { clientId: "x" }, undefined))
    .toBeUndefined();
  env.ACME_PRIVATE_KEY = "/home/me/key.pem";
  expect(() => declaredClient(provider, variables, {}, undefined)).toThrow(
    "Cannot use ACME_PRIVATE_KEY",
  );

  const form = openForm(provider);
  const abandoned = new AbortController();
  const answer = form.session.ask<"secrets">(
    { kind: "secrets", fields: Object.keys(clientFields(acme)!), typed: {} },
    abandoned.signal,
  );
  const html = await (await form.browser.get(
    `/login/${form.session.ticket()}`,
  )).text();
  expect(html).toMatch(/<textarea[^>]* name="secret.private_key"/);
  const text = html.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(text).toContain("Private key Never sent: requests to 127.0.0.1:");
  abandoned.abort(new Error("enough"));
  await expect(answer).rejects.toThrow("enough");
});

test("an assertion is for the issuer, the token endpoint or what the definition says", async () => {
  const run = async (audience?: string) => {
    const acme = definition({ flow: "client_credentials" });
    if (audience) acme.oauth!.client_assertion = { audience };
    const { request } = asking(acme, {
      client_id: "signer",
      private_key: pem(rsa.privateKey, "pkcs8"),
    });
    let sent = "";
    const claims = () =>
      JSON.parse(
        atob(
          new URLSearchParams(sent).get("client_assertion")!.split(".")[1]!
            .replaceAll("-", "+").replaceAll("_", "/"),
        ),
      );
    request.fetch = (input, init) => {
      sent = String(init?.body);
      return fetch(input, init);
    };
    await clientCredentials.run(request).catch(() => {});
    return claims();
  };
  const made = await run();
  expect(made).toMatchObject({
    iss: "signer",
    sub: "signer",
    aud: `${server.issuer}/token`,
  });
  expect(made.exp - made.iat <= 300).toBe(true);
  expect((await run("https://other.example/aud")).aud)
    .toBe("https://other.example/aud");
  expect((await run()).jti).not.toBe(made.jti);
});
