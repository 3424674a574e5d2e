/** The audit log: takes events at once, writes them in batches in the background. @module */
import { counted } from "../text.ts";
import type { AuditFile, AuditTail } from "../ports/home_files.ts";
import type { Clock } from "../ports/system.ts";
import {
  chainEntries,
  chainHead,
  type ChainPoint,
  parseEntry,
  pointOf,
} from "./chain.ts";
import type { AuditEvent, ProvenAudit } from "./event.ts";
import { HeadKeeper, type HeadRecords } from "./log_head.ts";
import { redactEvent } from "./redact.ts";

/** How long events are gathered before they are written, in milliseconds. */
const BATCH_MS = 100;
/** Least time between two writes of the head into the vault, in milliseconds. Every proxy reads the vault anew after each. */
const HEAD_MS = 2_000;
/** Most events that wait for the disk; more are counted and not kept. */
const MAX_WAITING = 10_000;
/** An event that has waited longer than this for the disk, in milliseconds, will hardly be written. */
const LATE_MS = 5_000;

/** A size in bytes from which on a file is set aside, and how many such files are kept. */
export interface Rotation {
  maxBytes: number;
  keep: number;
}

/** What may be given to an {@linkcode AuditLog}. */
export interface AuditLogOptions {
  maxWaiting?: number;
  /** Default: one file, which grows. */
  rotation?: Rotation;
  /** The vault, if this process has opened it. Default: no head is kept. */
  vault?: () => Promise<HeadRecords | undefined>;
  /** Whether the log is taken as it is from the first event on, whatever the vault knows of it. */
  accept?: boolean;
}

interface Waiting {
  at: number;
  event: AuditEvent;
}

/** A {@linkcode ProvenAudit} that writes a hash-chained log to `file`. */
export class AuditLog implements ProvenAudit {
  readonly #file: AuditFile;
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #rotation: Rotation | undefined;
  readonly #head: HeadKeeper | undefined;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #headTimer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Whether entries were written that the head does not name. */
  #ahead = false;
  #headWritten = -Infinity;
  #failed = false;
  /** When the oldest event that waits was recorded. */
  #waitingSince = Infinity;
  /** Whether full files are to be removed once the vault says where the log begins. */
  #pruning = false;

  constructor(file: AuditFile, clock: Clock, options: AuditLogOptions = {}) {
    this.#file = file;
    this.#clock = clock;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
    this.#rotation = options.rotation;
    this.#head = options.vault &&
      new HeadKeeper(options.vault, options.accept);
  }

  /** Queues an event. Never throws and never waits, so that a proxy may call it at each request. */
  record(event: AuditEvent): void {
    if (this.#waiting.length >= this.#maxWaiting) {
      this.#dropped++;
      return;
    }
    if (this.#waiting.length === 0) this.#waitingSince = performance.now();
    this.#waiting.push({ at: this.#clock.now(), event: redactEvent(event) });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // A failure keeps the events waiting; the next record or flush tries again, and flush reports it.
      this.#write(false).catch(() => {});
    }, BATCH_MS);
  }

  /**
   * Resolves when everything recorded so far is on disk.
   *
   * @throws {AuthsomeError} `StoreUnavailable` if it cannot be written; the events are kept for a later try.
   */
  async flush(): Promise<void> {
    // The first call of any timer function costs 6 ms on Deno, and most commands record nothing.
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    if (this.#headTimer !== undefined) clearTimeout(this.#headTimer);
    this.#timer = this.#headTimer = undefined;
    await this.#write(true);
  }

  get isFailing(): boolean {
    return this.#failed || this.#dropped > 0 ||
      performance.now() - this.#waitingSince > LATE_MS;
  }

  async probe(): Promise<void> {
    await this.flush();
    await this.#file.append(() => Promise.resolve([]));
  }

  #write(flush: boolean): Promise<void> {
    const write = this.#writing.then(() => this.#writeBatch()).then(() =>
      this.#writeHead(flush)
    );
    this.#writing = write.catch(() => {});
    return write;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting;
    const dropped = this.#dropped;
    if (batch.length === 0 && dropped === 0) return;
    this.#waiting = [];
    this.#dropped = 0;
    const events = dropped === 0 ? batch : [
      ...batch,
      this.#own("dropped", false, counted(dropped, "event"), batch),
    ];
    let added: [before: ChainPoint, last: ChainPoint];
    try {
      // Outside of the lock, which others wait for.
      await this.#head?.prepare();
      await this.#file.append(async (last, witness, tail) => {
        const removed = await this.#toRemove(last, tail);
        const all = removed
          ? [this.#own("prune", true, removed, batch), ...events]
          : events;
        const must = await this.#head?.look(last, tail);
        const before = chainHead(last, witness, must);
        const lines = await chainEntries(before, all);
        added = [before, pointOf(lines.at(-1))];
        return lines;
      }, this.#rotation?.maxBytes);
    } catch (error) {
      this.#waiting = [...batch, ...this.#waiting];
      this.#dropped += dropped;
      this.#failed = true;
      throw error;
    }
    this.#head?.added(...added!);
    this.#ahead = true;
    this.#failed = false;
    this.#waitingSince = this.#waiting.length > 0
      ? performance.now()
      : Infinity;
  }

  /** Moves the head, unless that was done a moment ago and nobody waits for it. */
  async #writeHead(flush: boolean): Promise<void> {
    if (!this.#ahead || !this.#head) return;
    const rest = this.#headWritten + HEAD_MS - performance.now();
    if (!flush && rest > 0) {
      this.#headTimer ??= setTimeout(() => {
        this.#headTimer = undefined;
        this.#write(false).catch(() => {});
      }, rest);
      return;
    }
    this.#ahead = false;
    this.#headWritten = performance.now();
    const start = await this.#head.write();
    if (start && start.seq > 0 && this.#pruning) {
      // Only now: until the vault says where the log begins, they must be there.
      this.#pruning = await this.#file.removeBefore(start.seq + 1)
        // They stay until a later try.
        .then(() => false, () => true);
    }
  }

  /** Which of the full files are too many, in words, once they are to be removed; only where the vault can say so. */
  async #toRemove(
    last: string | undefined,
    { full }: AuditTail,
  ): Promise<string | undefined> {
    if (!full || !this.#rotation || !await this.#head?.isOpen()) {
      return undefined;
    }
    const { keep } = this.#rotation;
    const excess = full.length - keep;
    if (excess <= 0) return undefined;
    const start = keep === 0
      ? pointOf(last)
      : await this.#before(full[excess]!);
    if (!start || start.seq < full[0]!) return undefined;
    this.#head!.beginAfter(start);
    this.#pruning = true;
    return `entries ${full[0]} to ${start.seq}`;
  }

  /** The entry before the first of the file that begins with entry `first`. */
  async #before(first: number): Promise<ChainPoint | undefined> {
    for await (const line of this.#file.lines(first)) {
      const entry = parseEntry(line);
      if (entry && entry.seq < first) continue;
      return entry && { seq: entry.seq - 1, hash: entry.prev };
    }
    return undefined;
  }

  #own(
    event: "dropped" | "prune",
    ok: boolean,
    detail: string,
    batch: readonly Waiting[],
  ): Waiting {
    const profile = batch.at(-1)?.event.profile ?? "";
    return { at: this.#clock.now(), event: { event, profile, ok, detail } };
  }
}
