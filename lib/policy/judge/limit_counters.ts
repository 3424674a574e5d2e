/**
 * What rules of the effect `limit` count in one run. They stay when the rules are read again.
 *
 * Invariant: a request is counted in the same step in which it is found to be within the limits, so that many at once do
 * not pass where one may.
 *
 * @module
 */
import { values } from "../../wire/http1.ts";
import type {
  ControlledRequest,
  Passage,
} from "../../request/control/control.ts";
import type { CompiledRule } from "../match/matcher.ts";

const MINUTE = 60_000;

/** Tells what a request to a model costs, as its answer says it; `undefined` where none does. */
export type SpendPassage = (
  request: ControlledRequest,
  add: (usd: number) => void,
) => Passage | undefined;

/** A limit that is reached. `what` is for people; `retryAfter` is in seconds, absent if it holds until the run ends. */
export interface Reached {
  rule: CompiledRule;
  what: string;
  retryAfter?: number;
}

/** What one rule has let through. */
class Counter {
  /** When requests came, milliseconds of the steady clock; only those of the last minute. */
  readonly recent: number[] = [];
  requests = 0;
  /** Bytes that were sent, or that a request in flight said it would send. */
  bytesUp = 0;
  usd = 0;
}

/** The counters of a run. */
export class LimitCounters {
  readonly #counters = new Map<string, Counter>();
  readonly #steady: () => number;

  /** @param steady milliseconds of a clock that nobody sets. */
  constructor(steady: () => number = () => performance.now()) {
    this.#steady = steady;
  }

  /** What each rule has let through, by its key; for those who show it. */
  spent(key: string): { requests: number; bytesUp: number; usd: number } {
    const { requests, bytesUp, usd } = this.#of(key);
    return { requests, bytesUp, usd };
  }

  /** Counts a request by every rule, or says which limit is reached and counts it by none. */
  admit(
    rules: readonly CompiledRule[],
    request: ControlledRequest,
    spend?: SpendPassage,
  ): Reached | { passage?: Passage } {
    if (rules.length === 0) return {};
    const now = this.#steady();
    const declared = lengthOf(request);
    for (const rule of rules) {
      const reached = this.#reached(rule, now, declared);
      if (reached) return reached;
    }
    const counters = rules.map(({ key, rule }) => {
      const counter = this.#of(key);
      counter.requests++;
      if (rule.limit?.per_minute !== undefined) counter.recent.push(now);
      counter.bytesUp += declared;
      return counter;
    });
    const spends = spend &&
      rules.some(({ rule }) => rule.limit?.usd !== undefined);
    return {
      passage: joinedPassage(
        counted(counters, declared),
        spends
          ? spend(request, (usd) => {
            for (const counter of counters) counter.usd += Math.max(0, usd);
          })
          : undefined,
      ),
    };
  }

  #reached(
    compiled: CompiledRule,
    now: number,
    declared: number,
  ): Reached | undefined {
    const { key, rule } = compiled;
    const { per_minute, per_run, bytes_up, usd } = rule.limit ?? {};
    const counter = this.#of(key);
    const reached = (what: string, retryAfter?: number) => ({
      rule: compiled,
      what,
      ...retryAfter !== undefined && { retryAfter },
    });
    if (per_run !== undefined && counter.requests >= per_run) {
      return reached(`${per_run} requests in this run`);
    }
    if (
      bytes_up !== undefined &&
      (counter.bytesUp >= bytes_up || counter.bytesUp + declared > bytes_up)
    ) {
      return reached(
        declared > 0 && counter.bytesUp < bytes_up
          ? `of ${bytes_up} bytes up in this run ${counter.bytesUp} are used, and this request has ${declared}`
          : `${bytes_up} bytes up in this run`,
      );
    }
    if (usd !== undefined && counter.usd >= usd) {
      return reached(
        `US$ ${usd} in this run (US$ ${counter.usd.toFixed(4)} are spent)`,
      );
    }
    if (per_minute === undefined) return undefined;
    const { recent } = counter;
    // A clock that went back would keep them for good.
    while (
      recent.length > 0 && (now - recent[0]! >= MINUTE || recent[0]! > now)
    ) recent.shift();
    if (recent.length < per_minute) return undefined;
    const wait = per_minute === 0
      ? undefined
      : MINUTE - (now - recent[recent.length - per_minute]!);
    return reached(
      `${per_minute} requests in 60 seconds`,
      wait === undefined ? undefined : Math.max(1, Math.ceil(wait / 1000)),
    );
  }

  #of(key: string): Counter {
    let counter = this.#counters.get(key);
    if (!counter) this.#counters.set(key, counter = new Counter());
    return counter;
  }
}

/** What a request says that it sends, in bytes; 0 where it does not. */
function lengthOf({ head }: ControlledRequest): number {
  if (head.framing.kind === "length") return head.framing.length;
  const [length] = values(head.fields, "content-length");
  return length !== undefined && /^[0-9]{1,15}$/.test(length)
    ? Number(length)
    : 0;
}

/** Counts what is sent beyond what was declared, and gives back at the end what was declared and not sent. */
function counted(counters: readonly Counter[], declared: number): Passage {
  let sent = 0;
  let ended = false;
  return {
    sent(bytes) {
      const more = Math.max(0, sent + bytes - Math.max(sent, declared));
      sent += bytes;
      for (const counter of counters) counter.bytesUp += more;
    },
    end() {
      if (ended) return;
      ended = true;
      const back = Math.max(0, declared - sent);
      for (const counter of counters) counter.bytesUp -= back;
    },
  };
}

function joinedPassage(one: Passage, other: Passage | undefined): Passage {
  if (!other) return one;
  return {
    sent(bytes) {
      one.sent?.(bytes);
      other.sent?.(bytes);
    },
    head: (status, fields) => other.head?.(status, fields),
    body: (bytes) => other.body?.(bytes),
    end() {
      one.end?.();
      other.end?.();
    },
  };
}
