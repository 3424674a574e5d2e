/** A place where a person can be asked, and what is kept of those who wait. @module */
import type { ApprovalAnswer, ApprovalRequest } from "../policy/approver.ts";

/** Asks a person in one place: on the terminal, on the phone. */
export interface Channel {
  /** For the receipt in the audit log and for messages: `terminal`, `ntfy`, `webhook`. */
  readonly name: string;
  /**
   * Asks; resolves with `undefined` if there is no answer and none will come. What it throws counts as that.
   *
   * @param signal aborts once nothing is to be asked any more; its reason is an {@linkcode ApprovalSettled}.
   */
  ask(
    request: ApprovalRequest,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer | undefined>;
}

/** Why a channel need not ask any longer. */
export class ApprovalSettled extends Error {
  override readonly name = "ApprovalSettled";

  constructor(
    /** What was answered elsewhere; absent: nobody answered in time, or nobody waits any more. */
    readonly answer?: ApprovalAnswer,
  ) {
    super(answer ? `answered: ${answer.decision}` : "no longer waiting");
  }
}

/** A request that waits for an answer, as any process with the vault's key sees it. */
export interface WaitingApproval extends ApprovalRequest {
  /** Names of the channels that were asked, beside the vault. */
  asked: readonly string[];
  /** The process of the run. */
  pid: number;
}

/** What a person says to a request that waits. */
export interface GivenAnswer extends Omit<ApprovalAnswer, "at"> {
  /** That of the request that the person saw. */
  digest: string;
}
