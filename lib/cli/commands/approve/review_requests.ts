/** What `approve` does: shows requests, asks about them, and answers. @module */
import { notFound } from "../../../approval/approval_desk.ts";
import type { WaitingApproval } from "../../../approval/channel.ts";
import {
  answerApproval,
  refuseAnswerInRun,
  waitingApprovals,
} from "../../../broker/approval/waiting_approvals.ts";
import type { Broker } from "../../../broker/broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { ApprovalScope } from "../../../policy/approver.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { requestLines } from "./request_lines.ts";

/** Shortest beginning of an id. */
const LEAST = 4;
/** How often `--watch` looks. Milliseconds. */
const WATCH_MS = 300;

/** What the keys say. */
const KEYS: Readonly<
  Record<string, { decision: "allow" | "deny"; scope: ApprovalScope }>
> = {
  y: { decision: "allow", scope: "once" },
  t: { decision: "allow", scope: "10m" },
  r: { decision: "allow", scope: "run" },
  a: { decision: "allow", scope: "always" },
  n: { decision: "deny", scope: "once" },
};
const SKIP = "s";
const QUESTION =
  "Allow it? y once, t ten minutes, r this run, a always, n deny, s skip: ";

const DONE: Readonly<Record<ApprovalScope, string>> = {
  "once": "Allowed once.",
  "10m": "Allowed for ten minutes.",
  "run": "Allowed for this run.",
  "always": "Allowed for good: the run writes a rule to policy.json.",
};

/** Asks about each request that waits; with `watch` also about those that come. */
export async function reviewAll(
  context: CliContext,
  { for: scope, watch = false }: { for?: ApprovalScope; watch?: boolean },
): Promise<void> {
  const { output, machine } = context;
  if (scope !== undefined) {
    throw new AuthsomeError(
      "Usage",
      "--for needs the id of a request",
      "authsome approve list",
    );
  }
  if (output.asJson || !context.canAsk) {
    throw new AuthsomeError(
      "Usage",
      "Cannot ask: there is no terminal, or --json",
      "Look with authsome approve list, answer with authsome approve <id> or approve deny <id>",
    );
  }
  const broker = await context.broker();
  refuseAnswerInRun(broker);
  const seen = new Set<string>();
  let shown = 0;
  const interrupted = watch ? machine.interrupted() : undefined;
  let version: number | undefined;
  if (watch) output.say("Waiting for requests; Ctrl-C ends it.");
  for (;;) {
    const now = watch ? await (await broker.vault()).version() : undefined;
    const found = now !== undefined && now === version
      ? []
      : await waitingApprovals(broker);
    version = now;
    const next = found.filter(({ id }) => !seen.has(id));
    for (const [at, request] of next.entries()) {
      seen.add(request.id);
      shown++;
      // What was asked meanwhile may be over.
      await review(context, broker, request, next.length - at - 1);
    }
    if (next.length > 0) continue;
    if (!interrupted) break;
    if (interrupted.aborted) {
      throw new AuthsomeError("Interrupted", "Interrupted");
    }
    await machine.sleep(WATCH_MS, interrupted);
  }
  if (shown === 0) output.say("Nothing waits for an answer.");
}

/** Allows the request whose id begins so. */
export async function allowOne(
  context: CliContext,
  id: string,
  { for: scope = "once", watch }: { for?: ApprovalScope; watch?: boolean },
): Promise<void> {
  if (watch) {
    throw new AuthsomeError(
      "Usage",
      "--watch goes without an id",
      "authsome approve --watch",
    );
  }
  await answerOne(context, id, "allow", scope);
}

/** Denies the request whose id begins so. */
export async function denyOne(context: CliContext, id: string): Promise<void> {
  await answerOne(context, id, "deny", "once");
}

async function answerOne(
  context: CliContext,
  id: string,
  decision: "allow" | "deny",
  scope: ApprovalScope,
): Promise<void> {
  const { output } = context;
  const broker = await context.broker();
  refuseAnswerInRun(broker);
  const request = await requestOf(broker, id);
  await answerApproval(broker, request.id, {
    ...{ decision, scope, by: "command", digest: request.digest },
  });
  if (output.asJson) {
    return output.json({ id: request.id, decision, scope, rule: request.rule });
  }
  output.say(
    requestLines(request, broker.clock.now(), context.width).join("\n"),
  );
  output.say(decision === "allow" ? DONE[scope] : "Denied.");
}

/** @throws {AuthsomeError} `ApprovalNotFound`; `Usage` if several ids begin so. */
async function requestOf(
  broker: Broker,
  id: string,
): Promise<WaitingApproval> {
  const waiting = await waitingApprovals(broker);
  const found = waiting.filter((each) =>
    each.id === id || id.length >= LEAST && each.id.startsWith(id)
  );
  if (found.length > 1) {
    throw new AuthsomeError(
      "Usage",
      "Several requests have an id that begins so",
      "Give more of it; see authsome approve list",
    );
  }
  if (!found[0]) throw notFound();
  return found[0];
}

async function review(
  context: CliContext,
  broker: Broker,
  request: WaitingApproval,
  others: number,
): Promise<void> {
  const { output } = context;
  const left = request.expires - broker.clock.now();
  if (left <= 0) return;
  const { columns } = context.machine.terminal;
  output.ask(
    requestLines(request, broker.clock.now(), columns()).join("\n") + "\n",
  );
  if (others > 0) output.ask(`  (${others} more)\n`);
  const questions = await context.questions();
  const late = AbortSignal.timeout(left);
  let key: string;
  try {
    const keys = [...Object.keys(KEYS), SKIP].join("");
    key = await questions.key(QUESTION, keys, late);
  } catch (error) {
    if (!late.aborted) throw error;
    return output.say("\nNobody answered in time, so it was denied.\n");
  }
  if (key === SKIP) return output.say("Skipped.\n");
  const { decision, scope } = KEYS[key]!;
  try {
    await answerApproval(broker, request.id, {
      ...{ decision, scope, by: "command", digest: request.digest },
    });
    output.say(`${decision === "allow" ? DONE[scope] : "Denied."}\n`);
  } catch (error) {
    const isGone = error instanceof AuthsomeError &&
      ["ApprovalNotFound", "ApprovalSettled"].includes(error.code);
    if (!isGone) throw error;
    output.say(`${error.message}\n`);
  }
}
