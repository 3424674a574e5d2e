/** AES-256-GCM (NIST SP 800-38D) over bytes, a fresh random 96-bit nonce for each seal. @module */
import { base64 } from "../bytes.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a seal makes: three byte strings in base64. */
export interface Sealed {
  nonce: string;
  ciphertext: string;
  tag: string;
}

/** Seals `plaintext`; it opens only with the same key and the same additional data. */
export async function sealBytes(
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      parameters(nonce, additionalData),
      key,
      plaintext,
    ),
  );
  return {
    nonce: base64(nonce),
    ciphertext: base64(sealed.subarray(0, -TAG_BYTES)),
    tag: base64(sealed.subarray(-TAG_BYTES)),
  };
}

/** Opens what {@linkcode sealBytes} made. Rejects if anything of it is damaged, or the additional data differ. */
export async function openBytes(
  key: CryptoKey,
  additionalData: Uint8Array<ArrayBuffer>,
  sealed: Sealed,
): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = fromBase64(sealed.nonce);
  const ciphertext = fromBase64(sealed.ciphertext);
  const tag = fromBase64(sealed.tag);
  if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) {
    throw new RangeError("nonce or tag length");
  }
  const bytes = new Uint8Array(ciphertext.length + TAG_BYTES);
  bytes.set(ciphertext);
  bytes.set(tag, ciphertext.length);
  return new Uint8Array(
    await crypto.subtle.decrypt(parameters(nonce, additionalData), key, bytes),
  );
}

function parameters(
  iv: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): AesGcmParams {
  return {
    name: "AES-GCM",
    iv,
    additionalData,
    tagLength: TAG_BYTES * 8,
  };
}

/** Node 22 and 24 do not have it. */
const { fromBase64: decode } = Uint8Array as unknown as {
  fromBase64?: (
    text: string,
    options: { lastChunkHandling: "strict" },
  ) => Uint8Array<ArrayBuffer>;
};

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (decode) {
    const bytes = decode.call(Uint8Array, text, {
      lastChunkHandling: "strict",
    });
    // Strict still passes over spaces.
    if (Math.ceil(bytes.length / 3) * 4 !== text.length) throw notCanonical();
    return bytes;
  }
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  // atob is lenient (spaces, spare bits); a record has one spelling only.
  if (base64(bytes) !== text) throw notCanonical();
  return bytes;
}

function notCanonical(): RangeError {
  return new RangeError("not canonical base64");
}
