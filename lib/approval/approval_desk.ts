/**
 * Where requests wait for a person. Processes meet in the vault only: a request that waits is a record of it, and so is
 * the answer, which nobody can write without the vault's key.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Approver,
} from "../policy/approver.ts";
import type { Clock, Lineage, ProcessMark } from "../ports/system.ts";
import {
  approvalKey,
  type ApprovalRecord,
  APPROVALS,
  decodeApproval,
  encodeApproval,
} from "./approval_record.ts";
import {
  ApprovalSettled,
  type Channel,
  type GivenAnswer,
  type WaitingApproval,
} from "./channel.ts";
import { whyNotAnswer } from "./who_may_answer.ts";

/** How often the vault is looked at while something waits. Milliseconds. */
export const LOOK_MS = 100;
/** Attempts at a record that other processes keep changing. */
const TRIES = 20;

/** The records of the vault. */
export interface ApprovalRecords {
  get(key: string): Promise<{ revision: number; text: string } | undefined>;
  put(
    key: string,
    text: string,
    expected: number,
  ): Promise<number | undefined>;
  delete(key: string, expected: number): Promise<boolean>;
  keys(prefix: string): Promise<string[]>;
  version(): Promise<number>;
}

/** What a desk works with. */
export interface DeskContext {
  records: ApprovalRecords;
  clock: Clock;
  lineage: Lineage;
  /** Resolves after `milliseconds`, or earlier when `signal` aborts. Never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Says something that the person should know. */
  warn?(message: string): void;
}

/** Asks, lists what waits, and answers. */
export class ApprovalDesk implements Approver {
  readonly #context: DeskContext;
  readonly #channels: readonly Channel[];
  /** Looks once more at the record of each request that waits here. */
  readonly #waiting = new Set<() => Promise<void>>();
  #looking = false;

  constructor(context: DeskContext, channels: readonly Channel[] = []) {
    this.#context = context;
    this.#channels = channels;
  }

  /**
   * Asks in every channel and in the vault until somebody answers, `request.expires` has come or `signal` aborts. The
   * first answer stands, and the others are told.
   */
  async ask(
    request: ApprovalRequest,
    signal?: AbortSignal,
  ): Promise<ApprovalAnswer | undefined> {
    const { clock, sleep } = this.#context;
    const settled = new AbortController();
    const answered = Promise.withResolvers<ApprovalAnswer | undefined>();
    const { resolve } = answered;
    const nobodyWaits = () => resolve(undefined);
    signal?.addEventListener("abort", nobodyWaits, { once: true });
    if (signal?.aborted) nobodyWaits();
    const left = Math.max(0, request.expires - clock.now());
    sleep(left, settled.signal).then(() => resolve(undefined));
    const record = this.#post(request, resolve, settled.signal);
    for (const channel of this.#channels) {
      askIn(channel, request, settled.signal).then((answer) =>
        answer && resolve(answer)
      );
    }
    const answer = await answered.promise;
    settled.abort(new ApprovalSettled(answer));
    signal?.removeEventListener("abort", nobodyWaits);
    await record;
    return answer;
  }

  /** Every request that waits for an answer, oldest first. What runs that were killed left behind is removed. */
  async waiting(): Promise<WaitingApproval[]> {
    const { records, clock } = this.#context;
    const found: WaitingApproval[] = [];
    for (const key of await records.keys(APPROVALS)) {
      const read = await this.#read(key);
      if (!read) continue;
      const { record, revision } = read;
      const isOver = record.request.expires <= clock.now();
      if (isOver || await this.#hasEnded(record)) {
        // One that has expired is its run's to remove while that lives.
        if (await this.#hasEnded(record) !== false) {
          await records.delete(key, revision);
        }
      } else if (!record.answer) found.push(waitingOf(record));
    }
    return found.sort((a, b) => a.at - b.at);
  }

