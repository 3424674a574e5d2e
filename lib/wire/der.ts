/**
 * Writes the Distinguished Encoding Rules of ASN.1 (ITU-T X.690), as far as a certificate needs them.
 *
 * @module
 */
import { base64 } from "../bytes.ts";

/** The bytes of one encoded value. */
export type Der = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

/** A value with `tag` whose content is `parts`, one after the other. */
export function tagged(tag: number, ...parts: Der[]): Der {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...lengthBytes(length)];
  const bytes = new Uint8Array(head.length + length);
  bytes.set(head);
  let at = head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** SEQUENCE. */
export function sequence(...parts: Der[]): Der {
  return tagged(0x30, ...parts);
}

/** SET of one element, which needs no sorting. */
export function setOf(part: Der): Der {
  return tagged(0x31, part);
}

/** INTEGER of an unsigned big-endian number: minimal and never negative (X.690 §8.3.2). */
export function integer(value: Uint8Array): Der {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const digits = value.slice(start);
  if (digits.length === 0) return tagged(2, Uint8Array.of(0));
  return digits[0]! < 0x80
    ? tagged(2, digits)
    : tagged(2, Uint8Array.of(0), digits);
}

/** BOOLEAN TRUE; FALSE is the default of every field here and so is left out (X.690 §11.5). */
export const TRUE: Der = Uint8Array.of(1, 1, 0xff);

/** OCTET STRING. */
export function octets(content: Der): Der {
  return tagged(4, content);
}

/** BIT STRING of whole bytes, less the `unused` bits at the end. */
export function bits(content: Der, unused = 0): Der {
  return tagged(3, Uint8Array.of(unused), content);
}

/** UTF8String. */
export function utf8(text: string): Der {
  return tagged(0x0c, encoder.encode(text));
}

/** The characters of `text`, which must be ASCII, as the content of an implicitly tagged IA5String. */
export function ascii(tag: number, text: string): Der {
  if (!/^[\0-\x7f]*$/.test(text)) throw new TypeError("the text is not ASCII");
  return tagged(tag, encoder.encode(text));
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Der {
  const [first, second, ...rest] = dotted.split(".").map(Number) as [
    number,
    number,
    ...number[],
  ];
  const content = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (arc = Math.floor(arc / 128); arc > 0; arc = Math.floor(arc / 128)) {
      digits.unshift(0x80 | (arc & 0x7f));
    }
    return digits;
  });
  return tagged(6, Uint8Array.from(content));
}

/** Time in whole seconds: UTCTime until 2049, GeneralizedTime from then on (RFC 5280 §4.1.2.5). */
export function time(date: Date): Der {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? ascii(0x17, text.slice(2))
    : ascii(0x18, text);
}

/** PEM of an encoded value (RFC 7468). */
export function pem(label: string, der: Uint8Array): string {
  const lines = base64(der).replace(/.{64}/g, "$&\n").replace(/\n$/, "");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) {
    digits.unshift(rest % 256);
  }
  return [0x80 | digits.length, ...digits];
}
