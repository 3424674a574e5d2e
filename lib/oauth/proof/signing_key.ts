/**
 * Private keys that sign assertions: PEM (RFC 7468) as PKCS #8, PKCS #1 and SEC 1, and JWK (RFC 7517).
 *
 * @module
 */
import { defined, isObject, parseObject } from "../../object.ts";

/** A key, and what the header of a signature says of it. */
export interface SigningKey {
  /** Its algorithm is the one that signatures have. */
  key: CryptoKey;
  /** `kid`, `x5t` and `x5t#S256`, if the key names them. */
  header: Record<string, string>;
}

/** A text that is no usable key; the message says why and quotes nothing of it. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

type Algorithm = RsaHashedImportParams | EcKeyImportParams | {
  name: "Ed25519";
};

const PEM =
  /-----BEGIN ((?:RSA |EC )?)PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END \1PRIVATE KEY-----/;
/** RFC 7518 section 3.3. */
const MIN_BITS = 2048;

/** Object identifiers in DER, in hexadecimal: of RSA keys (RFC 8017), EC keys and curves (RFC 5480), Ed25519 (RFC 8410). */
const RSA = "06092a864886f70d010101";
const EC = "06072a8648ce3d0201";
const ED25519 = "06032b6570";
const CURVES: Readonly<Record<string, string>> = {
  "P-256": "06082a8648ce3d030107",
  "P-384": "06052b81040022",
  "P-521": "06052b81040023",
};

/**
 * Reads a key.
 *
 * @param algorithms the signature algorithms (RFC 7518) that the reader of the signatures takes, if they are known: they
 * decide between those that a key can sign with.
 * @throws {KeyError} if `text` is none, is encrypted, or too short.
 */
export async function readSigningKey(
  text: string,
  algorithms?: readonly string[],
): Promise<SigningKey> {
  const jwk = parseObject(text);
  const read = jwk ? await readJwk(jwk, algorithms) : {
    // In a variable or in JSON the line ends may be two characters.
    key: await readPem(text.replaceAll("\\n", "\n"), algorithms),
    header: {},
  };
  const { modulusLength } = read.key.algorithm as RsaHashedKeyAlgorithm;
  if (modulusLength !== undefined && modulusLength < MIN_BITS) {
    throw new KeyError(`it has fewer than ${MIN_BITS} bits`);
  }
  return read;
}

/** A JWK that signs, or checks what the private one has signed, as WebCrypto has it. */
export async function importSigningKey(
  jwk: JsonWebKey,
  algorithms?: readonly string[],
): Promise<CryptoKey> {
  const isPrivate = jwk.d !== undefined;
  // Other programs write members there that WebCrypto would hold against the key.
  const { alg: _alg, use: _use, key_ops: _ops, ext: _ext, ...bare } = jwk;
  return await crypto.subtle.importKey(
    "jwk",
    bare,
    algorithmOf(jwk, algorithms),
    !isPrivate,
    [isPrivate ? "sign" : "verify"],
  );
}

