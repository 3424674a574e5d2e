/** Remembers answers that are for more than one request: ten minutes, the run. @module */
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Approver,
} from "../policy/approver.ts";
import type { Clock } from "../ports/system.ts";

/** Milliseconds of the scope `10m`. */
export const TEN_MINUTES_MS = 600_000;

/** Answers of which nobody needs to be reminded, at most. */
const MOST = 1000;

/**
 * Asks `approver` only what was not answered for longer: requests of the same subject, with any body. Those that wait for
 * the same answer get it too.
 */
export class RememberingApprover implements Approver {
  readonly #approver: Approver;
  readonly #clock: Clock;
  /** Until when each answer stands, epoch milliseconds. */
  readonly #answers = new Map<
    string,
    { answer: ApprovalAnswer; until: number }
  >();
  readonly #waiting = new Map<string, Set<(answer: ApprovalAnswer) => void>>();

  constructor(approver: Approver, clock: Clock) {
    this.#approver = approver;
    this.#clock = clock;
  }

  async ask(
    request: ApprovalRequest,
    signal?: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> {
    const { subject: key } = request;
    const known = this.#answers.get(key);
    if (known && known.until > this.#clock.now()) return known.answer;
    const answeredElsewhere = new AbortController();
    const other = Promise.withResolvers<ApprovalAnswer>();
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(other.resolve));
    try {
      const answer = await Promise.race([
        other.promise,
        this.#approver.ask(
          request,
          AbortSignal.any([
            answeredElsewhere.signal,
            ...signal ? [signal] : [],
          ]),
        ),
      ]);
      if (!answer || answer.scope === "once") return answer;
      this.#keep(key, answer);
      waiting.delete(other.resolve);
      for (const resolve of waiting) resolve(answer);
      return answer;
    } finally {
      waiting.delete(other.resolve);
      if (waiting.size === 0) this.#waiting.delete(key);
      answeredElsewhere.abort();
    }
  }

  #keep(key: string, answer: ApprovalAnswer): void {
    const until = answer.scope === "10m"
      ? answer.at + TEN_MINUTES_MS
      : Number.MAX_VALUE;
    // Asked again is safe, and a run cannot fill the memory.
    if (this.#answers.size >= MOST) this.#answers.clear();
    this.#answers.set(key, { answer, until });
  }
}
