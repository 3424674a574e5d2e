/**
 * Certificates as Java reads them: the JKS format of `java.security.KeyStore`, which every version of Java takes for
 * its `cacerts`. Nothing in it is encrypted.
 *
 * @module
 */

const MAGIC = 0xfeed_feed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;
/** What tools that ask for a password at all expect. */
const PASSWORD = "changeit";
/** Part of the format: hashed between the password and the content. */
const SALT = "Mighty Aphrodite";

/** A key store that trusts `certificates` (PEM). */
export async function javaKeystore(
  certificates: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  const content = [
    ...number(MAGIC, 4),
    ...number(VERSION, 4),
    ...number(certificates.length, 4),
  ];
  const parts = [Uint8Array.from(content)];
  for (const [at, pem] of certificates.entries()) {
    const der = bytesOf(pem);
    parts.push(
      Uint8Array.from([
        ...number(TRUSTED_CERTIFICATE, 4),
        ...text(`authsome-${at}`),
        // The time it was added, in milliseconds.
        ...number(0, 8),
        ...text("X.509"),
        ...number(der.length, 4),
      ]),
      der,
    );
  }
  const body = join(parts);
  const password = Uint8Array.from(
    [...PASSWORD].flatMap((character) => number(character.charCodeAt(0), 2)),
  );
  const digest = await crypto.subtle.digest(
    "SHA-1",
    join([password, new TextEncoder().encode(SALT), body]),
  );
  return join([body, new Uint8Array(digest)]);
}

function number(value: number, length: number): number[] {
  return Array.from(
    { length },
    (_, at) => Math.floor(value / 2 ** (8 * (length - 1 - at))) & 255,
  );
}

/** ASCII only, where Java's own encoding is UTF-8. */
function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...number(bytes.length, 2), ...bytes];
}

function bytesOf(pem: string): Uint8Array<ArrayBuffer> {
  const base64 = pem.replace(/-----[^-]+-----|\s/g, "");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
