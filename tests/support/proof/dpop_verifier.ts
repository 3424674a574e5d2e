/**
 * What an API does with a token that is bound to a key, after RFC 9449 §4.3 and §7: checks the proof of each request by
 * itself. Independent of the code that makes proofs.
 *
 * @module
 */
import { createHash, createPublicKey, verify } from "node:crypto";

/** A request as it arrived. */
export interface Proved {
  method: string;
  /** As the API knows it, with the query. */
  url: string;
  headers: Headers;
}

/** Seconds that a proof may be older or newer than the clock. */
const WINDOW = 60;

/** The proofs that one API has seen. */
export class DpopVerifier {
  readonly seen = new Set<string>();
  /** If set, proofs must hold it. */
  nonce?: string;

  /** The token and the thumbprint of its key; throws saying what is wrong. */
  verify({ method, url, headers }: Proved): { token: string; jkt: string } {
    const [, token] = /^DPoP ([A-Za-z0-9._~+/-]+=*)$/.exec(
      headers.get("authorization") ?? "",
    ) ?? [];
    if (token === undefined) {
      throw new Error(`no token: ${headers.get("authorization")}`);
    }
    const proof = headers.get("dpop") ?? "";
    const parts = proof.split(".");
    if (parts.length !== 3) throw new Error("not one proof");
    const [head, claims] = parts.slice(0, 2).map((part) =>
      JSON.parse(new TextDecoder().decode(base64url(part)))
    );
    const { typ, alg, jwk } = head;
    if (typ !== "dpop+jwt") throw new Error(`typ is ${typ}`);
    if (alg !== "ES256") throw new Error(`alg is ${alg}`);
    if (jwk.kty !== "EC" || jwk.crv !== "P-256") throw new Error("another key");
    if (Object.keys(jwk).some((name) => /^(?:d|p|q|dp|dq|qi|k)$/.test(name))) {
      throw new Error("the private key was sent");
    }
    const right = verify(
      "sha256",
      new TextEncoder().encode(parts.slice(0, 2).join(".")),
      {
        key: createPublicKey({ key: jwk, format: "jwk" }),
        dsaEncoding: "ieee-p1363",
      },
      base64url(parts[2]!),
    );
    if (!right) throw new Error("the signature is wrong");
    if (claims.htm !== method) throw new Error(`htm is ${claims.htm}`);
    const { origin, pathname } = new URL(url);
    // Normalized on both sides, as §4.3 wants it.
    if (
      !URL.canParse(claims.htu) || /[?#]/.test(claims.htu) ||
      new URL(claims.htu).href !== origin + pathname
    ) {
      throw new Error(`htu is ${claims.htu}`);
    }
    if (Math.abs(claims.iat - Date.now() / 1000) > WINDOW) {
      throw new Error(`iat is ${claims.iat}`);
    }
    if (claims.ath !== hash(token)) throw new Error("ath is another token's");
    if (typeof claims.jti !== "string" || this.seen.has(claims.jti)) {
      throw new Error("jti was seen before");
    }
    this.seen.add(claims.jti);
    if (claims.nonce !== this.nonce) throw new NonceWanted();
    const { crv, kty, x, y } = jwk;
    return { token, jkt: hash(JSON.stringify({ crv, kty, x, y })) };
  }

  /** Answers as the API: `say` once the request has proved itself. */
  answer(
    request: Proved,
    say: (proved: { token: string; jkt: string }) => Response,
  ): Response {
    try {
      return say(this.verify(request));
    } catch (error) {
      const isNonce = error instanceof NonceWanted;
      return new Response((error as Error).message, {
        status: 401,
        headers: {
          "www-authenticate": `DPoP error="${
            isNonce ? "use_dpop_nonce" : "invalid_dpop_proof"
          }"`,
          ...isNonce ? { "dpop-nonce": this.nonce! } : {},
        },
      });
    }
  }
}

class NonceWanted extends Error {}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function base64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
