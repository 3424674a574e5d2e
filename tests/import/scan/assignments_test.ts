// Values that libraries and shells read differently, and those that all read the same.
import { expect } from "expect";
import { test } from "node:test";
import { parseEnv } from "node:util";
import {
  doubtfulValues,
  readable,
} from "../../../lib/import/scan/assignments.ts";
import { replaceValues } from "../../../lib/import/scan/dotenv.ts";

const parse = (text: string) => parseEnv(text) as Record<string, string>;

/** The line, and all that is written there; `undefined` where nobody can say it. */
const DOUBTFUL: [line: string, whole: string | undefined][] = [
  ["K=sk-Abc#123", "sk-Abc#123"],
  ["K=sk-Abc#123 # prod", "sk-Abc#123"],
  ["K=sk-Abc#123\t# prod", "sk-Abc#123"],
  ["K=a#b#c", "a#b#c"],
  ["K=#abc", "#abc"],
  ["K = sk-Abc#123 ", "sk-Abc#123"],
  ["export K=sk-Abc#123", "sk-Abc#123"],
  ["export\tK=sk-Abc#123", "sk-Abc#123"],
  ["K=sk-Abc#123\r", "sk-Abc#123"],
  ["K=abc$def", "abc$def"],
  ['K="abc$def"', "abc$def"],
  ["K=abc\\def", "abc\\def"],
  ['K=abc"def"ghi', 'abc"def"ghi'],
  ["K=abc'def", "abc'def"],
  ['K="abc\\"def"', undefined],
  ['K="abc"def', undefined],
  ['K="abc"#def', undefined],
  ["K='abc'def'", undefined],
  ['K="abc', undefined],
  ["K='abc", undefined],
];

for (const [line, whole] of DOUBTFUL) {
  test(`programs disagree on ${JSON.stringify(line)}`, () => {
    const found = doubtfulValues(`A=1\n${line}\nZ=2\n`);
    expect([...found.keys()]).toEqual(["K"]);
    expect(found.get("K")!.whole).toBe(whole);
    expect(found.get("K")!.why).toMatch(/\w/);
  });
}

const CERTAIN: [line: string, value: string][] = [
  ["K=sk-Abc123", "sk-Abc123"],
  ["K=sk-Abc123 # prod", "sk-Abc123"],
  ["K=sk-Abc123\t# prod#2", "sk-Abc123"],
  ['K="sk-Abc#123"', "sk-Abc#123"],
  ["K='sk-Abc#123' # prod", "sk-Abc#123"],
  ["K='abc$def'", "abc$def"],
  ["K='abc\\def'", "abc\\def"],
  ['K="line 1\\nline 2"', "line 1\nline 2"],
  ['K="line 1\nline 2"', "line 1\nline 2"],
  ["K = sk-Abc123", "sk-Abc123"],
  ["export K=sk-Abc123", "sk-Abc123"],
  ["export\tK=sk-Abc123", "sk-Abc123"],
  ["export \t K=sk-Abc123", "sk-Abc123"],
  ["  export\tK = 'sk-Abc123'", "sk-Abc123"],
  ["K=a=b==", "a=b=="],
  ["K=", ""],
];

for (const [line, value] of CERTAIN) {
  for (
    const [how, text] of [
      ["", `A=1\n${line}\nZ=2\n`],
      [" with CRLF", `A=1\r\n${line}\r\nZ=2\r\n`],
      [" after a byte order mark", `\ufeff${line}\nZ=2\n`],
      [" after another value", `K=old#er\n${line}\nZ=2\n`],
    ]
  ) {
    test(`all agree on ${JSON.stringify(line)}${how}, which alone is replaced`, () => {
      expect(doubtfulValues(text).size).toBe(0);
      expect(parse(readable(text))["K"]).toBe(value);
      if (value === "") return;
      const replaced = replaceValues(
        text,
        new Map([["K", value]]),
        () => "new",
        parse,
      );
      expect(replaced.variables).toEqual(["K"]);
      const [before, after] = text.split(line) as [string, string];
      expect(replaced.text.startsWith(before)).toBe(true);
      expect(replaced.text.endsWith(after)).toBe(true);
      // Everything else of the line stays: export, quotes, space, comment.
      const changed = replaced.text.slice(
        before.length,
        replaced.text.length - after.length,
      );
      expect(changed.length > 3).toBe(true);
      expect(parse(readable(changed))["K"]).toBe("new");
      const head = /^[^=]*=\s*["']?/.exec(line)![0];
      expect(changed.startsWith(`${head}new`)).toBe(true);
      expect(changed.includes("# prod")).toBe(line.includes("# prod"));
    });
  }
}

test("a doubtful value is replaced whole or not at all", () => {
  const text = "A=1\nexport K=sk-Abc#123 # prod\r\nZ=2\n";
  const replaced = (value: string) =>
    replaceValues(text, new Map([["K", value]]), () => "new", parse).text;
  expect(replaced("sk-Abc#123")).toBe("A=1\nexport K=new # prod\r\nZ=2\n");
  expect(replaced("sk-Abc")).toBe(text);
});

test("a line inside of a quoted value is no assignment", () => {
  const text = `K="a\nexport\tB=c#d\n"\nZ=2\n`;
  expect(readable(text)).toBe(text);
  expect(doubtfulValues(text).size).toBe(0);
});