  /**
   * Answers request `id` in the place of the process `answerer`.
   *
   * @throws {AuthsomeError} `ApprovalNotFound` if nothing of that id waits; `ApprovalSettled` if it was answered, or its
   * time is up; `AnswerRefused` if it is another request than the person saw, or this process may not answer it.
   */
  async answer(
    id: string,
    { digest, decision, scope, by }: GivenAnswer,
    answerer: ProcessMark,
  ): Promise<void> {
    const { records, clock, lineage } = this.#context;
    const key = approvalKey(id);
    for (let tries = 0; tries < TRIES; tries++) {
      const read = await this.#read(key);
      if (!read) throw notFound();
      const { record, revision } = read;
      const why = await whyNotAnswer(lineage, answerer, record.asker);
      if (why) throw refused(`This process may not answer it: ${why}`);
      if (record.answer) throw settledError("it was answered already");
      if (record.request.expires <= clock.now()) {
        throw settledError("nobody answered in time, so it was denied");
      }
      if (await this.#hasEnded(record)) throw notFound();
      if (record.request.digest !== digest) {
        throw refused("It is another request than the one that was shown");
      }
      const answer = {
        ...{ decision, scope, by, digest, answerer },
        at: clock.now(),
      };
      const text = encodeApproval({ ...record, answer });
      if (await records.put(key, text, revision) !== undefined) return;
    }
    throw new AuthsomeError(
      "RecordConflict",
      "Cannot answer the request: other processes keep changing it",
      "Try again",
    );
  }

  /** Keeps the record until `settled` aborts, and removes it then. */
  async #post(
    request: ApprovalRequest,
    resolve: (answer: ApprovalAnswer | undefined) => void,
    settled: AbortSignal,
  ): Promise<void> {
    const { records, lineage, sleep, warn } = this.#context;
    const key = approvalKey(request.id);
    const look = async () => {
      const answer = await this.#take(key, request);
      if (answer) resolve(answer);
    };
    try {
      const record = {
        ...{ request, asker: await lineage.self() },
        asked: this.#channels.map(({ name }) => name),
      };
      await records.put(key, encodeApproval(record), 0);
      this.#waiting.add(look);
      this.#look();
      await sleep(request.expires - request.at + LOOK_MS, settled);
    } catch {
      // The channels are asked all the same.
      warn?.("Cannot keep in the vault what waits for an answer");
    } finally {
      this.#waiting.delete(look);
      await this.#remove(key);
    }
  }

  /** The answer in the record, if it is one to believe; any other is taken out again. */
  async #take(
    key: string,
    request: ApprovalRequest,
  ): Promise<ApprovalAnswer | undefined> {
    const { records, lineage, clock, warn } = this.#context;
    const read = await this.#read(key);
    const { answer, ...record } = read?.record ?? {};
    if (!read || !answer) return undefined;
    const { digest, answerer, decision, scope, by, at } = answer;
    const isOther = digest !== request.digest ||
      read.record.request.digest !== request.digest ||
      read.record.request.id !== request.id ||
      // Not an answer of before, nor one that came too late.
      at < request.at || at > request.expires || clock.now() > request.expires;
    const why = isOther
      ? "it is for another request"
      : await whyNotAnswer(lineage, answerer, await lineage.self());
    if (why === undefined) return { decision, scope, by, at };
    const text = encodeApproval(record as ApprovalRecord);
    await records.put(key, text, read.revision);
    // Whoever reads this can answer.
    warn?.(`An answer by process ${answerer.pid} does not count: ${why}`);
  }

  /** Looks at the records of what waits, as often as the vault has changed, until nothing waits. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { records, sleep } = this.#context;
    const { signal } = new AbortController();
    let seen: number | undefined;
    try {
      while (this.#waiting.size > 0) {
        try {
          const version = await records.version();
          if (version !== seen) {
            for (const look of [...this.#waiting]) await look();
            seen = version;
          }
        } catch { /* The store may answer again. */ }
        await sleep(LOOK_MS, signal);
      }
    } finally {
      this.#looking = false;
    }
  }

  async #remove(key: string): Promise<void> {
    const { records } = this.#context;
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const record = await records.get(key);
        if (!record || await records.delete(key, record.revision)) return;
      }
    } catch { /* It expires, and whoever lists what waits removes it. */ }
  }

  async #read(
    key: string,
  ): Promise<{ record: ApprovalRecord; revision: number } | undefined> {
    try {
      const { text, revision } = await this.#context.records.get(key) ?? {};
      const record = text === undefined ? undefined : decodeApproval(text);
      return record && approvalKey(record.request.id) === key
        ? { record, revision: revision! }
        : undefined;
    } catch (error) {
      // A damaged one is no request, and no answer.
      if (error instanceof AuthsomeError && error.code === "RecordCorrupt") {
        return undefined;
      }
      throw error;
    }
  }

  #hasEnded({ asker }: ApprovalRecord): Promise<boolean | undefined> {
    return this.#context.lineage.hasEnded(asker);
  }
}

async function askIn(
  channel: Channel,
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<ApprovalAnswer | undefined> {
  try {
    return await channel.ask(request, signal);
  } catch {
    return undefined;
  }
}

function waitingOf({ request, asker, asked }: ApprovalRecord): WaitingApproval {
  return { ...request, asked, pid: asker.pid };
}

/** The error about a request that does not wait. */
export function notFound(): AuthsomeError {
  return new AuthsomeError(
    "ApprovalNotFound",
    "No such request waits for an answer: it was answered, its time is up, or its run has ended",
    "authsome approve list",
  );
}

function settledError(why: string): AuthsomeError {
  return new AuthsomeError(
    "ApprovalSettled",
    `The request waits no longer: ${why}`,
    "authsome approve list",
  );
}

function refused(message: string): AuthsomeError {
  return new AuthsomeError(
    "AnswerRefused",
    message,
    "Answer in another terminal, outside of the run: authsome approve",
  );
}
