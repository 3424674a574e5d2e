/** What `policy check` does. @module */
import { checkLog } from "../../../broker/policy/check_log.ts";
import { readPolicy } from "../../../broker/policy/read_policy.ts";
import { defined } from "../../../object.ts";
import { namesOf } from "../../../policy/judge/refusals.ts";
import { counted } from "../../../text.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { table } from "../../kit/table.ts";
import { logEntries } from "./log_entries.ts";

/** Says what the rules would have done to the requests of a log. */
export async function checkPolicy(
  context: CliContext,
  policyFile: string | undefined,
  log: string | undefined,
): Promise<void> {
  const { output } = context;
  const broker = await context.broker();
  const { effective } = await readPolicy(
    broker,
    defined({ file: policyFile }),
  );
  const checked = await checkLog(
    broker,
    effective,
    logEntries(context, broker, log),
  );
  const counts = { allow: 0, ask: 0, deny: 0 };
  for (const { judgement } of checked) counts[judgement.decision]++;
  const others = checked.filter(({ judgement }) =>
    judgement.decision !== "allow"
  );
  const rows = others.map(({ entry, judgement }) => ({
    seq: entry.seq,
    ts: entry.ts,
    decision: judgement.decision,
    rule: judgement.rule ?? null,
    method: entry.method ?? null,
    host: entry.host ?? null,
    path: entry.path ?? null,
    provider: entry.provider ?? null,
    connection_name: entry.connection ?? null,
    operation: entry.operation ??
      (judgement.wantsBody
        ? "unknown"
        : namesOf(judgement.operations) ?? "unknown"),
    run: entry.run ?? null,
  }));
  if (output.asJson) {
    output.json({ requests: checked.length, ...counts, entries: rows });
    return;
  }
  if (rows.length > 0) {
    output.styled(table([
      ["WHEN", "RULE", "DECISION", "OPERATION", "REQUEST"],
      ...rows.map((row) => [
        ...[row.ts, row.rule ?? "-", row.decision, row.operation],
        `${row.method} ${row.host}${row.path}`,
      ]),
    ], context.width));
  }
  output.say(
    `Of ${
      counted(checked.length, "request")
    } the rules would have allowed ${counts.allow}, asked about ${counts.ask} and refused ${counts.deny}.`,
  );
}
