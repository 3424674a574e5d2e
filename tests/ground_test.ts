import { expect } from "expect";
import { test } from "node:test";
import { boundedText } from "../lib/bounded_text.ts";
import {
  base64,
  base64Url,
  basicAuthorization,
  hex,
  randomText,
  sameText,
  sha256,
} from "../lib/bytes.ts";
import { defined, isObject, parseObject } from "../lib/object.ts";
import { editDistance, quoted, rangeOf, truncate } from "../lib/text.ts";

const BYTES = Uint8Array.from({ length: 256 }, (_, at) => at);

test("bytes in hexadecimal digits and Base64", () => {
  expect(hex(BYTES)).toBe(digitsOf(BYTES));
  expect(hex(new Uint8Array())).toBe("");
  expect(base64(Uint8Array.of(0xfb, 0xff))).toBe("+/8=");
  expect(base64Url(Uint8Array.of(0xfb, 0xff))).toBe("-_8");
  expect(atob(base64(BYTES)).charCodeAt(255)).toBe(255);
  // More bytes than a call takes arguments.
  expect(atob(base64(new Uint8Array(300_000)))).toHaveLength(300_000);
});

function digitsOf(bytes: Uint8Array): string {
  const digits = "0123456789abcdef";
  return [...bytes].map((byte) => digits[byte >> 4]! + digits[byte & 15]!)
    .join("");
}

test("sha256() is the digest of the UTF-8 bytes (FIPS 180-4)", async () => {
  expect(await sha256("abc")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(await sha256("é")).toBe(
    "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c",
  );
});

test("randomText() is 256 bits that no other call gave", () => {
  const texts = new Set(Array.from({ length: 100 }, randomText));
  expect(texts.size).toBe(100);
  for (const text of texts) expect(text).toMatch(/^[\w-]{43}$/);
});

test("sameText() finds a difference at each place, and in length", () => {
  expect(sameText("", "")).toBe(true);
  expect(sameText("a".repeat(9), "a".repeat(9))).toBe(true);
  for (let at = 0; at < 9; at++) {
    const other = "a".repeat(at) + "b" + "a".repeat(8 - at);
    expect(sameText("a".repeat(9), other)).toBe(false);
  }
  expect(sameText("a", "aa")).toBe(false);
  expect(sameText("aa", "a")).toBe(false);
  expect(sameText("", "a")).toBe(false);
});

test("basicAuthorization() takes UTF-8 (RFC 7617 §2.1)", () => {
  expect(basicAuthorization("test", "123£")).toBe("Basic dGVzdDoxMjPCow==");
});

test("isObject() takes neither null nor an array", () => {
  expect([{}, Object.create(null)].every(isObject)).toBe(true);
  expect([null, [], "", 1, undefined, () => {}].some(isObject)).toBe(false);
  expect(parseObject('{"a":1}')).toEqual({ a: 1 });
  for (const text of ["", "[]", "null", '"a"', "{"]) {
    expect(parseObject(text)).toBeUndefined();
  }
});

test("defined() leaves out what is undefined, and that alone", () => {
  const made: { a?: number; b: string } = defined({
    a: undefined as number | undefined,
    b: "",
    c: null,
    d: 0,
    e: false,
  });
  expect(Object.entries(made)).toEqual([
    ["b", ""],
    ["c", null],
    ["d", 0],
    ["e", false],
  ]);
});

test("truncate() keeps whole characters and says that it cut", () => {
  expect(truncate("abc", 3)).toBe("abc");
  expect(truncate("abcd", 3)).toBe("ab…");
  expect(truncate("😀😀😀", 3)).toBe("😀😀😀");
  expect(truncate("😀😀😀😀", 3)).toBe("😀😀…");
  expect(quoted('a"\n')).toBe('"a\\"\\n"');
  expect(quoted("x".repeat(1e6))).toBe(`"${"x".repeat(59)}…"`);
});

test("editDistance() counts a swap of neighbours once", () => {
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("abc", "abc")).toBe(0);
  expect(editDistance("gihtub", "github")).toBe(1);
  expect(editDistance("kitten", "sitting")).toBe(3);
});

test("a body is read to its bound, and no longer than its signal allows", async () => {
  let cancelled = 0;
  /** Bytes without end, which no signal stops. */
  const endless = () =>
    new Response(
      new ReadableStream({
        async pull(controller) {
          await new Promise((next) => setTimeout(next, 1));
          controller.enqueue(new Uint8Array([32]));
        },
        cancel: () => {
          cancelled++;
        },
      }),
    );
  const never = new AbortController().signal;
  expect(await boundedText(new Response("né"), 3, never)).toBe("né");
  expect(await boundedText(new Response("née"), 3, never)).toBe(undefined);
  expect(await boundedText(new Response(null), 3, never)).toBe("");
  expect(await boundedText(endless(), 3, never)).toBe(undefined);
  const stop = new AbortController();
  const reading = boundedText(endless(), Infinity, stop.signal);
  stop.abort(new Error("given up"));
  await expect(reading).rejects.toThrow("given up");
  // A body that says nothing at all.
  const late = new AbortController();
  const silent = boundedText(
    new Response(new ReadableStream()),
    3,
    late.signal,
  );
  setTimeout(() => late.abort(new Error("too late")));
  await expect(silent).rejects.toThrow("too late");
  expect(cancelled).toBe(2);
});

test("rangeOf() finds what starts with a prefix, and no more", () => {
  const sorted = [
    "a",
    "b/",
    "b/1",
    "b/2",
    "b0",
    "c",
    "c/\u{10000}",
    "c/\u{ffff}",
  ];
  for (const prefix of ["", "0", "a", "b", "b/", "b/2", "b/3", "c/", "d"]) {
    expect(sorted.slice(...rangeOf(sorted, prefix)))
      .toEqual(sorted.filter((text) => text.startsWith(prefix)));
  }
  expect(rangeOf([], "a")).toEqual([0, 0]);
});
