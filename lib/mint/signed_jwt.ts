/** JSON Web Tokens (RFC 7519) whose algorithm is that of the key: RS256 of an RSA key. @module */
import * as oauth from "oauth4webapi";
import { defined } from "../object.ts";

/** Claims, and what the header names. */
export interface JwtRequest {
  /** Of the key, if the reader chooses by it. */
  keyId?: string;
  /** In seconds since 1970 for `iat` and `exp`. */
  claims: Record<string, string | number>;
}

/**
 * The signed token. The library writes client assertions (RFC 7523 section 2.2); this is the same message with other claims.
 */
export async function signedJwt(
  key: CryptoKey,
  { keyId, claims }: JwtRequest,
): Promise<string> {
  const body = new URLSearchParams();
  const assert = oauth.PrivateKeyJwt({ key, ...defined({ kid: keyId }) }, {
    [oauth.modifyAssertion](header, payload) {
      header.typ = "JWT";
      // The name that most readers know (RFC 8037).
      if (header.alg === "Ed25519") header.alg = "EdDSA";
      for (const name of Object.keys(payload)) delete payload[name];
      Object.assign(payload, claims);
    },
  });
  const issuer = "https://unknown.invalid";
  await assert({ issuer }, { client_id: "none" }, body, new Headers());
  return body.get("client_assertion")!;
}
