/** Bytes and texts: their encodings, their digest, their comparison. @module */

/** The bytes in hexadecimal digits, two lowercase ones each. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** The bytes in Base64 (RFC 4648 §4). */
export function base64(bytes: Uint8Array): string {
  // Node 22 and 24 do not have it.
  const { toBase64 } = bytes as { toBase64?: () => string };
  return toBase64 ? toBase64.call(bytes) : btoa(binary(bytes));
}

/** The bytes in the alphabet for URLs, without padding (RFC 4648 §5). */
export function base64Url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** One character for each byte (ISO-8859-1). */
export function binary(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** SHA-256 of `text` in UTF-8, in hexadecimal digits. */
export async function sha256(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** 256 random bits as 43 characters of base64url. */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Whether two texts are the same. The time depends on their lengths only (best effort in JavaScript). */
export function sameText(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at++) {
    difference |= left.charCodeAt(at) ^ right.charCodeAt(at);
  }
  return difference === 0;
}

/** The value of `Authorization` for HTTP Basic, in UTF-8 (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${base64(new TextEncoder().encode(`${username}:${password}`))}`;
}
