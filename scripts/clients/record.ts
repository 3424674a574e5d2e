/** The matrix as it was last measured, kept as `record.json`. @module */
import { type MatrixRecord, MODES, type Recorded } from "./row.ts";

const RECORD = new URL("record.json", import.meta.url);

/** What is recorded; nothing at first. */
export function readRecord(): MatrixRecord {
  try {
    return JSON.parse(Deno.readTextFileSync(RECORD));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return { date: "", rows: [] };
  }
}

/** Writes the record, a line for each row. */
export function writeRecord({ date, rows }: MatrixRecord): void {
  const lines = rows.map((row) => `    ${JSON.stringify(row)}`).join(",\n");
  Deno.writeTextFileSync(
    RECORD,
    `{\n  "date": ${JSON.stringify(date)},\n  "rows": [\n${lines}\n  ]\n}\n`,
  );
}

/** The record with `measured` in the place of what it had of those rows. */
export function withRows(
  record: MatrixRecord,
  measured: readonly Recorded[],
): MatrixRecord {
  const rows = new Map(
    [...record.rows, ...measured].map((row) => [row.name, shortened(row)]),
  );
  return {
    date: new Date().toISOString().slice(0, 10),
    rows: [...rows.values()].sort((a, b) => a.name < b.name ? -1 : 1),
  };
}

/** Without what holds of one machine or one run: folders and ports. */
function shortened(row: Recorded): Recorded {
  const copy = { ...row };
  for (const mode of MODES) {
    const { ok, said } = row[mode];
    copy[mode] = said === undefined ? { ok } : {
      ok,
      said: said.replace(/(?:\/[\w.@+-]+){2,}\//g, "")
        .replace(/\b(?:\d+\.){3}\d+(?::\d+)?|localhost:\d+/g, "…")
        .replace(/authsome-test-\w+|work-\d+/g, "…"),
    };
  }
  return copy;
}
