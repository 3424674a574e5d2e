// The page of clients says what was measured, and explains what does not work.
import { expect } from "expect";
import { test } from "node:test";
import {
  clientsPage,
  isGreen,
  reasonOf,
  tableLines,
} from "../../../scripts/clients/page.ts";
import { readRecord } from "../../../scripts/clients/record.ts";
import { type Mode, MODES } from "../../../scripts/clients/row.ts";
import { ROWS } from "../../../scripts/clients/rows/all.ts";
import { DENO_ONLY } from "../../support/program.ts";

const { rows, ...record } = readRecord();

test(
  "docs/clients.md is in step with the record",
  { skip: DENO_ONLY },
  async () => {
    const page = await Deno.readTextFile(
      new URL("../../../docs/clients.md", import.meta.url),
    );
    const written = await clientsPage({ rows, ...record });
    expect(tableLines(page)).toEqual(tableLines(written));
  },
);

test("at least 195 clients are recorded, each once, and each is a row", () => {
  const names = rows.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(195);
  const known = new Set(ROWS.map(({ name }) => name));
  expect(known.size).toBe(ROWS.length);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test("every client that does not work has a reason, and what to do", () => {
  const unexplained = rows.flatMap((row) =>
    MODES.filter((mode) => !isGreen(row, mode) && !reasonOf(row.name, mode))
      .map((mode) => `${row.name}, ${mode}`)
  );
  expect(unexplained).toEqual([]);
});

test("97 of 100 work in a sandbox, and 90 without one", () => {
  const share = (mode: Mode) =>
    rows.filter((row) => row[mode].ok).length / rows.length;
  expect(share("sandbox")).toBeGreaterThanOrEqual(0.97);
  expect(share("run")).toBeGreaterThanOrEqual(0.9);
});
