/** How long commands take from their start to their end, against an empty program; measured by hyperfine. @module */
import { AUTHSOME, makeHome, SANDBOX_NETWORK } from "./authsome.ts";
import type { Setting } from "./peers.ts";
import { command } from "./process.ts";
import { median, paired, short, spread, table } from "./statistics.ts";

/** A bundled provider, as most people's are. */
export const PROVIDER = "openai";

/** Names of the commands in the order of the table. */
const COMMANDS: Record<string, string[]> = {
  "authsome --version": [...AUTHSOME, "--version"],
  "authsome list": [...AUTHSOME, "list"],
  [`authsome get ${PROVIDER} --field status`]: [
    ...AUTHSOME,
    ...["get", PROVIDER, "--field", "status"],
  ],
  "authsome run -- true": [...AUTHSOME, "run", "--", "true"],
  "the network of a sandbox": SANDBOX_NETWORK,
  "bwrap … true": [
    ...["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
    ...["--unshare-all", "--die-with-parent", "true"],
  ],
  "authsome run --sandbox -- true": [
    ...AUTHSOME,
    ...["run", "--sandbox", "--", "true"],
  ],
};

/** The table, and what the targets need of it. */
export interface Startup {
  table: string;
  /** The slowest of `--version`, `list` and `get` over the empty program, median of the rounds. */
  emptyRatio: number;
  /** Median of `run -- true`. */
  runMilliseconds: number;
  /** `run --sandbox -- true` over the sum of its parts: `run -- true`, bare `bwrap` and the network; median of the rounds. */
  sandboxRatio: number;
  /** The same without the network. */
  sandboxRatioWithoutNetwork: number;
}

/** Measures every command `rounds` times in turn, each time as the median of `runs` runs. */
export async function measureStartup(
  setting: Setting,
  { rounds, runs }: { rounds: number; runs: number },
): Promise<Startup> {
  const env = await makeHome(setting, PROVIDER);
  const empty = `${setting.folder}/empty.ts`;
  await Deno.writeTextFile(empty, "");
  const commands = {
    "deno run of an empty file": [Deno.execPath(), "run", empty],
    ...COMMANDS,
  };
  const medians = await measureCommands(
    Object.values(commands),
    { env, folder: setting.folder, rounds, runs },
  );
  const rows = Object.keys(commands).map((name, at) => [
    name,
    spread(medians[at]!, short),
    spread(paired(medians[at]!, medians[0]!, (a, b) => a - b), short),
    spread(paired(medians[at]!, medians[0]!, (a, b) => a / b), short),
  ]);
  const [run, network, bare, sandbox] = medians.slice(-4) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const small = medians.slice(1, 4).map((command) =>
    median(paired(command, medians[0]!, (a, b) => a / b))
  );
  return {
    emptyRatio: Math.max(...small),
    table: table([["", "ms", "ms more than empty", "÷ empty"], ...rows]),
    runMilliseconds: median(run),
    sandboxRatio: median(
      sandbox.map((time, at) => time / (run[at]! + network[at]! + bare[at]!)),
    ),
    sandboxRatioWithoutNetwork: median(
      sandbox.map((time, at) => time / (run[at]! + bare[at]!)),
    ),
  };
}

/** The medians in milliseconds of each command, one for each round of `runs` runs; the commands take turns. */
export async function measureCommands(
  commands: string[][],
  { env, folder, rounds, runs }: {
    env: Record<string, string>;
    folder: string;
    rounds: number;
    runs: number;
  },
): Promise<number[][]> {
  // hyperfine does not say why a command failed.
  for (const [program, ...args] of commands) {
    await command(program!, args, { env });
  }
  const json = `${folder}/hyperfine.json`;
  const medians = commands.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    await command("hyperfine", [
      ...["--shell=none", "--warmup", "1", "--runs", String(runs)],
      ...["--export-json", json],
      ...commands.map((words) => words.map(quote).join(" ")),
    ], { env });
    const { results } = JSON.parse(await Deno.readTextFile(json));
    medians.forEach((values, at) => values.push(results[at].median * 1_000));
  }
  return medians;
}

/** For hyperfine, which splits words as a shell does. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
