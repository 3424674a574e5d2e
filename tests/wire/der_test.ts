import { expect } from "expect";
import { test } from "node:test";
import {
  ascii,
  bits,
  integer,
  oid,
  pem,
  sequence,
  tagged,
  time,
} from "../../lib/wire/der.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

test("lengths take as few bytes as they can (X.690 §10.1)", () => {
  const head = (size: number) =>
    hex(tagged(4, new Uint8Array(size)).slice(0, -size || undefined));
  expect(hex(tagged(4))).toBe("0400");
  expect(head(127)).toBe("047f");
  expect(head(128)).toBe("048180");
  expect(head(255)).toBe("0481ff");
  expect(head(256)).toBe("04820100");
  expect(head(65_536)).toBe("0483010000");
});

test("integers are minimal and never negative (X.690 §8.3)", () => {
  expect(hex(integer(Uint8Array.of()))).toBe("020100");
  expect(hex(integer(Uint8Array.of(0)))).toBe("020100");
  expect(hex(integer(Uint8Array.of(0, 0, 127)))).toBe("02017f");
  expect(hex(integer(Uint8Array.of(0, 128)))).toBe("02020080");
  expect(hex(integer(Uint8Array.of(255, 1)))).toBe("020300ff01");
});

test("object identifiers, bit strings and sequences", () => {
  // The example of X.690 §8.19.5 and RSA's well-known prefix.
  expect(hex(oid("2.999.3"))).toBe("0603883703");
  expect(hex(oid("1.2.840.113549"))).toBe("06062a864886f70d");
  expect(hex(bits(Uint8Array.of(0b0000_0110), 1))).toBe("03020106");
  expect(hex(sequence(oid("2.5.4.3"), sequence()))).toBe("300706035504033000");
});

test("times change their form in 2050 (RFC 5280 §4.1.2.5)", () => {
  const text = (date: string) => {
    const bytes = time(new Date(date));
    return `${bytes[0]!.toString(16)} ${
      String.fromCharCode(...bytes.slice(2))
    }`;
  };
  expect(text("2049-12-31T23:59:59.999Z")).toBe("17 491231235959Z");
  expect(text("2050-01-01T00:00:00Z")).toBe("18 20500101000000Z");
});

test("a name that is not ASCII is refused", () => {
  expect(() => ascii(0x82, "exämple.com")).toThrow(TypeError);
});

test("PEM has lines of 64 characters", () => {
  expect(pem("X", new Uint8Array(49))).toBe(
    `-----BEGIN X-----\n${"A".repeat(64)}\nAA==\n-----END X-----\n`,
  );
  expect(pem("X", new Uint8Array(48)).split("\n")[1]).toBe("A".repeat(64));
  expect(pem("X", new Uint8Array(48)).split("\n").length).toBe(4);
});
