/**
 * The matrix of clients: installs them, tries each under `authsome run`, `authsome run --sandbox` and `authsome doctor
 * --client` against imitations of the APIs on loopback, and writes `record.json` and `docs/clients.md`.
 *
 * `deno run -A scripts/clients/mod.ts [option…] [name or prefix…]`
 *
 * With names, those rows alone; what is recorded of the others stays. Options: `--list` shows the names; `--page` writes the
 * page alone; `--no-install` and `--no-write` leave that out; `--modes=run,sandbox` tries in those ways alone and records
 * nothing; `--resume` leaves out what a run that was broken off has tried. Ends with 1 if a client that was recorded as
 * working does not.
 *
 * @module
 */
import { CLIENTS } from "./installed.ts";
import { inPrivateNetwork } from "./network.ts";
import { writePage } from "./page.ts";
import { measure } from "./measure.ts";
import { readRecord, withRows, writeRecord } from "./record.ts";
import { MODES } from "./row.ts";
import { ROWS } from "./rows/all.ts";

const flags = new Set(Deno.args.filter((word) => word.startsWith("--")));
const names = Deno.args.filter((word) => !word.startsWith("--"));
const chosen = [...flags].find((flag) => flag.startsWith("--modes="))
  ?.slice("--modes=".length);
const modes = chosen === undefined
  ? undefined
  : MODES.filter((mode) => chosen.split(",").includes(mode));
const rows = ROWS.filter(({ name }) =>
  names.length === 0 || names.some((prefix) => name.startsWith(prefix))
);

if (flags.has("--list")) {
  console.log(rows.map(({ name }) => name).join("\n"));
} else if (flags.has("--page")) {
  await writePage(readRecord());
} else {
  if (!flags.has("--no-install")) {
    const { installClients } = await import("./install.ts");
    await installClients();
  }
  if (!await inPrivateNetwork()) await main();
}

async function main(): Promise<void> {
  const before = new Map(readRecord().rows.map((row) => [row.name, row]));
  const measured = await measure(rows, {
    progress: `${CLIENTS}/progress.jsonl`,
    resume: flags.has("--resume"),
    ...modes ? { modes } : {},
  });
  const worse = measured.filter((row) =>
    (["run", "sandbox"] as const).some((mode) =>
      before.get(row.name)?.[mode].ok && !row[mode].ok
    )
  );
  if (!flags.has("--no-write") && !modes) {
    const record = withRows(readRecord(), measured);
    await writeRecord(record);
    await writePage(record);
  }
  for (const { name } of worse) console.error(`${name} worked before`);
  if (worse.length > 0) Deno.exitCode = 1;
}
