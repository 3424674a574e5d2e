// Frames, against the examples of RFC 6455 §5.7.
import { expect } from "expect";
import { test } from "node:test";
import {
  closeFrame,
  frame,
  masked,
  readFrameHead,
} from "../../lib/wire/websocket.ts";

const HELLO = new TextEncoder().encode("Hello");
const MASK = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

test("a text with and without a mask is as the RFC has it", () => {
  expect([...frame(1, HELLO)])
    .toEqual([0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
  const own = [
    0x81,
    0x85,
    0x37,
    0xfa,
    0x21,
    0x3d,
    0x7f,
    0x9f,
    0x4d,
    0x51,
    0x58,
  ];
  expect([...frame(1, HELLO, MASK)]).toEqual(own);
  expect([...masked(Uint8Array.from(own.slice(6)), MASK)]).toEqual([...HELLO]);
});

test("a fragment is read as the RFC has it", () => {
  expect(readFrameHead(Uint8Array.of(0x01, 0x03, 0x48, 0x65, 0x6c), 0))
    .toEqual({
      final: false,
      reserved: false,
      opcode: 1,
      headLength: 2,
      length: 3,
    });
});

test("lengths of every size are written and read, and a head may come in parts", () => {
  for (const length of [0, 125, 126, 65_535, 65_536]) {
    const bytes = frame(2, new Uint8Array(length), MASK);
    const head = readFrameHead(bytes, 0)!;
    expect([head.opcode, head.final, head.length, head.headLength + length])
      .toEqual([2, true, length, bytes.length]);
    for (let size = 0; size < head.headLength; size++) {
      expect(readFrameHead(bytes.subarray(0, size), 0)).toBeUndefined();
    }
  }
  const huge = Uint8Array.of(0x82, 127, 0, 0x10, 0, 0, 0, 0, 0, 1);
  expect(readFrameHead(huge, 0)!.length).toBe(2 ** 52 + 1);
});

test("the bits of an extension are seen", () => {
  expect(readFrameHead(Uint8Array.of(0xc1, 0x00), 0)!.reserved).toBe(true);
});

test("a reason is cut to what a close frame holds", () => {
  const bytes = closeFrame(1008, "é".repeat(100));
  expect([bytes[0], bytes[1], bytes[2], bytes[3], bytes.length])
    .toEqual([0x88, 125, 0x03, 0xf0, 127]);
});
