/**
 * `deno task torture`: many processes of the program write to one vault and are killed, stopped and failed at each call
 * on its files; prints what was tried and what was lost. Linux with gcc. `--quick` takes a minute, with fewer of all;
 * `--only <text>` runs the phases whose name has that text, and `--rounds <n>` lets each of many write so often.
 *
 * @module
 */
import { buildFaults } from "./call.ts";
import { mountOptions, onDisk } from "./disk.ts";
import type { Figures } from "./ledger.ts";
import { PHASES, type Rig, runPhase } from "./phases.ts";
import { randomNumbers } from "./random.ts";

const SEED = 20261127;
const COLUMNS = [
  ...["tried", "acknowledged", "killed", "stopped", "refused", "lost", "torn"],
] as const;

const quick = Deno.args.includes("--quick");
const value = (name: string) => {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
};
const only = value("--only") ?? "";
const folder = Deno.makeTempDirSync({ prefix: "authsome-torture-" });
try {
  const rig: Rig = {
    library: buildFaults(folder),
    folder,
    ...quick
      ? { writers: 10, rounds: 2, step: 11 }
      : { writers: 50, rounds: Number(value("--rounds") ?? 5), step: 1 },
    random: randomNumbers(SEED),
  };
  const all: [string, Figures][] = [];
  const show = (name: string, figures: Figures) => {
    all.push([name, figures]);
    console.log(row(name, figures));
    for (const fault of figures.faults) console.error(`  ${fault}`);
  };
  console.log(`${version()}, ${new Date().toISOString().slice(0, 10)}\n`);
  console.log(`| ${["", ...COLUMNS].join(" | ")} |`);
  console.log(`| ${["---", ...COLUMNS.map(() => "---:")].join(" | ")} |`);
  for (const [name, phase] of Object.entries(PHASES)) {
    if (name.includes(only)) show(name, await runPhase(rig, phase));
  }
  const wantsDisk = "on a disk".includes(only);
  const options = wantsDisk ? mountOptions() : undefined;
  if (wantsDisk && options === undefined) {
    console.error("Skipped: this user may mount nothing, so no disk is full");
  } else if (options !== undefined) {
    for (const [name, figures] of Object.entries(await onDisk(rig, options))) {
      show(name, figures);
    }
  }
  console.log(row("**all**", sum(all.map(([, figures]) => figures))));
  if (all.some(([, { lost, torn, faults }]) => lost + torn + faults.length)) {
    Deno.exitCode = 1;
  }
} finally {
  Deno.removeSync(folder, { recursive: true });
}

function row(name: string, figures: Figures): string {
  return `| ${[name, ...COLUMNS.map((one) => figures[one])].join(" | ")} |`;
}

function sum(all: readonly Figures[]): Figures {
  const total = { ...all[0]!, faults: [] };
  for (const column of COLUMNS) {
    total[column] = all.reduce((sum, one) => sum + one[column], 0);
  }
  return total;
}

function version(): string {
  return `Deno ${Deno.version.deno}, Linux ${Deno.osRelease()}`;
}
