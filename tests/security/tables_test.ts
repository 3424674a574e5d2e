// Keeps the tables of this folder true: every line of their sections has a test, and every test that they name is there.
import { expect } from "expect";
import { test } from "node:test";

const HERE = new URL("./", import.meta.url);

/** Table → the lines that it answers for, in order. */
const TABLES: Record<string, string[]> = {
  "oauth.md": [...lines("A", 8), ...lines("B", 11), ...lines("C", 6)],
  "providers.md": ["F7", ...lines("K", 2)],
  "supply_chain.md": [...lines("L", 3), "M1"],
};

function lines(section: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${section}${at + 1}`);
}

for (const [table, wanted] of Object.entries(TABLES)) {
  test(`every test that ${table} names is there, and no line is without one`, async () => {
    const text = await Deno.readTextFile(new URL(table, HERE));
    const rows = text.split("\n").flatMap((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      return /^[A-Z]\d+$/.test(cells[1] ?? "")
        ? [{
          line: cells[1]!,
          file: cells[3]!.replaceAll("`", ""),
          name: cells[4]!,
        }]
        : [];
    });
    for (const { line, file, name } of rows) {
      if (file === "–") {
        // No test yet: the reason stands in its place.
        expect([line, name.length > 40]).toEqual([line, true]);
        continue;
      }
      const text = await Deno.readTextFile(new URL(file, HERE));
      expect([line, name, name.length > 7 && text.includes(name)])
        .toEqual([line, name, true]);
    }
    expect([...new Set(rows.map(({ line }) => line))]).toEqual(wanted);
  });
}
