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
 * Asks in the vault, in the channels `given` and on the phones; remembers answers for longer, writes a rule for those for
 * good, and notes each in the audit log.
 *
 * @param inForce the digest of the `policy.json` that holds in the run, empty for none; absent: nothing holds but what was
 * accepted.
 * @param warn told once which way to the phones does not work. Default: that of the runtime, which is silent while a command
 * has the terminal.
 * @throws {AuthsomeError} whatever the vault does not open with.
 */
export async function approverFor(
  broker: Broker,
  run: Pick<LiveRun, "id">,
  given: readonly Channel[] = [],
  inForce?: () => string,
  warn = (message: string) => broker.runtime.warn?.(message),
): Promise<Approver> {
  const channels = [...given, ...await phonesOf(broker, warn)];
  const desk = await approvalDesk(broker, channels);
  const asked = ["vault", ...channels.map(({ name }) => name)].join(", ");
  return new RememberingApprover({
    async ask(request, signal) {
      const answer = await desk.ask(request, signal);
      note(broker, run.id, request, answer, asked);
      if (answer?.decision === "allow" && answer.scope === "always") {
        try {
          await keepAllowRule(broker, request, inForce?.());
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

/** The phones, where `config.json` names a way to them. */
async function phonesOf(
  broker: Broker,
  warn: (message: string) => void,
): Promise<Channel[]> {
  if (broker.config.remoteApproval === undefined) return [];
  const { remoteChannels } = await import("./remote_channels.ts");
  return remoteChannels(broker, warn);
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
