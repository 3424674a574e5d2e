import { expect } from "expect";
import { test } from "node:test";
import { readPastedCallback } from "../../lib/login/pasted_callback.ts";

const AUTHORIZATION = new URL("https://acme.test/authorize?state=s1");
const read = (text: string) =>
  readPastedCallback(text, AUTHORIZATION)?.toString();

test("readPastedCallback() reads an address, a query, or a code", () => {
  const whole = "code=c%2F1&state=s1";
  expect(read(`http://127.0.0.1:7998/auth/callback/oauth?${whole}`)).toBe(
    whole,
  );
  expect(
    read(`<http://127.0.0.1:7998/auth/callback/oauth?code=c%2\nF1&state=s1>`),
  )
    .toBe(whole);
  expect(read(`?${whole}`)).toBe(whole);
  expect(read("4/0Adeu5")).toBe("code=4%2F0Adeu5&state=s1");
  expect(read("abcd==")).toBe("code=abcd%3D%3D&state=s1");
  expect(read("http://127.0.0.1:7998/auth/callback/oauth?error=access_denied"))
    .toBe("error=access_denied");
});

test("readPastedCallback() knows an address without its scheme", () => {
  const whole = "code=c%2F1&state=s1";
  for (const host of ["127.0.0.1:7998", "localhost:7998", "[::1]:7998"]) {
    expect(read(`${host}/auth/callback/oauth?${whole}`)).toBe(whole);
    expect(read(`${host}/auth/callback/oauth`)).toBe(undefined);
  }
});

test("readPastedCallback() takes no other text for a code", () => {
  for (
    const text of [
      ...["help", "password", "ls -la", "authsome list 1", "me1@example.com"],
      ...["~/key1.txt", "/etc/hosts1", "./a1", "about:blank1", "C:\\key1"],
      ...["chrome-error://chromewebdata/", "http://", "what?1", "it's 1"],
    ]
  ) expect({ text, is: read(text) }).toEqual({ text, is: undefined });
});

test("readPastedCallback() takes an address without an answer for nothing", () => {
  for (
    const text of ["", "  ", "https://acme.test/authorize?state=s1", "é", "ab"]
  ) {
    expect(read(text)).toBe(undefined);
  }
});

test("readPastedCallback() keeps the state of a pasted address, so that the flow can refuse it", () => {
  expect(read("http://127.0.0.1:7998/auth/callback/oauth?code=c&state=other"))
    .toBe("code=c&state=other");
});
