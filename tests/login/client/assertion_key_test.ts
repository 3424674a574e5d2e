// Flow jwt_bearer with keys that are no RSA key: the algorithm of the assertion is the key's.
import { expect } from "expect";
import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { test } from "node:test";
import type { OAuth2Credential } from "../../../lib/oauth/credential.ts";
import { flow } from "../../../lib/login/flows/given_source.ts";
import { Secret } from "../../../lib/secret.ts";
import { flowRequest } from "../../support/fakes/flow_request.ts";
import {
  fakeDefinition,
  withFakeServer,
} from "../../support/servers/fake_authorization_server.ts";

const KEYS: [
  string,
  { privateKey: KeyObject; publicKey: KeyObject },
  string,
][] = [
  ["ES256", generateKeyPairSync("ec", { namedCurve: "P-256" }), "sha256"],
  ["ES384", generateKeyPairSync("ec", { namedCurve: "P-384" }), "sha384"],
  ["RS256", generateKeyPairSync("rsa", { modulusLength: 2048 }), "sha256"],
];

for (const [alg, { privateKey, publicKey }, hash] of KEYS) {
  for (const form of ["PEM", "JWK"]) {
    test(`a service account of a definition signs with ${alg}, its key in ${form}`, async () => {
      const jwk = { ...privateKey.export({ format: "jwk" }), kid: "k-1" };
      const key = form === "JWK"
        ? JSON.stringify(jwk)
        : privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await withFakeServer({
        "/token": ({ body }) => {
          const assertion = new URLSearchParams(body).get("assertion")!;
          const [head = "", claims = "", signature = ""] = assertion.split(".");
          const read = (part: string) =>
            JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
          const bytes = Uint8Array.from(
            atob(signature.replaceAll("-", "+").replaceAll("_", "/")),
            (character) => character.charCodeAt(0),
          );
          const right = verify(
            hash,
            new TextEncoder().encode(`${head}.${claims}`),
            {
              key: publicKey,
              dsaEncoding: "ieee-p1363",
            },
            bytes,
          );
          return right
            ? Response.json({
              access_token: btoa(
                JSON.stringify({ ...read(head), ...read(claims) }),
              ),
              token_type: "Bearer",
            })
            : Response.json({ error: "invalid_grant" }, { status: 400 });
        },
      }, async ({ origin }) => {
        const definition = {
          ...fakeDefinition(origin, { scopes: ["notes.read"] }),
          flow: "jwt_bearer" as const,
          mint: {
            fields: ["account", "private_key", "person"],
            public_fields: ["account", "person"],
            optional_fields: ["person"],
            file_fields: ["private_key"],
            jwt: {
              issuer: "{account}",
              subject: "{person}",
              audience: "https://acme.example/api",
              key: "{private_key}",
            },
          },
        };
        const request = flowRequest(definition);
        request.conversation.askSecrets = () =>
          Promise.resolve({
            account: new Secret("robot@acme.com"),
            private_key: new Secret(key),
            person: new Secret("alice@acme.com"),
          });
        const { credential } = await flow.run(request);
        const said = JSON.parse(
          atob((credential as OAuth2Credential).accessToken.reveal()),
        );
        expect(said).toMatchObject({
          alg,
          iss: "robot@acme.com",
          sub: "alice@acme.com",
          aud: "https://acme.example/api",
          scope: "notes.read",
          ...form === "JWK" ? { kid: "k-1" } : {},
        });
      });
    });
  }
}
