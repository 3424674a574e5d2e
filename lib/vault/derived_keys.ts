/**
 * The keys of format 2. A vault has one data key, 32 random bytes; what seals records and names is derived from it. The
 * master key seals nothing but the data key, so a change of it rewrites one record.
 *
 * Derivation: HKDF-SHA256 (RFC 5869) without a salt. `kid` names a key and tells nothing of it.
 *
 * @module
 */
import { base64Url, hex } from "../bytes.ts";
import { counted } from "../text.ts";

const KEY_BYTES = 32;
const KID_BYTES = 8;
const NAME_BYTES = 16;

/** A master key, ready to wrap a data key. */
export interface MasterKey {
  kid: string;
  /** AES-256-GCM. */
  wrapping: CryptoKey;
}

/** A data key, ready for use. */
export interface DataKey {
  kid: string;
  /** AES-256-GCM. */
  sealing: CryptoKey;
  /** HMAC-SHA256. */
  naming: CryptoKey;
}

/** Derives what wraps a data key. Throws `RangeError` if `bytes` is not 32 bytes long. */
export async function importMasterKey(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<MasterKey> {
  const derived = await derive(
    bytes,
    "authsome vault 2 master key",
    KEY_BYTES + KID_BYTES,
  );
  return {
    wrapping: await aesKey(derived.subarray(0, KEY_BYTES)),
    kid: hex(derived.subarray(KEY_BYTES)),
  };
}

/** Derives what seals and names records. Throws `RangeError` if `bytes` is not 32 bytes long. */
export async function importDataKey(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<DataKey> {
  const derived = await derive(
    bytes,
    "authsome vault 2 data key",
    2 * KEY_BYTES + KID_BYTES,
  );
  const [sealing, naming] = await Promise.all([
    aesKey(derived.subarray(0, KEY_BYTES)),
    crypto.subtle.importKey(
      "raw",
      derived.subarray(KEY_BYTES, 2 * KEY_BYTES),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    ),
  ]);
  return { sealing, naming, kid: hex(derived.subarray(2 * KEY_BYTES)) };
}

/** The name under which the store has the record `recordKey`: 22 characters that tell nothing without the data key. */
export async function opaqueName(
  { naming }: DataKey,
  recordKey: string,
): Promise<string> {
  const mac = await crypto.subtle.sign(
    "HMAC",
    naming,
    new TextEncoder().encode(recordKey),
  );
  return base64Url(new Uint8Array(mac, 0, NAME_BYTES));
}

async function derive(
  bytes: Uint8Array<ArrayBuffer>,
  info: string,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length !== KEY_BYTES) {
    throw new RangeError(
      `Cannot import key: ${
        counted(bytes.length, "byte")
      }, expected ${KEY_BYTES}`,
    );
  }
  const key = await crypto.subtle.importKey("raw", bytes, "HKDF", false, [
    "deriveBits",
  ]);
  const parameters = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(info),
  };
  return new Uint8Array(
    await crypto.subtle.deriveBits(parameters, key, length * 8),
  );
}

function aesKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}
