/** What waits for a person, and the answers to it. @module */
import type { GivenAnswer, WaitingApproval } from "../../approval/channel.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { isInRun } from "../credential/in_run.ts";
import { approvalDesk, lineageOf } from "./approval_desk_of.ts";

/**
 * Every request of every profile that waits for an answer, oldest first.
 *
 * @throws {AuthsomeError} whatever the vault does not open with.
 */
export async function waitingApprovals(
  broker: Broker,
): Promise<WaitingApproval[]> {
  const { hasStore } = broker.runtime;
  if (hasStore && !hasStore()) return [];
  return await (await approvalDesk(broker)).waiting();
}

/**
 * Answers request `id`, once.
 *
 * @throws {AuthsomeError} `AnswerRefused` if this process may not answer, or the request is another one than was shown;
 * `ApprovalNotFound`, `ApprovalSettled` if it does not wait.
 */
export async function answerApproval(
  broker: Broker,
  id: string,
  answer: GivenAnswer,
): Promise<void> {
  if (isInRun(broker)) {
    throw new AuthsomeError(
      "AnswerRefused",
      "A command of authsome run may not answer",
      "Answer in another terminal, outside of the run: authsome approve",
    );
  }
  const desk = await approvalDesk(broker);
  await desk.answer(id, answer, await (await lineageOf(broker)).self());
}
