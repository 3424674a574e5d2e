import { expect } from "expect";
import { test } from "node:test";
import {
  headEnd,
  HeadError,
  MAX_FIELDS,
  MAX_HEAD_BYTES,
  parseRequestHead,
  parseResponseHead,
} from "../../lib/wire/http1.ts";
import refused from "../vectors/http1_refused.json" with { type: "json" };

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function thrown(body: () => unknown): unknown {
  try {
    return { returned: body() };
  } catch (error) {
    return error;
  }
}

for (const { name, head, status } of refused) {
  test(`parseRequestHead() refuses: ${name}`, () => {
    const error = thrown(() => parseRequestHead(bytes(head)));
    expect(error).toBeInstanceOf(HeadError);
    expect((error as HeadError).status).toBe(status);
  });
}

test("parseRequestHead() keeps case, order, duplicates and obs-text", () => {
  const head = parseRequestHead(
    bytes(
      "POST /a?b=%20 HTTP/1.1\r\nhOsT: a:8443\r\nX-A:  1 \t\r\nx-a: \xe9\r\nContent-Length: 007\r\n\r\n",
    ),
  );
  expect(head).toEqual({
    method: "POST",
    target: "/a?b=%20",
    minor: 1,
    fields: [
      { name: "hOsT", value: "a:8443" },
      { name: "X-A", value: "1" },
      { name: "x-a", value: "\xe9" },
      { name: "Content-Length", value: "007" },
    ],
    framing: { kind: "length", length: 7 },
  });
});

test("parseRequestHead() reads chunked and bodiless requests", () => {
  const head = (fields: string) =>
    parseRequestHead(bytes(`POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`))
      .framing;
  expect(head("Transfer-Encoding: Chunked\r\n")).toEqual({ kind: "chunked" });
  expect(head("")).toEqual({ kind: "none" });
});

test("parseResponseHead() gives no body to HEAD, 1xx, 204, 304 and an accepted CONNECT", () => {
  const framing = (method: string, status: number) =>
    parseResponseHead(
      bytes(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\n`),
      method,
    ).framing;
  expect(framing("GET", 200)).toEqual({ kind: "length", length: 9 });
  const bodiless: [string, number][] = [
    ["HEAD", 200],
    ["GET", 103],
    ["GET", 204],
    ["GET", 304],
    ["CONNECT", 200],
  ];
  for (const [method, status] of bodiless) {
    expect(framing(method, status)).toEqual({ kind: "none" });
  }
});

test("parseResponseHead() reads an undeclared body until the connection closes, and an empty reason", () => {
  expect(parseResponseHead(bytes("HTTP/1.1 200\r\n\r\n"), "GET")).toEqual({
    minor: 1,
    status: 200,
    reason: "",
    fields: [],
    framing: { kind: "until_close" },
  });
  for (
    const line of [
      "HTTP/1.1 99 x",
      "HTTP/1.1 600 x",
      "HTTP/1.1 20 x",
      "HTTP/1.1  200 x",
      "ICY 200 x",
    ]
  ) {
    expect(thrown(() => parseResponseHead(bytes(`${line}\r\n\r\n`), "GET")))
      .toBeInstanceOf(HeadError);
  }
});

test("headEnd() finds the empty line at every split and stops at the limit", () => {
  const head = bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody");
  for (let i = 0; i < head.length - 4; i++) {
    expect(headEnd(head.subarray(0, i))).toBe(-1);
  }
  expect(headEnd(head)).toBe(head.length - 4);
  expect(thrown(() => headEnd(new Uint8Array(MAX_HEAD_BYTES).fill(65))))
    .toMatchObject({ status: 431 });
  const fields = "X: a\r\n".repeat(MAX_FIELDS + 1);
  expect(
    thrown(() => parseRequestHead(bytes(`GET / HTTP/1.1\r\n${fields}\r\n`))),
  ).toMatchObject({ status: 431 });
});

test("a mutated head is refused or read in time that its length bounds, and never throws anything else", () => {
  let seed = 20_261_124;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed % below;
  };
  const pieces = [
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "\0",
    "Content-Length: 1",
    "Transfer-Encoding: chunked",
    ",",
    "Host: b",
  ];
  const start = "POST /x HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n";
  let accepted = 0;
  for (let i = 0; i < 20_000; i++) {
    let text = start;
    for (let edits = random(4); edits >= 0; edits--) {
      const at = random(text.length);
      text = text.slice(0, at) + pieces[random(pieces.length)] +
        text.slice(at + random(3));
    }
    const result = thrown(() => parseRequestHead(bytes(text))) as {
      returned?: ReturnType<typeof parseRequestHead>;
    };
    if (!result.returned) {
      expect(result).toBeInstanceOf(HeadError);
      continue;
    }
    accepted++;
    // What was accepted, written out again, is read the same: there is one interpretation.
    const { method, target, minor, fields } = result.returned;
    const again = `${method} ${target} HTTP/1.${minor}\r\n` +
      fields.map((field) => `${field.name}: ${field.value}\r\n`).join("") +
      "\r\n";
    expect(parseRequestHead(bytes(again))).toEqual(result.returned);
    expect(
      fields.filter((field) =>
        /^(content-length|transfer-encoding)$/i.test(field.name)
      ).length,
    ).toBeLessThan(2);
  }
  expect(accepted).toBeGreaterThan(100);
});
