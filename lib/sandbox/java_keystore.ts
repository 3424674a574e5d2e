/**
 * Certificates as Java reads them: the JKS format of `java.security.KeyStore`, which every version of Java takes for
 * its `cacerts`. Nothing in it is encrypted.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

const MAGIC = 0xfeed_feed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** What tools that ask for a password at all expect. */
const PASSWORD = "changeit";
/** Part of the format: hashed between the password and the content. */
const SALT = "Mighty Aphrodite";
const BEGIN = "-----BEGIN CERTIFICATE-----";
const END = "-----END CERTIFICATE-----";
const TYPE = "X.509";

/** Lengths in bytes: of an alias, of the head, of an entry without its certificate, of the SHA-1 at the end. */
const ALIAS = 16;
const HEAD = 12;
const ENTRY = 4 + 2 + ALIAS + 8 + 2 + TYPE.length + 4;
const DIGEST = 20;
/** A key store without a certificate, but for its digest. */
const EMPTY = new Uint8Array(HEAD + DIGEST);

/** Whether `bytes` are a key store of this format, which {@linkcode javaKeystore} can extend. */
export function isJavaKeystore(bytes: Uint8Array): boolean {
  if (bytes.length < HEAD + DIGEST) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(0) === MAGIC && view.getUint32(4) === VERSION;
}

/**
 * A key store that trusts `certificates` (PEM, each beginning with its first line), besides those of `base`, a key store
 * of this format. Made at each run, so it is written into one buffer, and what a base has is not decoded.
 */
export function javaKeystore(
  certificates: readonly string[],
  base: Uint8Array = EMPTY,
): Uint8Array<ArrayBuffer> {
  const ders = certificates.map((pem) =>
    Buffer.from(pem.slice(BEGIN.length, pem.indexOf(END)), "base64")
  );
  const kept = base.subarray(HEAD, base.length - DIGEST);
  const known = new DataView(base.buffer, base.byteOffset, base.length)
    .getUint32(8);
  const size = ders.reduce(
    (sum, der) => sum + der.length + ENTRY,
    HEAD + kept.length,
  );
  // Hashed are the password in UTF-16, the salt and the content.
  const start = PASSWORD.length * 2 + SALT.length;
  const bytes = new Uint8Array(start + size + DIGEST);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const character of PASSWORD) {
    view.setUint16(at, character.charCodeAt(0));
    at += 2;
  }
  const text = (value: string) => {
    for (let index = 0; index < value.length; index++) {
      bytes[at++] = value.charCodeAt(index);
    }
  };
  const number = (value: number, length: 2 | 4) => {
    if (length === 2) view.setUint16(at, value);
    else view.setUint32(at, value);
    at += length;
  };
  text(SALT);
  number(MAGIC, 4);
  number(VERSION, 4);
  number(known + ders.length, 4);
  bytes.set(kept, at);
  at += kept.length;
  for (const [index, der] of ders.entries()) {
    const alias = `authsome-${known + index}`.padEnd(ALIAS);
    number(TRUSTED_CERTIFICATE, 4);
    number(alias.length, 2);
    text(alias);
    // The time it was added.
    at += 8;
    number(TYPE.length, 2);
    text(TYPE);
    number(der.length, 4);
    bytes.set(der, at);
    at += der.length;
  }
  bytes.set(createHash("sha1").update(bytes.subarray(0, at)).digest(), at);
  return bytes.subarray(start);
}
