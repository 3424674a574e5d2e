/** What is sent to mint the credential of a definition, as text: names in the place of secrets and of what is random. @module */
import { mint } from "../../lib/mint/mint.ts";
import { requestedScopes } from "../../lib/oauth/scope.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { Secret } from "../../lib/secret.ts";

/** Values of a source where its name would not do. */
const VALUES: Record<string, string> = {
  start_url: "https://acme.awsapps.com/start",
  app_id: "12345",
  connection: "aws",
  installation: "67890",
  region: "eu-west-1",
  role_arn: "arn:aws:iam::123456789012:role/agent",
  account_id: "123456789012",
};

/** The requests of `definition` until one of them is not answered; none if its credential is not minted. */
export async function mintRequests(
  definition: ProviderDefinition,
  baseUrl: string | undefined,
  fetch: (url: Request | URL | string, init?: RequestInit) => Promise<Response>,
  now: Date,
): Promise<void> {
  const pem = await privateKey();
  const source = Object.fromEntries(
    definition.mint!.fields.map((field) => [
      field,
      new Secret(
        field === "key_file"
          ? JSON.stringify({
            type: "service_account",
            client_email: "CLIENT_EMAIL",
            private_key: pem,
            private_key_id: "PRIVATE_KEY_ID",
            token_uri: definition.oauth?.token_url,
          })
          : field === "private_key"
          ? pem
          : VALUES[field] ?? field.toUpperCase(),
      ),
    ]),
  );
  if (definition.flow === "aws_sso") {
    // As its login leaves it.
    source.access_token = new Secret("ACCESS_TOKEN");
    source.access_token_expires_at = new Secret(String(Number.MAX_VALUE));
    source.role_name = new Secret("agent");
  }
  await mint({
    definition,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    fetch,
    clock: { now: () => now.getTime() },
    keysOf: () =>
      Promise.resolve({
        access_key_id: new Secret("ACCESS_KEY_ID"),
        secret_access_key: new Secret("SECRET_ACCESS_KEY"),
      }),
  }, { source, scopes: requestedScopes(definition.oauth ?? {}, undefined) });
}

/** Header and payload of a signed token can be compared; its signature cannot. */
export function withoutSignatures(text: string): string {
  return text.replace(
    /eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+/g,
    (_, payload: string) => {
      const claims = JSON.parse(
        atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
      );
      if (claims.jti) claims.jti = "JTI";
      return `JWT(${JSON.stringify(claims)})`;
    },
  );
}

async function privateKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(
    {
      name: "RSASSA-PKCS1-v1_5",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
      hash: "SHA-256",
    },
    true,
    ["sign"],
  );
  const bytes = await crypto.subtle.exportKey("pkcs8", privateKey);
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
}
