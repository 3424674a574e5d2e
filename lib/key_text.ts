/** A 256-bit key as people and programs write it. @module */

/** Bytes of a key. */
export const KEY_BYTES = 32;

/** What is asked for, for messages. */
export const KEY_FORMS = "32 bytes in base64 or hexadecimal";

const HEX = /^[0-9a-fA-F]{64}$/;
/** With or without padding, in either alphabet; the last character has two bits that must be zero. */
const BASE64 = /^[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?$/;

/**
 * The key in `text`: 64 hexadecimal digits, or 43 characters of base64 or base64url with or without `=`. `undefined` if it
 * is anything else; nothing is ever derived from it.
 */
export function parseKeyText(
  text: string,
): Uint8Array<ArrayBuffer> | undefined {
  if (HEX.test(text)) {
    return Uint8Array.from(
      text.match(/../g)!,
      (pair) => parseInt(pair, 16),
    );
  }
  if (!BASE64.test(text) || /[+/]/.test(text) && /[-_]/.test(text)) {
    return undefined;
  }
  const standard = text.replace("=", "").replaceAll("-", "+")
    .replaceAll("_", "/");
  return Uint8Array.from(atob(standard), (digit) => digit.charCodeAt(0));
}

/**
 * The key that a program printed or a file holds: a text of {@linkcode parseKeyText}, or 32 raw bytes, each with or without
 * one newline behind. 32 printable characters are no raw key but a password, and refused.
 */
export function parseKeyBytes(
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  if (bytes.length === KEY_BYTES) return raw(bytes);
  // A carriage return before the newline may be a byte of the key.
  if (bytes.length === KEY_BYTES + 1 && bytes.at(-1) === 0x0a) {
    return raw(bytes.subarray(0, KEY_BYTES));
  }
  const line = withoutNewline(bytes);
  if (line.length === KEY_BYTES) return raw(line);
  return parseKeyText(String.fromCharCode(...line.subarray(0, 100)));
}

/** `bytes` without one newline, or one carriage return and newline, at the end. */
export function withoutNewline(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

function raw(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const isText = (byte: number) =>
    byte >= 0x20 && byte < 0x7f || byte === 0x0a || byte === 0x0d;
  return bytes.every(isText) ? undefined : Uint8Array.from(bytes);
}
