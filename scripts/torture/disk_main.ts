// The process of `disk.ts` in its namespace: prints the figures of each phase as JSON.
import { DISK_PHASES } from "./disk.ts";
import { runPhase } from "./phases.ts";
import { randomNumbers } from "./random.ts";

const rig = { ...JSON.parse(Deno.args[0]!), random: randomNumbers(7) };
const figures: Record<string, unknown> = {};
for (const [name, phase] of Object.entries(DISK_PHASES)) {
  figures[name] = await runPhase(rig, phase);
}
console.log(JSON.stringify(figures));
