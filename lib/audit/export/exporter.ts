/**
 * Sends the audit log on. The log is the truth: what is sent is read from it, and a cursor for each destination says how
 * far it is. So a destination that is away for days gets everything later, and one whose answer was lost gets it twice.
 *
 * @module
 */
import type { AuditExportHost } from "../../ports/audit_export.ts";
import type { AuditFile } from "../../ports/home_files.ts";
import type { Clock } from "../../ports/system.ts";
import { counted } from "../../text.ts";
import { parseEntry } from "../chain.ts";
import type { AuditEvent } from "../event.ts";
import {
  type Cursor,
  type Failing,
  formatCursor,
  parseCursor,
  START,
} from "./cursor.ts";
import {
  type Destination,
  type ExportedEntry,
  ExportError,
  type ExportProblem,
} from "./export_destination.ts";

/** Most entries, and about the most characters, of one request. */
const BATCH = 512;
const BATCH_CHARACTERS = 1_000_000;
/** How long one request may take, in milliseconds. */
const SEND_MS = 10_000;
/** How long is waited after a failure: at first, and at most; and where a person has to look. Milliseconds. */
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
/** Between two tries of a lock that another process has, in milliseconds. */
const LOCK_MS = 25;

/** What happened to one destination. */
export interface Pushed {
  destination: string;
  place: string;
  /** Entries that were taken. */
  sent: number;
  /** Of these, entries that the destination said it does not keep. */
  rejected: number;
  /** Entries that were gone from the log before they were sent. */
  missed: number;
  /** Number of the last entry that it has. */
  seq: number;
  /** Set if it takes nothing now; what was not sent is sent later. */
  failing?: Failing;
  /** Set if another process is sending. */
  locked?: boolean;
}

/** How much a push does. */
export interface PushOptions {
  /** Whether to try a destination that has failed, before its time. */
  force?: boolean;
  /** Whether to begin at the first entry. */
  all?: boolean;
  /** How long a destination that asks to come again is waited for, in milliseconds. Default: not at all. */
  patience?: number;
  /** Whether to wait for another process that sends. */
  wait?: boolean;
}

/** What an {@linkcode AuditExporter} works with. */
export interface ExporterContext {
  file: Pick<AuditFile, "lines">;
  host: Pick<AuditExportHost, "cursor">;
  destinations: readonly Destination[];
  clock: Clock;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Takes what happened to a destination, each once and not at each try. */
  record(event: Omit<AuditEvent, "profile">): void;
}

/** Sends what a home's destinations have not got yet. */
export class AuditExporter {
  constructor(private readonly context: ExporterContext) {}

  /** Sends to each destination, until all is sent, it fails, or `signal` aborts. Rejects only if a cursor cannot be kept. */
  async push(
    signal: AbortSignal,
    options: PushOptions = {},
  ): Promise<Pushed[]> {
    return await Promise.all(
      this.context.destinations.map((destination) =>
        this.#pushTo(destination, signal, options)
      ),
    );
  }

  /** How far each destination is. */
  async cursors(): Promise<{ destination: Destination; cursor: Cursor }[]> {
    const { destinations, host } = this.context;
    return await Promise.all(destinations.map(async (destination) => ({
      destination,
      cursor: parseCursor(await host.cursor(destination.name).read()),
    })));
  }