async function readJwk(
  value: Record<string, unknown>,
  algorithms?: readonly string[],
): Promise<SigningKey> {
  const keys = Array.isArray(value.keys) ? value.keys : [value];
  const [jwk, ...more] = keys.filter((key) =>
    isObject(key) && typeof key.d === "string"
  ) as Record<string, unknown>[];
  if (!jwk) throw new KeyError("it is JSON without a private JWK");
  if (more.length > 0) throw new KeyError("it has several private keys");
  let key: CryptoKey;
  try {
    key = await importSigningKey(jwk as JsonWebKey, algorithms);
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw new KeyError("it is damaged or of a kind that cannot be used");
  }
  const text = (name: string) => {
    const value = jwk[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    key,
    header: defined({
      kid: text("kid"),
      x5t: text("x5t"),
      "x5t#S256": text("x5t#S256"),
    }) as Record<string, string>,
  };
}

function algorithmOf(
  { kty, crv, alg }: JsonWebKey,
  algorithms?: readonly string[],
): Algorithm {
  if (kty === "RSA") return rsa(alg, algorithms);
  if (kty === "EC" && crv !== undefined && Object.hasOwn(CURVES, crv)) {
    return { name: "ECDSA", namedCurve: crv };
  }
  if (kty === "OKP" && crv === "Ed25519") return { name: "Ed25519" };
  throw new KeyError("it is of a kind that cannot sign here");
}

/** RS256 unless the key or the reader says otherwise. */
function rsa(
  alg: string | undefined,
  algorithms: readonly string[] = [],
): RsaHashedImportParams {
  const known = ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"];
  const chosen = [alg, ...known.filter((each) => algorithms.includes(each))]
    .find((each) => each !== undefined && known.includes(each)) ?? "RS256";
  return {
    name: chosen.startsWith("PS") ? "RSA-PSS" : "RSASSA-PKCS1-v1_5",
    hash: `SHA-${chosen.slice(2)}`,
  };
}

async function readPem(
  text: string,
  algorithms?: readonly string[],
): Promise<CryptoKey> {
  const [, form, body] = PEM.exec(text) ?? [];
  if (body === undefined) {
    throw new KeyError(
      /ENCRYPTED/.test(text)
        ? "it is encrypted with a password"
        : /PUBLIC KEY|CERTIFICATE/.test(text)
        ? "it is a public key or a certificate, without the private key"
        : "it is not a private key in PEM or JWK",
    );
  }
  try {
    const der = Uint8Array.from(
      atob(body.replaceAll(/\s/g, "")),
      (character) => character.charCodeAt(0),
    );
    const pkcs8 = form === "RSA "
      ? asPkcs8(`${RSA}0500`, der)
      : form === "EC "
      ? asPkcs8(EC + curveIn(toHex(der)), der)
      : der;
    return await crypto.subtle.importKey(
      "pkcs8",
      new Uint8Array(pkcs8),
      algorithmIn(toHex(pkcs8.subarray(0, 40)), algorithms),
      false,
      ["sign"],
    );
  } catch (error) {
    if (error instanceof KeyError) throw error;
    // The cause may say more of the key than it should.
    throw new KeyError("it is damaged or of a kind that cannot be used");
  }
}

/** What a `PrivateKeyInfo` (RFC 5208) says of itself. */
function algorithmIn(head: string, algorithms?: readonly string[]): Algorithm {
  if (head.includes(RSA)) return rsa(undefined, algorithms);
  if (head.includes(EC)) {
    const curve = curveIn(head);
    const namedCurve = Object.keys(CURVES).find((name) =>
      CURVES[name] === curve
    )!;
    return { name: "ECDSA", namedCurve };
  }
  if (head.includes(ED25519)) return { name: "Ed25519" };
  throw new KeyError("it is of a kind that cannot sign here");
}

function curveIn(der: string): string {
  const curve = Object.values(CURVES).find((each) => der.includes(each));
  if (curve === undefined) {
    throw new KeyError("it is on a curve that cannot be used");
  }
  return curve;
}

/** `PrivateKeyInfo` (RFC 5208) around a key of PKCS #1 or SEC 1: WebCrypto reads no other. */
function asPkcs8(identifier: string, key: Uint8Array): Uint8Array {
  return element(0x30, [
    ...[0x02, 0x01, 0x00],
    ...element(0x30, fromHex(identifier)),
    ...element(0x04, key),
  ]);
}

function element(tag: number, content: ArrayLike<number>): Uint8Array {
  const length: number[] = [];
  for (let left = content.length; left > 0; left >>= 8) {
    length.unshift(left & 0xff);
  }
  return Uint8Array.from([
    tag,
    ...content.length < 0x80
      ? [content.length]
      : [0x80 | length.length, ...length],
    ...Array.from(content),
  ]);
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

function fromHex(text: string): number[] {
  return (text.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
}
