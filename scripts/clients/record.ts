/** The matrix as it was last measured, kept as `record.json`. @module */
import { formatted } from "../generate/markdown.ts";
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

/** Writes the record, as `deno fmt` leaves it. */
export async function writeRecord(record: MatrixRecord): Promise<void> {
  // What stands on one line here stays on one if it fits.
  const rows = record.rows.map(({ name, version, ...outcomes }) =>
    `{"name": ${JSON.stringify(name)},\n"version": ${
      JSON.stringify(version)
    },\n${
      MODES.map((mode) => `"${mode}": ${JSON.stringify(outcomes[mode])}`)
        .join(",\n")
    }}`
  );
  const text = `{"date": ${JSON.stringify(record.date)},\n"rows": [\n${
    rows.join(",\n")
  }]}`;
  const files = await formatted(new Map([["record.json", text]]));
  await Deno.writeTextFile(RECORD, files.get("record.json")!);
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
    copy[mode] = ok || said === undefined ? { ok } : {
      ok,
      said: said.replace(/(?:\/[\w.@+-]+){2,}\//g, "")
        .replace(/\b(?:\d+\.){3}\d+(?::\d+)?|localhost:\d+/g, "…")
        .replace(/authsome-test-\w+|work-\d+/g, "…"),
    };
  }
  return copy;
}
