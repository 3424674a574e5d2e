import { expect } from "expect";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { readable } from "../../../lib/import/scan/assignments.ts";
import { replaceValues } from "../../../lib/import/scan/dotenv.ts";

const parse = (text: string) => parseEnv(text) as Record<string, string>;
const P = "placeholder";

function replace(text: string, wanted: Record<string, string>) {
  return replaceValues(text, new Map(Object.entries(wanted)), () => P, parse);
}

test("a value is replaced in every way of writing it, and nothing else", () => {
  for (
    const [before, after] of [
      ["A=secret", "A=placeholder"],
      ["A=secret\n", "A=placeholder\n"],
      ["A=secret\r\nB=2\r\n", "A=placeholder\r\nB=2\r\n"],
      ["  export  A = secret  # why\n", "  export  A = placeholder  # why\n"],
      // Some programs read one value there, some another.
      ['A="secret"x\n', 'A="secret"x\n'],
      ["A=secret#x\n", "A=secret#x\n"],
      ["A='secret'", "A='placeholder'"],
      ["A=`secret`", "A=`placeholder`"],
      ["\ufeffA=secret\n", "\ufeffA=placeholder\n"],
      ["# A=secret\nA=secret", "# A=secret\nA=placeholder"],
      ["A=secret\nA=secret\n", "A=placeholder\nA=placeholder\n"],
      ["A=other\nA=secret\n", "A=other\nA=placeholder\n"],
      ["A=secret\nA=other\n", "A=placeholder\nA=other\n"],
      ["\n\nA=secret\n\n\n", "\n\nA=placeholder\n\n\n"],
      ['B="\nA=secret\n"\nA=secret\n', 'B="\nA=secret\n"\nA=placeholder\n'],
    ] as const
  ) {
    // Where another value follows, the file's own value of A is that one; the old one goes all the same.
    expect(replace(before, { A: "secret" }).text).toBe(after);
  }
  const lines = 'A="two\nlines"\nB=1\n';
  expect(replace(lines, { A: "two\nlines" }).text).toBe(
    'A="placeholder"\nB=1\n',
  );
  expect(replace('A="two\\nlines"\n', { A: "two\nlines" }).text).toBe(
    'A="placeholder"\n',
  );
});

test("other names and other values stay; a value left elsewhere is reported", () => {
  expect(replace("AA=secret\nB=secret\n", { A: "secret" })).toEqual({
    text: "AA=secret\nB=secret\n",
    variables: [],
    remaining: [],
  });
  expect(replace("A=secret\n# old: secret\n", { A: "secret" })).toEqual({
    text: "A=placeholder\n# old: secret\n",
    variables: ["A"],
    remaining: ["A"],
  });
  expect(replace("__proto__=x\nA=s3\n", { A: "s3" }).variables).toEqual(["A"]);
});

test("a parser that then reads something else refuses the text", () => {
  const strange = (text: string): Record<string, string> => ({
    ...parse(text),
    ...text.includes(P) ? { B: "changed" } : { B: "1" },
  });
  expect(() =>
    replaceValues(
      "A=secret\nB=1\n",
      new Map([["A", "secret"]]),
      () => P,
      strange,
    )
  ).toThrow("would then give B another value");
});

test("whatever the file holds: it is refused, or only the wanted values differ", () => {
  let seed = 7;
  const random = (n: number) =>
    (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const pieces = [
    ..."AB= \t\n\r\"'`#\\$x",
    "A=secret",
    "export ",
    "\n",
    'A="secret"',
    "B='1'",
    "# ",
    "${A}",
    "$(touch x)",
  ];
  let replaced = 0;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from(
      { length: random(14) },
      () => pieces[random(pieces.length)],
    ).join("");
    const before = parse(readable(text));
    let result;
    try {
      result = replace(text, { A: "secret" });
    } catch {
      continue;
    }
    const after = parse(readable(result.text));
    replaced += result.variables.length;
    expect(result.text.replaceAll(P, "secret")).toBe(text);
    expect(after).toEqual(
      result.variables.length > 0 && before.A === "secret"
        ? { ...before, A: P }
        : before,
    );
  }
  expect(replaced).toBeGreaterThan(500);
});