  async #pushTo(
    destination: Destination,
    signal: AbortSignal,
    { force = false, all = false, patience = 0, wait = false }: PushOptions,
  ): Promise<Pushed> {
    const { clock, host } = this.context;
    const file = host.cursor(destination.name);
    const pushed: Pushed = {
      ...{ destination: destination.name, place: destination.place },
      ...{ sent: 0, rejected: 0, missed: 0, seq: 0 },
    };
    const lock = await this.#lock(file, signal, wait);
    if (!lock) return { ...pushed, locked: true };
    try {
      const kept = parseCursor(await file.read());
      pushed.seq = kept.seq;
      if (kept.failing && !force && kept.failing.retryAt > clock.now()) {
        return { ...pushed, failing: kept.failing };
      }
      let cursor = all ? { ...kept, seq: START.seq, hash: START.hash } : kept;
      const keep = async (next: Cursor) => {
        await file.write(formatCursor(cursor = next));
        pushed.seq = next.seq;
      };
      const deadline = clock.now() + patience;
      for (;;) {
        try {
          await this.#send(destination, () => cursor, keep, pushed, signal);
          break;
        } catch (error) {
          if (!(error instanceof ExportError)) throw error;
          const failing = nextFailure(cursor.failing, error, clock.now());
          const known = cursor.failing?.problem;
          await keep({ seq: cursor.seq, hash: cursor.hash, failing });
          if (known !== failing.problem) {
            this.#note(destination, false, failing.problem);
          }
          const pause = failing.retryAt - clock.now();
          if (
            signal.aborted || error.problem !== "busy" ||
            clock.now() + pause > deadline
          ) return { ...pushed, failing };
          await this.context.sleep(pause, signal);
        }
      }
      if (cursor.failing) {
        await keep({ seq: cursor.seq, hash: cursor.hash });
        this.#note(destination, true);
      }
      return pushed;
    } finally {
      lock.release();
    }
  }

  async #lock(
    file: ReturnType<AuditExportHost["cursor"]>,
    signal: AbortSignal,
    wait: boolean,
  ) {
    for (;;) {
      const lock = await file.tryLock();
      if (lock || !wait || signal.aborted) return lock;
      await this.context.sleep(LOCK_MS, signal).catch(() => {});
    }
  }

  /** Sends everything behind the cursor, and keeps it after each batch. */
  async #send(
    destination: Destination,
    cursor: () => Cursor,
    keep: (next: Cursor) => Promise<void>,
    pushed: Pushed,
    signal: AbortSignal,
  ): Promise<void> {
    let batch: ExportedEntry[] = [];
    let characters = 0;
    // Told once it is behind us: what fails is begun again at the same place.
    let found: LogTrouble[] = [];
    const sendBatch = async () => {
      const taken = await sendHalves(destination, batch, signal);
      const { seq, hash } = batch.at(-1)!.entry;
      const { failing } = cursor();
      await keep({ seq, hash, ...failing ? { failing } : {} });
      pushed.sent += batch.length;
      pushed.rejected += taken.rejected;
      for (const { reason, missed } of found) {
        pushed.missed += missed;
        const detail = missed > 0
          ? counted(missed, "entry", "entries")
          : undefined;
        this.#note(destination, false, reason, detail);
      }
      found = [];
      if (taken.rejected > 0) {
        this.#note(
          destination,
          false,
          "rejected",
          counted(taken.rejected, "entry", "entries"),
        );
      }
      batch = [];
      characters = 0;
    };
    for await (
      const entry of this.#behind(cursor(), (each) => found.push(each))
    ) {
      batch.push(entry);
      characters += entry.line.length;
      if (batch.length >= BATCH || characters >= BATCH_CHARACTERS) {
        await sendBatch();
      }
    }
    if (batch.length > 0) await sendBatch();
  }

  /** The entries behind `cursor`. From the first one if the log is not the one that it was. */
  async *#behind(
    cursor: Cursor,
    trouble: (found: LogTrouble) => void,
  ): AsyncGenerator<ExportedEntry> {
    const { file } = this.context;
    let last = cursor.seq;
    if (!await this.#isReached(cursor)) {
      trouble({ reason: "log_replaced", missed: 0 });
      last = 0;
    }
    for await (const line of file.lines(last)) {
      const entry = parseEntry(line);
      if (!entry || entry.seq <= last) continue;
      const missed = last === 0 ? 0 : entry.seq - last - 1;
      if (missed > 0) trouble({ reason: "entries_missing", missed });
      last = entry.seq;
      yield { line, entry };
    }
  }

  /** Whether the log is the one that `cursor` was kept of: it has that entry, or no longer reaches back to it. */
  async #isReached({ seq, hash }: Cursor): Promise<boolean> {
    if (seq === 0) return true;
    let isShorter = false;
    for await (const line of this.context.file.lines(seq)) {
      const entry = parseEntry(line);
      if (!entry) continue;
      if (entry.seq === seq) return entry.hash === hash;
      isShorter = entry.seq < seq;
      if (!isShorter) break;
    }
    return !isShorter;
  }

  #note(
    { name }: Destination,
    ok: boolean,
    reason?: string,
    detail?: string,
  ): void {
    this.context.record({
      event: "log_export",
      ok,
      ...reason === undefined ? {} : { reason },
      detail: detail === undefined ? name : `${name}: ${detail}`,
    });
  }
}

/** What the log itself is not as it was. */
interface LogTrouble {
  reason: "log_replaced" | "entries_missing";
  missed: number;
}

/** Sends `batch`, in halves if it is too large; counts what was too large by itself. */
async function sendHalves(
  destination: Destination,
  batch: readonly ExportedEntry[],
  signal: AbortSignal,
): Promise<{ rejected: number }> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]);
  try {
    const { rejected = 0 } = await destination.send(batch, limited);
    return { rejected };
  } catch (error) {
    if (!(error instanceof ExportError) || error.problem !== "too_large") {
      throw error;
    }
    if (batch.length === 1) return { rejected: 1 };
    const half = Math.ceil(batch.length / 2);
    const first = await sendHalves(destination, batch.slice(0, half), signal);
    const second = await sendHalves(destination, batch.slice(half), signal);
    return { rejected: first.rejected + second.rejected };
  }
}

/** Whether it may go away by itself. */
function isPassing(problem: ExportProblem): boolean {
  return problem === "unreachable" || problem === "busy";
}

function nextFailure(
  before: Failing | undefined,
  { problem, message, retryAfter }: ExportError,
  now: number,
): Failing {
  const tries = (before?.tries ?? 0) + 1;
  const wait = retryAfter ??
    (isPassing(problem)
      ? Math.min(FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10), LAST_RETRY_MS)
      : LAST_RETRY_MS);
  return {
    ...{ problem, message, tries, since: before?.since ?? now },
    retryAt: now + wait,
  };
}
