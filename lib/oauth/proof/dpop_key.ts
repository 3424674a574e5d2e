/**
 * Keys that tokens are bound to, and the proofs that a request comes from their holder (DPoP, RFC 9449).
 *
 * The private key is a JWK in the vault. Proofs are the library's; what it cannot know, the nonce that a server asked for
 * and the request as it is sent, is put into them here.
 *
 * @module
 */
import * as oauth from "oauth4webapi";
import { parseObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import { importSigningKey } from "./signing_key.ts";
import { parseChallenges } from "../../wire/challenges.ts";

/** The algorithms that keys are made for, the most common first. */
const ALGORITHMS = ["ES256", "ES384", "Ed25519", "PS256", "RS256"];
/** Nonces that are remembered, in all. */
const MAX_NONCES = 256;

/** What a token is bound to: the private key, as a JWK. */
export interface Bound {
  accessToken: Secret;
  /** Set if the token is used with proofs alone. */
  tokenType?: "DPoP";
  dpopKey?: Secret;
}

/** What a proof is for. */
export interface Proven {
  method: string;
  /** Without query and fragment (RFC 9449 §4.2). */
  htu: string;
  /** Origin that the nonce is of. */
  origin: string;
}

/** The last nonce of each server, by key and origin: proofs of one process that follow hold it (RFC 9449 §8). */
const nonces = new Map<string, string>();
/** Imported once, since each request makes a proof. */
const imported = new WeakMap<Secret, Promise<CryptoKeyPair>>();

/** A new key. @param supported the server's algorithms, if it names them. */
export async function newDpopKey(
  supported?: readonly string[],
): Promise<Secret> {
  const algorithm = ALGORITHMS.find((known) => supported?.includes(known)) ??
    ALGORITHMS[0]!;
  const { privateKey } = await oauth.generateKeyPair(algorithm, {
    extractable: true,
  });
  const jwk = await crypto.subtle.exportKey(
    "jwk",
    privateKey as CryptoKey,
  );
  return new Secret(
    JSON.stringify({ ...jwk, alg: algorithm, key_ops: undefined }),
  );
}

/** What the library makes the proofs of one request to a token endpoint with. */
export async function dpopHandle(
  key: Secret,
  origin: string,
  change: (payload: Record<string, unknown>) => void = () => {},
): Promise<oauth.DPoPHandle> {
  const nonce = nonces.get(placeOf(key, origin));
  return oauth.DPoP({}, await pairOf(key), {
    [oauth.modifyAssertion](_header, payload) {
      if (nonce !== undefined) payload.nonce = nonce;
      change(payload);
    },
  });
}

/** The thumbprint of the key (RFC 7638), for `dpop_jkt`. */
export async function thumbprintOf(key: Secret): Promise<string> {
  return await (await dpopHandle(key, "")).calculateThumbprint();
}

/** The value of `DPoP` for one request with `accessToken` to a resource. */
export async function resourceProof(
  { accessToken, dpopKey }: Required<Pick<Bound, "accessToken" | "dpopKey">>,
  { method, htu, origin }: Proven,
): Promise<string> {
  const handle = await dpopHandle(dpopKey, origin, (payload) => {
    payload.htm = method;
    payload.htu = htu;
  });
  let proof = "";
  await oauth.protectedResourceRequest(
    accessToken.reveal(),
    method,
    new URL(origin),
    undefined,
    undefined,
    {
      DPoP: handle,
      [oauth.allowInsecureRequests]: true,
      // Nothing is sent from here.
      [oauth.customFetch]: (_url, { headers }) => {
        proof = headers.dpop!;
        return Promise.resolve(new Response());
      },
    },
  );
  return proof;
}

/** The headers that carry a token, with a proof if it is bound to a key. */
export async function boundHeaders(
  { accessToken, tokenType, dpopKey }: Bound,
  method: string,
  url: URL,
): Promise<Record<string, string>> {
  if (!tokenType || !dpopKey) {
    return { authorization: `Bearer ${accessToken.reveal()}` };
  }
  const { origin, pathname } = url;
  const proven = { method, htu: origin + pathname, origin };
  return {
    authorization: `DPoP ${accessToken.reveal()}`,
    dpop: await resourceProof({ accessToken, dpopKey }, proven),
  };
}

/** Keeps the nonce of a response, for the proofs that follow. Says whether it is another than before. */
export function rememberNonce(
  key: Secret,
  origin: string,
  nonce: string | null | undefined,
): boolean {
  if (!nonce || !/^[\x21\x23-\x5b\x5d-\x7e]{1,1000}$/.test(nonce)) return false;
  const place = placeOf(key, origin);
  const isNew = nonces.get(place) !== nonce;
  nonces.delete(place);
  nonces.set(place, nonce);
  if (nonces.size > MAX_NONCES) nonces.delete(nonces.keys().next().value!);
  return isNew;
}

/** Whether a resource refused a request for want of a nonce alone (RFC 9449 §9). */
export function asksForNonce(
  status: number,
  challenge: string | null,
): boolean {
  return status === 401 &&
    parseChallenges(challenge).some(({ scheme, parameters }) =>
      scheme === "dpop" && parameters.get("error") === "use_dpop_nonce"
    );
}

function placeOf(key: Secret, origin: string): string {
  const { x, n } = parseObject(key.reveal()) ?? {};
  return `${x ?? n} ${origin}`;
}

function pairOf(key: Secret): Promise<CryptoKeyPair> {
  let pair = imported.get(key);
  if (!pair) imported.set(key, pair = importPair(key));
  return pair;
}

async function importPair(key: Secret): Promise<CryptoKeyPair> {
  const jwk = parseObject(key.reveal()) as JsonWebKey;
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...shown } = jwk;
  return {
    privateKey: await importSigningKey(jwk),
    publicKey: await importSigningKey(shown),
  };
}
