/** The audit log: takes events at once, writes them in batches in the background. @module */
import { counted } from "../text.ts";
import type { AuditFile } from "../ports/home_files.ts";
import type { Clock } from "../ports/system.ts";
import { chainEntries, chainHead } from "./chain.ts";
import type { AuditEvent, AuditSink } from "./event.ts";
import { redactEvent } from "./redact.ts";

/** How long events are gathered before they are written, in milliseconds. */
const BATCH_MS = 100;
/** Most events that wait for the disk; more are counted and not kept. */
const MAX_WAITING = 10_000;

interface Waiting {
  at: number;
  event: AuditEvent;
}

/** An {@linkcode AuditSink} that writes a hash-chained log to `file`. */
export class AuditLog implements AuditSink {
  readonly #file: AuditFile;
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  #waiting: Waiting[] = [];
  #dropped = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    file: AuditFile,
    clock: Clock,
    options: { maxWaiting?: number } = {},
  ) {
    this.#file = file;
    this.#clock = clock;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /** Queues an event. Never throws and never waits, so that a proxy may call it at each request. */
  record(event: AuditEvent): void {
    if (this.#waiting.length >= this.#maxWaiting) {
      this.#dropped++;
      return;
    }
    this.#waiting.push({ at: this.#clock.now(), event: redactEvent(event) });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // A failure keeps the events waiting; the next record or flush tries again, and flush reports it.
      this.#write().catch(() => {});
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
    this.#timer = undefined;
    await this.#write();
  }

  #write(): Promise<void> {
    const write = this.#writing.then(() => this.#writeBatch());
    this.#writing = write.catch(() => {});
    return write;
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting;
    const dropped = this.#dropped;
    if (batch.length === 0 && dropped === 0) return;
    this.#waiting = [];
    this.#dropped = 0;
    const events = dropped === 0 ? batch : [...batch, {
      at: this.#clock.now(),
      event: {
        event: "dropped" as const,
        profile: batch.at(-1)?.event.profile ?? "",
        ok: false,
        detail: counted(dropped, "event"),
      },
    }];
    try {
      await this.#file.append((last, witness) =>
        chainEntries(chainHead(last, witness), events)
      );
    } catch (error) {
      this.#waiting = [...batch, ...this.#waiting];
      this.#dropped += dropped;
      throw error;
    }
  }
}
