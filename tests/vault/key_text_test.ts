import { expect } from "expect";
import { test } from "node:test";
import { base64, base64Url, hex } from "../../lib/bytes.ts";
import { parseKeyBytes, parseKeyText } from "../../lib/key_text.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, at) => at * 8 + 3);
const bytesOf = (text: string) => new TextEncoder().encode(text);

test("a key is read from hexadecimal and base64, and from nothing else", () => {
  for (
    const text of [
      hex(KEY),
      hex(KEY).toUpperCase(),
      base64(KEY),
      base64(KEY).replace("=", ""),
      base64Url(KEY),
      `${base64Url(KEY)}=`,
    ]
  ) expect(parseKeyText(text)).toEqual(KEY);
  for (
    const text of [
      "",
      "correct horse battery staple",
      hex(KEY).slice(1),
      `${hex(KEY)}00`,
      `${hex(KEY)} `,
      `0x${hex(KEY)}`,
      base64(KEY.subarray(1)),
      base64(new Uint8Array([...KEY, 1])),
      // Two spare bits that are not zero: a second spelling of the same key.
      `${base64Url(KEY).slice(0, -1)}7`,
      `${base64(KEY)}=`,
      `-${base64(new Uint8Array(32).fill(255)).slice(1)}`,
      `${base64(KEY).slice(0, 20)}\n${base64(KEY).slice(20)}`,
    ]
  ) expect([text, parseKeyText(text)]).toEqual([text, undefined]);
});

test("a key that a program printed may be raw, and have one newline behind", () => {
  for (
    const bytes of [
      ...[KEY, new Uint8Array([...KEY, 10]), bytesOf(`${hex(KEY)}\n`)],
      ...[bytesOf(`${base64(KEY)}\r\n`), bytesOf(base64(KEY))],
    ]
  ) expect(parseKeyBytes(bytes)).toEqual(KEY);
  // The newline is the key's own last byte.
  const newline = Uint8Array.from([...KEY.subarray(1), 10]);
  expect(parseKeyBytes(newline)).toEqual(newline);
  for (
    const bytes of [
      bytesOf(""),
      bytesOf("\n"),
      bytesOf("hunter2\n"),
      // A password of 32 characters.
      bytesOf("correct-horse-battery-staple-abc"),
      bytesOf("correct-horse-battery-staple-abc\n"),
      bytesOf(hex(KEY).slice(32)),
      bytesOf(`${hex(KEY)}\n\n`),
      bytesOf(`${hex(KEY)}\nuser: me\n`),
      KEY.subarray(1),
      new Uint8Array([...KEY, 1]),
      new Uint8Array(4000),
    ]
  ) expect([bytes, parseKeyBytes(bytes)]).toEqual([bytes, undefined]);
});
