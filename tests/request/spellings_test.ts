import { expect } from "expect";
import { test } from "node:test";
import {
  hasEscapes,
  readEscapes,
  replaceSpellings,
  spellingsOf,
} from "../../lib/request/spellings.ts";

test("readEscapes() reads what is escaped, as often as it is, and knows where each character stood", () => {
  const cases: [string, string][] = [
    ["%41%2542%25252543", "abc"],
    ["a=b%20c+d-e", "a=b c d e"],
    ["\\u0041\\\\x42\\/", "ab/"],
    ["&amp;&#65;&#x42;&amp;#67;", "&abc"],
    ["k=41&x=c2", "k=41&x=c2"],
    ["=?utf-8?Q?a=42?= =43", "ab?= =43"],
    ["100%", "100%"],
    ["%zz\\u12", "%zz\\u12"],
  ];
  for (const [text, read] of cases) {
    expect([text, readEscapes(text).text]).toEqual([text, read]);
    const { starts } = readEscapes(text);
    expect(starts.at(-1)).toBe(text.length);
    expect(starts.length).toBe(read.length + 1);
  }
  expect(readEscapes("x%2541y").starts).toEqual([0, 1, 6, 7]);
});

test("a text is found with spaces, letters beyond ASCII and percent signs of its own", () => {
  for (
    const text of ["two words key", "clé-secrète-ü", "ab%41cd%2Fef", "ключ"]
  ) {
    const bytes = [...new TextEncoder().encode(text)];
    const binary = String.fromCharCode(...bytes);
    for (
      const spelled of [
        binary,
        encodeURIComponent(text),
        encodeURIComponent(encodeURIComponent(text)),
        new URLSearchParams({ a: text }).toString().slice(2),
        btoa(binary),
        bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
      ]
    ) {
      const clean = replaceSpellings(`<${spelled}>`, spellingsOf(text), "#");
      expect([text, clean]).toEqual([
        text,
        expect.stringMatching(/^<#.{0,3}>$/),
      ]);
    }
  }
});

test("what a server sends to take up time is read as fast as anything else", () => {
  const spellings = spellingsOf("sk-1234567890");
  for (const piece of ["\\", "%25", "&amp;", "&", "=?", "=?q?q?", "%", "&#0"]) {
    const text = piece.repeat(65_536 / piece.length);
    expect(hasEscapes(text) || piece === "&#0").toBe(true);
    expect(replaceSpellings(text, spellings, "#")).toBe(text);
  }
});
