/**
 * The master key, sealed by a passphrase: Argon2id (RFC 9106) derives the key of AES-256-GCM. A new passphrase, or a new
 * cost, seals the same master key anew, and nothing else changes.
 *
 * @module
 */
import type { Argon2Cost } from "../argon2_cost.ts";
import { argon2id } from "../argon2id.ts";
import { base64 } from "../bytes.ts";
import type { PassphraseSeal } from "../encryption.ts";

/** What a new seal costs: the second choice of RFC 9106 §4 with one lane, since a derivation here has one thread. */
export const SEAL_COST: Argon2Cost = {
  memory: 65_536,
  iterations: 3,
  parallelism: 1,
};

const TAG_BYTES = 16;

/** Seals `key`, 32 bytes, with a fresh salt and nonce. */
export async function sealByPassphrase(
  passphrase: string,
  key: Uint8Array<ArrayBuffer>,
  { memory, iterations, parallelism }: Argon2Cost = SEAL_COST,
): Promise<PassphraseSeal> {
  const cost = { memory, iterations, parallelism };
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt(
      cipher(nonce),
      await derive(passphrase, salt, cost, "encrypt"),
      key,
    ),
  );
  return {
    kdf: "argon2id",
    ...cost,
    salt: base64(salt),
    nonce: base64(nonce),
    ciphertext: base64(sealed.subarray(0, -TAG_BYTES)),
    tag: base64(sealed.subarray(-TAG_BYTES)),
  };
}

/** The sealed key, or `undefined` if the passphrase is another, or the seal was changed. */
export async function openByPassphrase(
  passphrase: string,
  seal: PassphraseSeal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const key = await derive(passphrase, bytesOf(seal.salt), seal, "decrypt");
  const sealed = bytesOf(seal.ciphertext, seal.tag);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(cipher(bytesOf(seal.nonce)), key, sealed),
    );
  } catch {
    return undefined;
  }
}

/** Whether a seal of today would cost more to guess. */
export function isOutdated(
  { memory, iterations }: Argon2Cost,
  today: Argon2Cost = SEAL_COST,
): boolean {
  return memory < today.memory || iterations < today.iterations;
}

async function derive(
  passphrase: string,
  salt: Uint8Array,
  cost: Argon2Cost,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  // Keyboards spell a letter with an accent in one character or in two.
  const bytes = await argon2id(passphrase.normalize("NFC"), salt, cost);
  try {
    return await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, [
      usage,
    ]);
  } finally {
    bytes.fill(0);
  }
}

function cipher(iv: Uint8Array<ArrayBuffer>) {
  return {
    name: "AES-GCM",
    iv,
    additionalData: new TextEncoder().encode("authsome master key 1"),
    tagLength: TAG_BYTES * 8,
  };
}

function bytesOf(...texts: string[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    texts.map((text) => atob(text)).join(""),
    (digit) => digit.charCodeAt(0),
  );
}
