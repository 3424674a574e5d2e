import { expect } from "expect";
import { test } from "node:test";
import {
  fieldRecord,
  readRequestHead,
  readTrailers,
  requestFields,
} from "../../lib/wire/http2.ts";
import { forwardedHead } from "../../lib/wire/forwarded_head.ts";
import { EndedStreams } from "../../lib/wire/http2_frames.ts";
import { HeadError } from "../../lib/wire/http1.ts";

const PLAIN: string[] =
  ":method GET :scheme https :authority a.test :path /x?q=1".split(" ");

test("readRequestHead() reads what HTTP/1.1 would have said, in its order", () => {
  expect(
    readRequestHead([...PLAIN, "x", "1", "cookie", "a=1", "x", "2"], true),
  ).toEqual({
    method: "GET",
    target: "/x?q=1",
    minor: 1,
    fields: [
      { name: "Host", value: "a.test" },
      { name: "x", value: "1" },
      { name: "cookie", value: "a=1" },
      { name: "x", value: "2" },
    ],
    framing: { kind: "none" },
  });
  expect(readRequestHead(PLAIN, false).framing).toEqual({ kind: "chunked" });
});

for (
  const [name, raw] of [
    ["no method", PLAIN.slice(2)],
    ["no path", PLAIN.slice(0, 6)],
    ["no authority", [...PLAIN.slice(0, 4), ...PLAIN.slice(6)]],
    ["another scheme", PLAIN.with(3, "http")],
    ["a pseudo-header field twice", [...PLAIN, ":path", "/y"]],
    ["an unknown pseudo-header field", [...PLAIN, ":protocol", "websocket"]],
    ["a method in lower case", PLAIN.with(1, "get")],
    ["a space in the path", PLAIN.with(7, "/a b")],
    ["a fragment", PLAIN.with(7, "/a#b")],
    ["a line break in a value", [...PLAIN, "x", "1\r\nauthorization: y"]],
    ["a line break in the authority", PLAIN.with(5, "a.test\nx: y")],
    ["NUL in a value", [...PLAIN, "x", "\0"]],
    ["a name in upper case", [...PLAIN, "X", "1"]],
    ["a colon in a name", [...PLAIN, "x:y", "1"]],
    ["an empty name", [...PLAIN, "", "1"]],
    ["Connection", [...PLAIN, "connection", "authorization"]],
    ["Transfer-Encoding", [...PLAIN, "transfer-encoding", "chunked"]],
    ["Upgrade", [...PLAIN, "upgrade", "websocket"]],
    ["another TE", [...PLAIN, "te", "gzip"]],
    ["another Host", [...PLAIN, "host", "b.test"]],
    ["Host twice", [...PLAIN, "host", "a.test", "host", "a.test"]],
    ["too many fields", [...PLAIN, ...Array(400).fill("x")]],
  ] as const
) {
  test(`readRequestHead() refuses: ${name}`, () => {
    expect(() => readRequestHead(raw, true)).toThrow(HeadError);
  });
}

test("requestFields() names the server once, in lower case, and nothing about the connection", () => {
  const head = readRequestHead(
    [...PLAIN, "te", "trailers", "x", "1", "x", "2", "host", "a.test"],
    true,
  );
  const fields = requestFields(forwardedHead(head));
  expect({ ...fields }).toEqual({
    ":method": "GET",
    ":scheme": "https",
    ":authority": "a.test",
    ":path": "/x?q=1",
    te: "trailers",
    x: ["1", "2"],
  });
});

test("fieldRecord() keeps every value, and no name is special", () => {
  expect(
    Object.entries(
      fieldRecord(["__proto__", "a", "x", "1", "x", "2", "x", "3"]),
    ),
  ).toEqual([["__proto__", "a"], ["x", ["1", "2", "3"]]]);
});

test("readTrailers() refuses what decides about the message or its sender", () => {
  expect({ ...readTrailers(["x-sum", "7"]) }).toEqual({ "x-sum": "7" });
  for (const name of ["authorization", "cookie", "host", "content-length"]) {
    expect(() => readTrailers([name, "x"])).toThrow(HeadError);
  }
});

test("EndedStreams sees ends at every split of the bytes, and no other flag or frame", () => {
  const frame = (type: number, flags: number, id: number, size: number) => [
    ...[size >> 16, size >> 8 & 255, size & 255, type, flags],
    ...[id >> 24 & 255, id >> 16 & 255, id >> 8 & 255, id & 255],
    // What looks like a frame with END_STREAM inside of another.
    ...Array.from({ length: size }, () => 1),
  ];
  const bytes = Uint8Array.from([
    ...Array(24).fill(1),
    ...frame(4, 1, 0, 0), // SETTINGS with ACK, which is the same bit.
    ...frame(1, 4, 1, 20),
    ...frame(0, 0, 1, 300),
    ...frame(0, 1, 1, 0),
    ...frame(1, 5, 0x01020304, 9),
    ...frame(3, 0, 5, 4),
  ]);
  for (let split = 0; split <= bytes.length; split++) {
    const ended = new EndedStreams(24);
    ended.scan(bytes.subarray(0, split));
    ended.scan(bytes.subarray(split));
    expect(
      [0, 1, 0x01020304, 5, 0x01010101].filter((id) => ended.take(id)),
    ).toEqual([1, 0x01020304]);
    expect(ended.take(1)).toBe(false);
  }
});
