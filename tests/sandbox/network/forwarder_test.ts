// Names and destinations of programs that know of no proxy, as decisions.
import { expect } from "expect";
import { test } from "node:test";
import { bound } from "../../../lib/host/sandbox/sandbox_network.ts";
import { namedHost } from "../../../lib/sandbox/named_host.ts";
import { AddressMap, answerQuery } from "../../../lib/sandbox/dns.ts";

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A query of RFC 1035 §4.1. */
function query(name: string, type = 1, kind = 1): Uint8Array {
  const labels = name.split(".").map((label) =>
    String.fromCharCode(label.length) + label
  ).join("");
  return bytes(
    `\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00${labels}\0\0${
      String.fromCharCode(type)
    }\0${String.fromCharCode(kind)}`,
  );
}

/** Response code, number of answers, and the last four bytes. */
function answered(addresses: AddressMap, asked: Uint8Array) {
  const answer = answerQuery(asked, addresses)!;
  expect([answer[0], answer[1], answer[2]! & 0x80]).toEqual([0x12, 0x34, 0x80]);
  return {
    code: answer[3]! & 15,
    count: answer[7],
    address: answer.slice(-4).join("."),
  };
}

test("each name has an address of its own, and the address leads back to it", () => {
  const addresses = new AddressMap();
  const first = answered(addresses, query("api.example.com"));
  expect(first).toEqual({ code: 0, count: 1, address: "198.18.0.1" });
  expect(answered(addresses, query("API.Example.com"))).toEqual(first);
  expect(answered(addresses, query("other.example")).address).toBe(
    "198.18.0.2",
  );
  expect(addresses.nameOf("198.18.0.1")).toBe("api.example.com");
  expect(addresses.nameOf("198.18.0.3")).toBeUndefined();
  expect(answered(addresses, query("localhost")).address).toBe("127.0.0.1");
  expect(answered(addresses, query("a.localhost")).address).toBe("127.0.0.1");
});

test("every other type of a name is there and empty; other classes and operations are refused", () => {
  const addresses = new AddressMap();
  for (const type of [28, 16, 15, 65]) {
    expect(answered(addresses, query("example.com", type))).toMatchObject({
      code: 0,
      count: 0,
    });
  }
  expect(answered(addresses, query("example.com", 1, 3)).code).toBe(3);
  const inverse = query("example.com");
  inverse[2] = 0x10;
  expect(answered(addresses, inverse).code).toBe(4);
});

test("what is no query gets no answer", () => {
  const addresses = new AddressMap();
  const response = query("example.com");
  response[2] = 0x81;
  const pointer = query("example.com");
  pointer[12] = 0xc0;
  for (
    const strange of [
      ...[new Uint8Array(), bytes("hello"), response, pointer],
      ...[query("example.com").slice(0, -3), query("a b.example")],
      query(Array(9).fill("a".repeat(40)).join(".")),
    ]
  ) expect(answerQuery(strange, addresses)).toBeUndefined();
});

test("addresses are given away when there are no more, the oldest first", () => {
  const addresses = new AddressMap();
  for (let at = 0; at < 60_001; at++) addresses.addressOf(`n${at}.example`);
  expect(addresses.nameOf("198.18.0.1")).toBe("n60000.example");
  expect(addresses.nameOf("198.18.0.2")).toBe("n1.example");
  expect(addresses.addressOf("n0.example")).toBe("198.18.0.2");
});

test("plain HTTP is led by its Host", () => {
  const cases: [string, ReturnType<typeof namedHost>][] = [
    ["GET / HTTP/1.1\r\nHost: a.example\r\n", host("a.example")],
    ["GET / HTTP/1.1\r\nX: y\r\nhost:A.Example:80 \r\n", host("a.example")],
    ["GET / HTTP/1.1\r\nHost: a.example:8080\r\n", { kind: "unknown" }],
    ["GET / HTTP/1.1\r\nHost: a@b\r\n", { kind: "unknown" }],
    ["GET / HTTP/1.1\r\nHost: a.exa", { kind: "incomplete" }],
    ["GET / HTTP/1.0\r\n\r\n", { kind: "unknown" }],
    ["SSH-2.0-x\r\n", { kind: "unknown" }],
    ["GE", { kind: "incomplete" }],
    ["", { kind: "incomplete" }],
  ];
  for (const [text, expected] of cases) {
    expect([text, namedHost(bytes(text), 80)]).toEqual([text, expected]);
  }
});

test("what is no TLS after all is not waited for", () => {
  expect(namedHost(bytes("\x16\x02\x00"), 443).kind).not.toBe("host");
  expect(namedHost(bytes("\x16\x03\x01\xff\xff"), 443)).toEqual({
    kind: "unknown",
  });
});

function host(name: string) {
  return { kind: "host" as const, host: name };
}

test("a listener is bound only when connections are taken", async () => {
  const hostname = "127.0.0.1";
  const listeners = [
    Deno.listen({ hostname, port: 0 }),
    Deno.listenDatagram({ transport: "udp", hostname, port: 0 }),
  ];
  for (const listener of listeners) {
    await bound(listener);
    expect((listener.addr as Deno.NetAddr).port).toBeGreaterThan(0);
    listener.close();
  }
});
