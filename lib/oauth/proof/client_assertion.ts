/** A client that proves itself with an assertion that its key signs: `private_key_jwt` (RFC 7523 §2.2). @module */
import * as oauth from "oauth4webapi";
import { AuthsomeError } from "../../errors.ts";
import { defined } from "../../object.ts";
import type { OAuthDefinition } from "../../provider/definition.ts";
import type { Secret } from "../../secret.ts";
import type { AuthorizationServer } from "../metadata.ts";
import { KeyError, readSigningKey, type SigningKey } from "./signing_key.ts";

/**
 * Puts a fresh assertion into a request. Its algorithm is the key's.
 *
 * @throws {AuthsomeError} `CredentialMissing` if the key cannot be used.
 */
export function clientAssertion(
  { clientId, key, keyId }: { clientId: string; key: Secret; keyId?: string },
  { client_assertion: said = {} }: Pick<OAuthDefinition, "client_assertion">,
  server: AuthorizationServer,
): oauth.ClientAuth {
  return async (wire, _client, body, headers) => {
    const signing = await usableKey(
      `client ${clientId}`,
      key,
      said.alg ? [said.alg] : server.assertionAlgorithms,
    );
    const endpoint = wire.token_endpoint ?? server.tokenEndpoint?.href;
    const audience = said.audience === "token_endpoint"
      ? endpoint
      : said.audience === "issuer"
      ? server.issuer
      : said.audience ?? server.issuer;
    const assert = oauth.PrivateKeyJwt(signing.key, {
      [oauth.modifyAssertion](header, payload) {
        Object.assign(header, signing.header, defined({ kid: keyId }));
        if (header.alg === "Ed25519") {
          header.alg = said.alg ??
            (server.assertionAlgorithms?.includes("Ed25519")
              ? "Ed25519"
              : "EdDSA");
        }
        payload.aud = audience ?? endpoint ?? wire.issuer;
      },
    });
    await assert(wire, { client_id: clientId }, body, headers);
  };
}

/**
 * The key to sign with.
 *
 * @throws {AuthsomeError} `CredentialMissing` if `key` is no private key that can sign.
 */
export async function usableKey(
  owner: string,
  key: Secret,
  algorithms?: readonly string[],
): Promise<SigningKey> {
  try {
    return await readSigningKey(key.reveal(), algorithms);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new AuthsomeError(
      "CredentialMissing",
      `Cannot use the private key of ${owner}: ${error.message}`,
      "Give a private key in PEM (PKCS #8, PKCS #1) or JWK, without a password, at a login with --force",
      { subject: { field: "private_key" } },
    );
  }
}
