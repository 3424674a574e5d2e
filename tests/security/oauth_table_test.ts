// Keeps `oauth.md` true: every line of the sections A, B and C has a test, and every test that it names is there.
import { expect } from "expect";
import { test } from "node:test";

const HERE = new URL("./", import.meta.url);
const LINES = { A: 8, B: 11, C: 6 };

test("every test that oauth.md names is there, and no line is without one", async () => {
  const table = await Deno.readTextFile(new URL("oauth.md", HERE));
  const rows = table.split("\n").flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    return /^[A-C]\d+$/.test(cells[1] ?? "")
      ? [{
        line: cells[1]!,
        file: cells[3]!.replaceAll("`", ""),
        name: cells[4]!,
      }]
      : [];
  });
  for (const { line, file, name } of rows) {
    const text = await Deno.readTextFile(new URL(file, HERE));
    expect([line, name, name.length > 7 && text.includes(name)])
      .toEqual([line, name, true]);
  }
  const wanted = Object.entries(LINES).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, at) => `${section}${at + 1}`)
  );
  expect([...new Set(rows.map(({ line }) => line))]).toEqual(wanted);
});
