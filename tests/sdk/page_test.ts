// The page of SDKs says what the table says, and the table is whole.
import { expect } from "expect";
import { test } from "node:test";
import { outcome, sdkPage, tableLines } from "../../scripts/sdk/page.ts";
import { DENO_ONLY } from "../support/program.ts";
import { CONNECTIONS, MARK } from "./connections.ts";
import { FEW } from "./few.ts";
import { LIMITS, PENDING } from "./pending.ts";
import { MODES, rowName } from "./row.ts";
import { ROWS } from "./rows/all.ts";

test(
  "docs/sdks.md is in step with the table",
  { skip: DENO_ONLY },
  async () => {
    const page = await Deno.readTextFile(
      new URL("../../docs/sdks.md", import.meta.url),
    );
    expect(tableLines(page)).toEqual(tableLines(await sdkPage(ROWS, "")));
  },
);

test("the table has at least 60 providers, and no row twice", () => {
  const names = ROWS.map(rowName);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(ROWS.map(({ provider }) => provider)).size)
    .toBeGreaterThanOrEqual(60);
});

test("every mark and every chosen row names a row of the table", () => {
  const names = ROWS.map(rowName);
  for (
    const name of [
      ...Object.keys(PENDING),
      ...Object.keys(LIMITS),
      ...FEW.plain,
      ...FEW.sandbox,
    ]
  ) {
    expect([name, names.includes(name)]).toEqual([name, true]);
  }
  for (const row of ROWS) {
    // A package that works in no way shows nothing.
    expect([
      rowName(row),
      MODES.every((mode) => outcome(row, mode)[0] === "no"),
    ])
      .toEqual([rowName(row), false]);
  }
});

test("every connection holds a secret that the search of memory finds", () => {
  for (const [provider, { fields }] of Object.entries(CONNECTIONS)) {
    expect([
      provider,
      Object.values(fields).some((value) => value.includes(MARK)),
    ])
      .toEqual([provider, true]);
  }
});
