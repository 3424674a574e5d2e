/**
 * Messages between this machine and one phone: AES-256-GCM (NIST SP 800-38D) under keys that HKDF-SHA-256 (RFC 5869)
 * derives from the pairing key, one for each direction. `page/phone_script.ts` does the same in the phone's browser.
 *
 * @module
 */
import { base64Url, hex } from "../../bytes.ts";
import type { Secret } from "../../secret.ts";

/** Names the protocol in every derivation and seal. */
const PROTOCOL = "authsome approval 1";
/** How a sealed message begins. */
const PREFIX = "a1.";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Bytes of a message before it is sealed: all of one kind are filled up to the same length, so that it tells nothing. A
 * request is at most the 4,096 bytes that ntfy takes as a message; in a link it fits into the 2,000 characters of Discord.
 */
export const MESSAGE_BYTES = { request: 2_880, link: 1_216, answer: 512 };

/** Most characters of a sealed message that anything looks at. */
export const MAX_SEALED = 4_096;

/** What a message is for: each has its own key, so that none passes for one of the other direction. */
export type Direction = "request" | "answer";

/** The keys and topics of one pairing. */
export interface PairingKeys {
  seal: Readonly<Record<Direction, CryptoKey>>;
  /** Names of topics, 128 bits each. `notice` rings, without content; the others carry sealed messages. */
  topics: Readonly<Record<"notice" | Direction, string>>;
}

/** A new pairing key: 256 bits, base64url. */
export function newPairingKey(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** What is derived from the pairing key. Throws `RangeError` if that is none. */
export async function pairingKeys(key: Secret): Promise<PairingKeys> {
  const bytes = fromBase64Url(key.reveal());
  if (bytes?.length !== 32) throw new RangeError("not a pairing key");
  const root = await crypto.subtle.importKey("raw", bytes, "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  bytes.fill(0);
  const from = (name: string) => ({
    ...{ name: "HKDF", hash: "SHA-256", salt: utf8(PROTOCOL) },
    info: utf8(name),
  });
  const sealing = (direction: Direction) =>
    crypto.subtle.deriveKey(
      from(`${direction} key`),
      root,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt", "decrypt"],
    );
  const topic = async (name: string) => {
    const bits = await crypto.subtle.deriveBits(
      from(`${name} topic`),
      root,
      128,
    );
    return `authsome_${hex(new Uint8Array(bits))}`;
  };
  const [request, answer, ...topics] = await Promise.all([
    sealing("request"),
    sealing("answer"),
    topic("notice"),
    topic("request"),
    topic("answer"),
  ]);
  return {
    seal: { request, answer },
    topics: { notice: topics[0], request: topics[1], answer: topics[2] },
  };
}

/** `text` sealed, filled up to `length` bytes. Throws `RangeError` if it has more. */
export async function sealMessage(
  { seal }: Pick<PairingKeys, "seal">,
  direction: Direction,
  text: string,
  length: number,
): Promise<string> {
  const written = utf8(text);
  if (written.length > length) throw new RangeError("too long");
  // Spaces, which JSON passes over.
  const plain = new Uint8Array(length).fill(0x20);
  plain.set(written);
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(
    parameters(iv, direction),
    seal[direction],
    plain,
  );
  const bytes = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), NONCE_BYTES);
  return PREFIX + base64Url(bytes);
}

/** The text of a message that {@linkcode sealMessage} made for this pairing and direction; `undefined` of anything else. */
export async function openMessage(
  { seal }: Pick<PairingKeys, "seal">,
  direction: Direction,
  sealed: string,
): Promise<string | undefined> {
  if (!sealed.startsWith(PREFIX) || sealed.length > MAX_SEALED) return;
  const bytes = fromBase64Url(sealed.slice(PREFIX.length));
  if (!bytes || bytes.length < NONCE_BYTES + TAG_BYTES) return;
  try {
    const plain = await crypto.subtle.decrypt(
      parameters(bytes.subarray(0, NONCE_BYTES), direction),
      seal[direction],
      bytes.subarray(NONCE_BYTES),
    );
    return new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch {
    return undefined;
  }
}

function parameters(
  iv: Uint8Array<ArrayBuffer>,
  direction: Direction,
): AesGcmParams {
  const additionalData = utf8(`${PROTOCOL} ${direction}`);
  return { name: "AES-GCM", iv, additionalData, tagLength: TAG_BYTES * 8 };
}

/** The bytes, or `undefined` if it is not base64url in its one spelling. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")),
    (character) => character.charCodeAt(0),
  );
  // Spare bits would give a message several spellings.
  return base64Url(bytes) === text ? bytes : undefined;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
