/** What `policy learn` does. @module */
import type { AuditEntry } from "../../../audit/chain.ts";
import { AuthsomeError } from "../../../errors.ts";
import { learnRules } from "../../../policy/learn/learn_rules.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { logEntries } from "./log_entries.ts";

/** Most requests of a run that are looked at. */
const MAX_REQUESTS = 100_000;

/** Prints rules that allow what a run did. */
export async function learnPolicy(
  context: CliContext,
  run: string | undefined,
  last: boolean,
): Promise<void> {
  if (run !== undefined && last) {
    throw new AuthsomeError(
      "Usage",
      "Cannot learn from --run and --last at once",
      "authsome policy learn --last",
    );
  }
  const broker = await context.broker();
  let wanted = run;
  let entries: AuditEntry[] = [];
  for await (const entry of logEntries(context, broker, undefined)) {
    if (entry.event !== "inject" || entry.run === undefined) continue;
    if (run !== undefined && entry.run !== run) continue;
    if (entry.run !== wanted) {
      wanted = entry.run;
      entries = [];
    }
    if (entries.length < MAX_REQUESTS) entries.push(entry);
  }
  if (entries.length === 0) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      run === undefined
        ? "Cannot learn: the audit log has no request of a run in this profile"
        : `Cannot learn: the audit log has no request of the run ${
          JSON.stringify(run.slice(0, 64))
        }`,
      "authsome log",
    );
  }
  const { policy, requests, leftOut } = learnRules(entries);
  const { output } = context;
  output.raw(`${JSON.stringify(policy, null, 2)}\n`);
  output.say(
    `Made of ${
      counted(requests, "request")
    } of the run ${wanted}. Nothing was changed. Read it, then: authsome policy edit`,
  );
  if (leftOut > 0) {
    output.warn(
      `${counted(leftOut, "request")} had a path that no rule can name.`,
    );
  }
}
