/**
 * What the helpers for clients cost at the start of a command: `authsome run -- true` against `authsome run --no-shims --
 * true`, in pairs of one run: `deno run -A scripts/bench/shims.ts [--quick]`. CPU time, with that of the processes that each
 * starts, says it on a busy machine too.
 *
 * @module
 */
import { AUTHSOME, buildAuthsome, makeHome } from "./authsome.ts";
import { makeAuthority } from "./certificates.ts";
import { stopped } from "./process.ts";
import { PROVIDER } from "./startup.ts";
import { median, paired, short, spread, table } from "./statistics.ts";

/** What the median of the ratios may be at most. */
const TARGET = 1.05;

/** Milliseconds of one start. */
interface Times {
  wall: number;
  cpu: number;
}

const COMMANDS = {
  "run --no-shims -- true": [...AUTHSOME, "run", "--no-shims", "--", "true"],
  "run -- true": [...AUTHSOME, "run", "--", "true"],
};

/** Runs `words` to its end; bash counts what it and its children used. */
async function timesOf(
  words: readonly string[],
  env: Record<string, string>,
): Promise<Times> {
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", `TIMEFORMAT='%3R %3U %3S'; time "$@"`, "bash", ...words],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(120_000)]),
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  const [wall, user, system] = said.split("\n").at(-1)!.split(" ").map(Number);
  if (!success || !(wall! > 0)) throw new Error(said);
  return { wall: wall! * 1_000, cpu: (user! + system!) * 1_000 };
}

/** The pairs, each command first in every other one. */
async function measure(
  pairs: number,
  env: Record<string, string>,
): Promise<Times[][]> {
  const times: Times[][] = [[], []];
  const commands = Object.values(COMMANDS);
  // The first ones fill caches.
  for (let pair = -2; pair < pairs; pair++) {
    for (const at of pair % 2 === 0 ? [0, 1] : [1, 0]) {
      const took = await timesOf(commands[at]!, env);
      if (pair >= 0) times[at]!.push(took);
    }
  }
  return times;
}

if (import.meta.main) {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopped.abort());
  }
  const pairs = Deno.args.includes("--quick") ? 10 : 60;
  const folder = await Deno.makeTempDir({ prefix: "authsome-bench-" });
  try {
    await buildAuthsome();
    const { cert } = await makeAuthority(folder, "upstream");
    const env = await makeHome({
      folder,
      upstreamCa: cert,
      upstreamPort: 0,
      key: crypto.randomUUID(),
    }, PROVIDER);
    const load = Deno.loadavg().map(short).join(" ");
    const [without, all] = await measure(pairs, env) as [Times[], Times[]];
    const ratios = (of: (times: Times) => number) =>
      paired(all.map(of), without.map(of), (more, less) => more / less);
    const row = (name: string, of: (times: Times) => number) => [
      name,
      ...[without.map(of), all.map(of), ratios(of)]
        .map((values) => spread(values, short)),
    ];
    const cpu = ({ cpu }: Times) => cpu;
    const rows = [
      row("CPU time, ms", cpu),
      row("from start to end, ms", ({ wall }) => wall),
    ];
    console.log(
      `${table([["", ...Object.keys(COMMANDS), "ratio of a pair"], ...rows])}

${pairs} pairs; load average before: ${load}.`,
    );
    const ratio = median(ratios(cpu));
    console.log(
      `Median ratio of CPU time ≤ ${TARGET}: ${ratio <= TARGET ? "yes" : "no"}`,
    );
    if (ratio > TARGET) Deno.exitCode = 1;
  } catch (error) {
    console.error(stopped.signal.aborted ? "Stopped." : error);
    Deno.exitCode = 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
