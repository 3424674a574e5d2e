/**
 * Sealing of one record with AES-256-GCM (NIST SP 800-38D).
 *
 * Invariant: the record's full key is authenticated data, so a ciphertext copied onto another name does
 * not open; each seal draws a fresh random 96-bit nonce; `kid` names the master key that sealed it.
 *
 * @module
 */
import { counted } from "../text.ts";
import { base64, hex } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { isObject } from "../object.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FIELDS = ["alg", "ciphertext", "enc", "kid", "nonce", "tag"];

/** The stored form of a record. Byte fields are base64. */
interface Envelope {
  enc: 1;
  alg: "A256GCM";
  kid: string;
  nonce: string;
  ciphertext: string;
  tag: string;
}

/** A master key ready for use, and its name. */
export interface SealingKey {
  kid: string;
  key: CryptoKey;
}

/**
 * Imports 32 bytes as a sealing key. Its `kid` is the first 8 bytes of its SHA-256 hash in hex.
 *
 * @throws {RangeError} if `bytes` is not 32 bytes long.
 */
export async function importSealingKey(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<SealingKey> {
  if (bytes.length !== 32) {
    throw new RangeError(
      `Cannot import master key: ${counted(bytes.length, "byte")}, expected 32`,
    );
  }
  const [hash, key] = await Promise.all([
    crypto.subtle.digest("SHA-256", bytes),
    crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
      "encrypt",
      "decrypt",
    ]),
  ]);
  return { kid: hex(new Uint8Array(hash, 0, 8)), key };
}

/** Seals `plaintext` as the record named `recordKey`; the result is the JSON text of an {@linkcode Envelope}. */
export async function seal(
  sealingKey: SealingKey,
  recordKey: string,
  plaintext: string,
): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      {
        name: "AES-GCM",
        iv: nonce,
        additionalData: additionalData(recordKey),
        tagLength: TAG_BYTES * 8,
      },
      sealingKey.key,
      new TextEncoder().encode(plaintext),
    ),
  );
  const envelope: Envelope = {
    enc: 1,
    alg: "A256GCM",
    kid: sealingKey.kid,
    nonce: base64(nonce),
    ciphertext: base64(sealed.subarray(0, -TAG_BYTES)),
    tag: base64(sealed.subarray(-TAG_BYTES)),
  };
  return JSON.stringify(envelope);
}

/**
 * Opens what {@linkcode seal} made for the same `recordKey`.
 *
 * @throws {AuthsomeError} `MasterKeyUnavailable` if another master key sealed it, `RecordCorrupt` if it is
 * damaged, was moved from another record, or is of an unknown format.
 */
export async function open(
  sealingKey: SealingKey,
  recordKey: string,
  text: string,
): Promise<string> {
  const envelope = parse(recordKey, text);
  if (envelope.kid !== sealingKey.kid) {
    throw new AuthsomeError(
      "MasterKeyUnavailable",
      `Cannot open record "${recordKey}": it was sealed with master key ${envelope.kid}, this one is ${sealingKey.kid}`,
      "Restore the master key that belongs to this vault",
    );
  }
  try {
    const nonce = fromBase64(envelope.nonce);
    const ciphertext = fromBase64(envelope.ciphertext);
    const tag = fromBase64(envelope.tag);
    if (nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) {
      throw new RangeError("nonce or tag length");
    }
    const sealed = new Uint8Array(ciphertext.length + TAG_BYTES);
    sealed.set(ciphertext);
    sealed.set(tag, ciphertext.length);
    const plaintext = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: nonce,
        additionalData: additionalData(recordKey),
        tagLength: TAG_BYTES * 8,
      },
      sealingKey.key,
      sealed,
    );
    return new TextDecoder("utf-8", { fatal: true }).decode(plaintext);
  } catch (cause) {
    throw corrupt(recordKey, "it does not authenticate", cause);
  }
}

function parse(recordKey: string, text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(recordKey, "it is not JSON", cause);
  }
  const fields = isObject(value) ? value : {};
  if (Object.keys(fields).sort().join() !== FIELDS.join()) {
    throw corrupt(recordKey, "it is not an envelope");
  }
  if (fields.enc !== 1 || fields.alg !== "A256GCM") {
    throw corrupt(recordKey, "its format is not known to this version");
  }
  for (const name of ["kid", "nonce", "ciphertext", "tag"]) {
    if (typeof fields[name] !== "string") {
      throw corrupt(recordKey, `its field "${name}" is not a string`);
    }
  }
  return value as Envelope;
}

function additionalData(recordKey: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`authsome vault 1\0${recordKey}`);
}

function corrupt(
  recordKey: string,
  state: string,
  cause?: unknown,
): AuthsomeError {
  return new AuthsomeError(
    "RecordCorrupt",
    `Cannot open record "${recordKey}": ${state}`,
    "Restore the vault from a backup, or log in again with --force",
    { cause },
  );
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(
    atob(text),
    (character) => character.charCodeAt(0),
  );
  // atob is lenient (spaces, spare bits); a record has one spelling only.
  if (base64(bytes) !== text) throw new RangeError("not canonical base64");
  return bytes;
}
