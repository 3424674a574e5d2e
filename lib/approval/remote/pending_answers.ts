/** The requests that wait for a phone, and which answer is one to which. @module */
import { sameText } from "../../bytes.ts";
import type { ApprovalAnswer, ApprovalRequest } from "../../policy/approver.ts";
import { readAnswer } from "./remote_message.ts";
import { MAX_SEALED, openMessage, type PairingKeys } from "./remote_seal.ts";

/** How far the clock of a phone may be from ours, in milliseconds. */
export const CLOCK_SKEW = 300_000;
/** Requests that wait at the same time; more are not shown. */
export const MAX_PENDING = 32;

/** A phone that may answer. */
export interface AnsweringPhone {
  name: string;
  keys: PairingKeys;
}

interface Pending {
  request: ApprovalRequest;
  answer(answer: ApprovalAnswer): void;
}

/** Matches answers with requests: each answer is for one request, and counts once. */
export class PendingAnswers {
  readonly #pending = new Map<string, Pending>();
  readonly #now: () => number;
  /** Whether the phone is paired still. */
  readonly #isPaired: (phone: AnsweringPhone) => Promise<boolean>;

  constructor(
    now: () => number,
    isPaired: (phone: AnsweringPhone) => Promise<boolean>,
  ) {
    this.#now = now;
    this.#isPaired = isPaired;
  }

  /** How many wait. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether one more can wait. */
  get isFull(): boolean {
    return this.#pending.size >= MAX_PENDING;
  }

  /** The first answer to `request`; `undefined` when `signal` aborts. */
  wait(
    request: ApprovalRequest,
    signal: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> {
    return new Promise((resolve) => {
      const end = (answer?: ApprovalAnswer) => {
        this.#pending.delete(request.id);
        signal.removeEventListener("abort", abort);
        resolve(answer);
      };
      const abort = () => end();
      if (signal.aborted || this.#pending.has(request.id)) {
        return resolve(undefined);
      }
      signal.addEventListener("abort", abort);
      this.#pending.set(request.id, { request, answer: end });
    });
  }

  /**
   * Takes what may be an answer of one of `phones`; whether it was one. Whoever sent it, and how often, it counts only if a
   * paired phone sealed it, for a request that waits, before that expired.
   */
  async offer(
    sealed: string,
    phones: readonly AnsweringPhone[],
  ): Promise<boolean> {
    if (this.#pending.size === 0 || sealed.length > MAX_SEALED) return false;
    for (const phone of phones) {
      const text = await openMessage(phone.keys, "answer", sealed);
      if (text === undefined) continue;
      const said = readAnswer(text);
      if (!said || !this.#fits(said) || !await this.#isPaired(phone)) {
        return false;
      }
      // Once more: another answer may have come while the vault was asked.
      const pending = this.#fits(said);
      pending?.answer({
        ...{ decision: said.decision, scope: said.scope },
        ...{ by: "phone", at: this.#now() },
      });
      return pending !== undefined;
    }
    return false;
  }

  /** What waits for an answer of that id, digest and time. */
  #fits(
    said: { id: string; digest: string; at: number },
  ): Pending | undefined {
    const pending = this.#pending.get(said.id);
    if (!pending) return undefined;
    const { request: { digest, expires } } = pending;
    const now = this.#now();
    return sameText(said.digest, digest) && now < expires &&
        Math.abs(said.at - now) <= CLOCK_SKEW
      ? pending
      : undefined;
  }
}
