/** Whom the rules of a run ask. @module */
import type { Channel } from "../../approval/channel.ts";
import { RememberingApprover } from "../../approval/remembering_approver.ts";
import { defined } from "../../object.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Approver,
} from "../../policy/approver.ts";
import type { LiveRun } from "../../ports/runs.ts";
import type { Broker } from "../broker.ts";
import { approvalDesk } from "./approval_desk_of.ts";
import { keepAllowRule } from "./keep_allow_rule.ts";

/**
 * Asks in the vault and in `channels`; remembers answers for longer, writes a rule for those for good, and notes each in
 * the audit log.
 *
 * @throws {AuthsomeError} whatever the vault does not open with.
 */
export async function approverFor(
  broker: Broker,
  run: Pick<LiveRun, "id">,
  channels: readonly Channel[] = [],
): Promise<Approver> {
  const desk = await approvalDesk(broker, channels);
  const asked = ["vault", ...channels.map(({ name }) => name)].join(", ");
  return new RememberingApprover({
    async ask(request, signal) {
      const answer = await desk.ask(request, signal);
      note(broker, run.id, request, answer, asked);
      if (answer?.decision === "allow" && answer.scope === "always") {
        try {
          await keepAllowRule(broker, request);
        } catch (error) {
          // It was allowed, and is asked again by the next run.
          broker.runtime.warn?.(
            `Cannot write the rule: ${
              error instanceof Error ? error.message : "unknown failure"
            }`,
          );
        }
      }
      return answer;
    },
  }, broker.clock);
}

/** Characters of a digest that tell requests apart in the log. */
const SHOWN = 12;

function note(
  { audit }: Broker,
  run: string,
  request: ApprovalRequest,
  answer: ApprovalAnswer | undefined,
  asked: string,
): void {
  const { id, digest, rule, profile, provider, connection } = request;
  const { method, host, port, path } = request;
  audit.record({
    event: "approval",
    profile,
    ok: answer?.decision === "allow",
    ...defined({ provider, connection, method, host, port }),
    path: path.replace(/\?.*$/s, ""),
    run,
    rule,
    ...answer ? {} : { reason: "no_answer" },
    detail: [
      `id ${id}`,
      `digest ${digest.slice(0, SHOWN)}`,
      answer
        ? `${answer.decision} ${answer.scope} by ${answer.by}`
        : "nobody answered",
      `asked: ${asked}`,
    ].join("; "),
  });
}
