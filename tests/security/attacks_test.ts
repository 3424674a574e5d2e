// README.md names a test for each attack; this keeps the names true.
import { expect } from "expect";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const rows = read("tests/security/README.md").split("\n").filter((line) =>
  line.startsWith("| ") && !/^\| (-|Attack)/.test(line)
).map((line) => line.split("|").map((cell) => cell.trim()));

test("every attack of the sections D to I is in the list", () => {
  const attacks = new Set(rows.map(([, attack]) => attack!.split(" ")[0]));
  const expected = [
    ...["D1", "D2", "D3", "D4", "D5", "D6"],
    ...["E1", "E2", "E3", "E4", "E5"],
    ...["F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"],
    ...["G1", "G2", "H1", "H2", "H3", "H4"],
    ...["I1", "I2", "I3", "I4", "I5"],
  ];
  expect(expected.filter((attack) => !attacks.has(attack))).toEqual([]);
});

test("every test that the list names is there", () => {
  expect(rows.length).toBeGreaterThan(60);
  const missing = rows.filter(([, , named]) => {
    const [, file, name] = /^(tests\/\S+\.ts): (.+)$/.exec(named!) ?? [];
    return !file || !read(file).includes(name!);
  });
  expect(missing.map(([, , named]) => named)).toEqual([]);
});
