import { expect } from "expect";
import { test } from "node:test";
import {
  bypasses,
  connectRequest,
  connectResponse,
} from "../../lib/wire/parent_proxy.ts";
import {
  isLoopback,
  parseAbsoluteTarget,
  parseAuthority,
} from "../../lib/wire/target.ts";

const to = (text: string) => parseAuthority(text, 443)!;

for (
  const [noProxy, host, direct] of [
    ["", "a.test", false],
    ["*", "a.test", true],
    ["a.test", "a.test", true],
    ["a.test", "b.a.test", true],
    ["a.test", "xa.test", false],
    [".a.test", "b.a.test", true],
    ["*.a.test", "b.a.test", true],
    ["b.test, A.TEST", "a.test", true],
    ["a.test:8443", "a.test", false],
    ["a.test:443", "a.test", true],
    ["10.0.0.0/8", "10.200.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/8", "10.evil.test", false],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["10.0.0.0/x", "10.0.0.1", false],
    ["2001:db8::1", "[2001:db8::1]", true],
    ["[2001:db8::1]:443", "[2001:db8::1]", true],
    ["", "localhost", true],
    ["", "127.0.0.1", true],
  ] as const
) {
  test(`NO_PROXY="${noProxy}" ${direct ? "exempts" : "does not exempt"} ${host}`, () => {
    expect(bypasses(noProxy, to(host))).toBe(direct);
  });
}

test("the parent's proxy is asked with the credentials of its URL, decoded", () => {
  const text = (url: string) =>
    String.fromCharCode(...connectRequest(new URL(url), to("a.test")));
  expect(text("http://p:8080")).toBe(
    "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
  );
  expect(text("http://us%40er:p%3Aw@p:8080")).toBe(
    `CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: Basic ${
      btoa("us@er:p:w")
    }\r\n\r\n`,
  );
});

test("the answer of the parent's proxy is read whole, and what follows is kept", () => {
  const bytes = new TextEncoder().encode(
    "HTTP/1.1 200 Connected\r\nContent-Length: 9\r\n\r\nrest",
  );
  for (let size = 0; size < bytes.length - 4; size++) {
    expect(connectResponse(bytes.subarray(0, size))).toBeUndefined();
  }
  expect(connectResponse(bytes)).toEqual({
    status: 200,
    rest: new TextEncoder().encode("rest"),
  });
  expect(() => connectResponse(new TextEncoder().encode("hello\r\n\r\n")))
    .toThrow();
});

test("names that only begin like this machine are not this machine", () => {
  for (
    const host of [
      "127.evil.test",
      "0.example.com",
      "localhost.evil.test",
      "10.0.0.1",
      "[2001:db8::1]",
      "1.127.0.0",
      "177.1.1.1",
    ]
  ) {
    expect([host, isLoopback(host)]).toEqual([host, false]);
  }
  for (
    const host of [
      "LOCALHOST",
      "localhost.",
      "127.8.9.1",
      "0",
      "[::]",
      "[0:0::1]",
      "[::ffff:7f00:1]",
      "017700000001",
      "0177.1",
      "0x7f.0.0.1",
      "127.1",
    ]
  ) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
});

test("authorities and absolute targets have one reading or none", () => {
  expect(parseAuthority("API.Example.com:443")).toEqual({
    host: "api.example.com",
    port: 443,
  });
  expect(parseAuthority("[2001:DB8::1]:8443")).toEqual({
    host: "[2001:db8::1]",
    port: 8443,
  });
  for (
    const text of [
      "",
      "a",
      "a:",
      ":1",
      "a:1:2",
      "a b:1",
      "a@b:1",
      "a/b:1",
      "\u212a.test:1",
      "a:99999",
      "a:01",
    ]
  ) {
    expect([text, parseAuthority(text)]).toEqual([text, undefined]);
  }
  expect(parseAbsoluteTarget("HTTP://A.test?q")).toEqual({
    host: "a.test",
    port: 80,
    path: "/?q",
  });
  for (
    const text of [
      "https://a.test/",
      "http:///x",
      "http://u@a.test/",
      "/x",
      "ftp://a.test/",
    ]
  ) {
    expect([text, parseAbsoluteTarget(text)]).toEqual([text, undefined]);
  }
});
