/**
 * Records of format 1, sealed with the master key itself. They are opened once, to seal them anew (`format_upgrade.ts`).
 *
 * Invariant: the record's full key is authenticated data, so a ciphertext copied onto another name does
 * not open; each seal draws a fresh random 96-bit nonce; `kid` names the master key that sealed it.
 *
 * @module
 */
import { counted } from "../text.ts";
import { hex } from "../bytes.ts";
import { AuthsomeError } from "../errors.ts";
import { isObject } from "../object.ts";
import { openBytes, sealBytes, type Sealed } from "./sealing.ts";

const FIELDS = ["alg", "ciphertext", "enc", "kid", "nonce", "tag"];

/** The stored form of a record. Byte fields are base64. */
interface Envelope extends Sealed {
  enc: 1;
  alg: "A256GCM";
  kid: string;
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
  const envelope: Envelope = {
    enc: 1,
    alg: "A256GCM",
    kid: sealingKey.kid,
    ...await sealBytes(
      sealingKey.key,
      additionalData(recordKey),
      new TextEncoder().encode(plaintext),
    ),
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
    const plaintext = await openBytes(
      sealingKey.key,
      additionalData(recordKey),
      envelope,
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
