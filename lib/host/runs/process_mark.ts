/** A mark of a process by which it is told from a later one with its number. @module */
import { machineProcesses } from "../process_names.ts";
import { type ProcessFacts, START_ERROR_MS } from "./process_table.ts";

/**
 * The mark of this process. Costs no program: on Linux it is what the kernel says, elsewhere when the runtime began, in
 * epoch milliseconds.
 */
export function ownMark(): string {
  return machineProcesses().self() ??
    (Deno.build.os === "linux"
      ? `${ticks() ?? ""}`
      : `${Math.round(performance.timeOrigin)}`);
}

/** What becomes of a process with a mark. */
export type Fate =
  | "lives"
  | "ended"
  /** It is of another machine, container or user, and cannot be seen from here. */
  | "elsewhere";

/** Whether the process `pid` that left `mark` lives; `facts` is what the system says of that number now. */
export function fateOf(
  pid: number,
  mark: string,
  facts: ProcessFacts | undefined,
): Fate {
  if (mark.includes(".")) {
    const seen = machineProcesses().look(mark);
    if (!seen || seen.pid !== pid) return "elsewhere";
    return seen.hasEnded ? "ended" : "lives";
  }
  if (!/^\d+$/.test(mark)) return "elsewhere";
  if (!facts) return "ended";
  const distance = Math.abs(facts.began - Number(mark));
  return distance <= (Deno.build.os === "linux" ? 0 : START_ERROR_MS)
    ? "lives"
    : "ended";
}

function ticks(): string | undefined {
  try {
    const text = Deno.readTextFileSync("/proc/self/stat");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
