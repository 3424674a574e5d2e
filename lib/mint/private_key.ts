/** RSA private keys in PEM (RFC 7468): PKCS #8, and PKCS #1 as GitHub gives them. @module */
import { AuthsomeError } from "../errors.ts";

const PEM =
  /-----BEGIN (RSA )?PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END (?:RSA )?PRIVATE KEY-----/;
/** `AlgorithmIdentifier` of rsaEncryption, with version 0 before it (RFC 5208, RFC 8017 appendix A.1). */
const RSA_HEAD = [
  ...[0x02, 0x01, 0x00],
  ...[0x30, 0x0d, 0x06, 0x09],
  ...[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
  ...[0x05, 0x00],
];
/** RFC 7518 section 3.3. */
const MIN_BITS = 2048;

/**
 * The key for RS256 signatures.
 *
 * @throws {AuthsomeError} `CredentialMissing` if `pem` is none, is encrypted, or too short. Never quotes it.
 */
export async function rsaPrivateKey(
  provider: string,
  pem: string,
): Promise<CryptoKey> {
  // In a variable or in JSON the line ends may be two characters.
  const [, isRsa, body] = PEM.exec(pem.replaceAll("\\n", "\n")) ?? [];
  if (body === undefined) {
    throw unusable(
      provider,
      /ENCRYPTED/.test(pem)
        ? "it is encrypted with a password"
        : "it is not a private key in PEM",
    );
  }
  let key: CryptoKey;
  try {
    const bytes = Uint8Array.from(
      atob(body.replaceAll(/\s/g, "")),
      (character) => character.charCodeAt(0),
    );
    key = await crypto.subtle.importKey(
      "pkcs8",
      isRsa ? asPkcs8(bytes) : bytes,
      { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      false,
      ["sign"],
    );
  } catch {
    // The cause may say more of the key than it should.
    throw unusable(provider, "it is damaged or not an RSA key");
  }
  const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm;
  if (modulusLength < MIN_BITS) {
    throw unusable(provider, `it has fewer than ${MIN_BITS} bits`);
  }
  return key;
}

/** `PrivateKeyInfo` around an `RSAPrivateKey`: WebCrypto reads no other. */
function asPkcs8(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    element(0x30, [...RSA_HEAD, ...element(0x04, pkcs1)]),
  );
}

function element(tag: number, content: ArrayLike<number>): number[] {
  const length: number[] = [];
  for (let left = content.length; left > 0; left >>= 8) {
    length.unshift(left & 0xff);
  }
  return [
    tag,
    ...content.length < 0x80
      ? [content.length]
      : [0x80 | length.length, ...length],
    ...Array.from(content),
  ];
}

function unusable(provider: string, why: string): AuthsomeError {
  return new AuthsomeError(
    "CredentialMissing",
    `Cannot use the private key of ${provider}: ${why}`,
    `authsome login ${provider} --force`,
    { subject: { provider, field: "private_key" } },
  );
}
