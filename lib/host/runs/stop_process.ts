/** Ends a run as its person would at its terminal. @module */
import { kill } from "node:process";
import type { ProcessFacts } from "./process_table.ts";

/** Milliseconds that a command has to end before it is asked more firmly, and how often is looked. */
const PATIENCE_MS = 4000;
const LOOK_MS = 50;

/**
 * Ends the process of a run, which hands on what it is sent to its command: first as Ctrl-C does, then as `kill`, then as
 * a terminal that is closed, since a shell takes neither of the first two for its end.
 *
 * @param look what the system says of the process now; `undefined` once it has ended, so that its number may be another's.
 */
export async function stopProcess(
  pid: number,
  look: () => Promise<ProcessFacts | undefined>,
  patience: number = PATIENCE_MS,
): Promise<void> {
  const facts = await look();
  if (!facts) return;
  const signals = ["SIGTERM", "SIGHUP"];
  // In the foreground a run leaves SIGINT to the terminal, which sends it to the whole group.
  const asGroup = facts.inForeground === true && facts.group === pid;
  if (asGroup || !facts.inForeground) signals.unshift("SIGINT");
  for (const signal of signals) {
    try {
      kill(signal === "SIGINT" && asGroup ? -pid : pid, signal);
    } catch {
      return;
    }
    for (let waited = 0; waited < patience; waited += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      if (!await look()) return;
    }
  }
}
