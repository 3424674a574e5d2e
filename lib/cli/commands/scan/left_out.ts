/** What `scan` found and does not take for a value. @module */
import type { Skipped } from "../../../import/found.ts";
import {
  type Drift,
  type Source,
  wholeLength,
  withWhole,
} from "../../../import/scan/drift.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";

/**
 * Asks, where programs read a value differently, whether all that is written is meant.
 *
 * @returns the sources as they are read then.
 */
export async function askWhole(
  context: CliContext,
  { yes }: { yes?: boolean },
  sources: readonly Source[],
  drift: readonly Drift[],
): Promise<readonly Source[]> {
  const { output, machine: { terminal } } = context;
  const canAsk = terminal.stdinIsTTY && terminal.stderrIsTTY;
  if (!canAsk || yes || output.asJson) return sources;
  const answered = [...sources];
  const asked = new Set<string>();
  for (const row of drift) {
    const place = `${row.variable} in ${row.source}`;
    const length = wholeLength(row);
    if (length === undefined || asked.has(place)) continue;
    asked.add(place);
    output.say(`${place}: ${row.leftOut}.`);
    const agreed = await context.confirm(
      `Take all that is written there (${counted(length, "character")})?`,
      "--yes",
    );
    const at = answered.findIndex(({ name }) => name === row.source);
    if (agreed) answered[at] = withWhole(answered[at]!, row);
  }
  return answered;
}

/** What was found and is not taken for a value. */
export function leftOutOf(drift: readonly Drift[]): Skipped[] {
  const places = new Map<string, Skipped>();
  for (const { variable, source, leftOut, whole, reference } of drift) {
    if (leftOut === undefined || reference !== undefined) continue;
    const from = `${variable} (${source})`;
    places.set(from, {
      from,
      reason: leftOut,
      hint: whole ? "Put the value in single quotation marks" : "",
    });
  }
  return [...places.values()];
}
