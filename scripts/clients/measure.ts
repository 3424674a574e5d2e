/** Tries rows, two at a time, and keeps what came of each at once. @module */
import { attempt } from "./attempt.ts";
import { absent, versionOf } from "./installed.ts";
import { withMachineFor } from "./machine.ts";
import { layPrograms } from "./programs.ts";
import {
  type Mode,
  MODES,
  type Outcome,
  type Recorded,
  type Row,
} from "./row.ts";

/** How many rows are tried at once. */
const WORKERS = 2;

/** Tries `rows`. A row whose client is not there is said and left out. */
export async function measure(
  rows: readonly Row[],
  { progress, resume, modes = MODES }: {
    /** File that each row's outcome is appended to, as a line of JSON. */
    progress: string;
    /** Whether what is in the file counts. */
    resume: boolean;
    /** Default: all. A row that was not tried in all of them is shown and not returned. */
    modes?: readonly Mode[];
  },
): Promise<Recorded[]> {
  layPrograms();
  const done = resume ? progressIn(progress) : [];
  if (!resume && modes.length === MODES.length) {
    Deno.writeTextFileSync(progress, "");
  }
  const known = new Set(done.map(({ name }) => name));
  const waiting = rows.filter((row) => {
    const reason = absent(row);
    if (reason) console.error(`${row.name} is left out: ${reason}`);
    return !reason && !known.has(row.name);
  });
  const providers = [...new Set(rows.map(({ provider }) => provider))];
  const onNode = rows.some((row) => row.onNode);
  const measured = [...done];
  await Promise.all(
    Array.from(
      { length: WORKERS },
      () =>
        withMachineFor(providers, onNode, async (machine) => {
          for (let row = waiting.shift(); row; row = waiting.shift()) {
            const started = Date.now();
            const outcomes: Partial<Record<Mode, Outcome>> = {};
            for (const mode of modes) {
              outcomes[mode] = await attempt(machine, row, mode);
            }
            const recorded = {
              name: row.name,
              version: versionOf(row.version)!,
              ...outcomes,
            } as Recorded;
            if (modes.length === MODES.length) {
              measured.push(recorded);
              Deno.writeTextFileSync(
                progress,
                `${JSON.stringify(recorded)}\n`,
                { append: true },
              );
            }
            console.log(lineOf(recorded, Date.now() - started));
          }
        }),
    ),
  );
  return measured;
}

function progressIn(path: string): Recorded[] {
  try {
    return Deno.readTextFileSync(path).split("\n").filter(Boolean)
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

/** What a person reads while it runs. */
function lineOf(row: Recorded, ms: number): string {
  const tried = MODES.filter((mode) => row[mode] !== undefined);
  const words = tried.map((mode) => `${mode} ${row[mode].ok ? "ok" : "FAIL"}`);
  const why = tried.flatMap((mode) =>
    row[mode].ok ? [] : [`    ${mode}: ${row[mode].said}`]
  );
  return [
    `${row.name.padEnd(26)} ${words.join("  ")}  ${(ms / 1000).toFixed(1)} s`,
    ...why,
  ].join("\n");
}
