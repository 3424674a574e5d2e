/** Turns in a network of their own, which has nothing but loopback: no agent can ask a real server. @module */
import { missing } from "../support/missing.ts";
import { moduleCommand, processOf } from "../support/program.ts";
import { notInstalled } from "./installed.ts";
import type { Job, Outcome } from "./take_turn.ts";
import { AGENTS_TABLE } from "./table.ts";

// What an agent leaves running (Cline has a daemon) ends with its turn.
const UNSHARE = [
  ...["unshare", ...Deno.uid() === 0 ? [] : ["-r"], "--net"],
  ...["--pid", "--fork", "--kill-child", "--mount-proc"],
];
const ALONE = 'ip link set lo up && exec "$@"';
const NODE = Deno.env.get("AUTHSOME_TEST_NODE") || "node";

const unable = Deno.env.get("AUTHSOME_TEST_AGENTS") !== "all"
  ? "an agent's turn takes seconds: AUTHSOME_TEST_AGENTS=all"
  : await missing(UNSHARE[0]!, ...UNSHARE.slice(1), "true") ||
    await missing("ip", "-V") || await missing(
        NODE,
        "-e",
        "process.exit(+(process.versions.node.split('.')[0] < 22))",
      ) && "the agents need Node 22: name one in AUTHSOME_TEST_NODE";

/** Why turns of an agent cannot be tried here, or `false`. */
export function notTried(agent: string): string | false {
  return unable ||
    notInstalled(AGENTS_TABLE.find(({ name }) => name === agent)!.part);
}

/** How long a test of a turn may take, in milliseconds: a busy machine needs minutes for what else takes seconds. */
export const TURN_LIMIT_MS = 360_000;

/** Takes a turn there. */
export function privateTurn(job: Job): Promise<Outcome> {
  return privateProcess(
    new URL("worker.ts", import.meta.url),
    JSON.stringify(job),
  );
}

/** Runs a module there with an argument; its output, which is JSON. */
export async function privateProcess<T>(
  module: URL,
  argument: string,
): Promise<T> {
  const worker = moduleCommand(module, argument);
  const { success, stdout, stderr } = await processOf([
    ...[...UNSHARE, "sh", "-c", ALONE, "sh"],
    ...worker,
  ], { stdin: "null" }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return JSON.parse(text.decode(stdout));
}
