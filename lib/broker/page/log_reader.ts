/** The audit log as the page reads it: parts of it from the end, what is added, and when a connection was last used. @module */
import { type AuditEntry, parseEntry, pointOf } from "../../audit/chain.ts";
import { sleep } from "../../login/sleep.ts";
import { matches } from "../../page/page_events.ts";
import type { LogFilter, LogPart } from "../../page/page_source.ts";
import type { AuditFile } from "../../ports/home_files.ts";

/** Entries that are read at once, from the end towards the beginning. */
const STEP = 10_000;
/** Entries that are looked at for one part; the next goes on from there. */
const MOST_READ = 100_000;
/** Entries in which the last use of a connection is looked for. */
const USES_IN = 20_000;
/** Milliseconds between two looks at the log. */
const LOOK_MS = 300;

/** See `PageSource.log`. */
export async function readLog(
  file: AuditFile,
  filter: LogFilter,
  count: number,
  before = Infinity,
): Promise<LogPart> {
  const last = pointOf(await file.witness()).seq;
  let end = Math.min(before, Math.max(last, await lastOf(file, last)) + 1);
  const found: AuditEntry[] = [];
  for (let read = 0; end > 1 && read < MOST_READ; read += STEP) {
    const start = Math.max(1, end - STEP);
    const part: AuditEntry[] = [];
    for await (const line of file.lines(start)) {
      const entry = parseEntry(line);
      if (!entry || entry.seq < start) continue;
      if (entry.seq >= end) break;
      if (matches(entry, filter)) part.push(entry);
    }
    found.push(...part.reverse());
    end = start;
    if (found.length < count) continue;
    return {
      entries: found.slice(0, count),
      ...found.length > count || end > 1 ? { next: found[count - 1]!.seq } : {},
    };
  }
  return { entries: found, ...end > 1 && { next: end } };
}

/** The last entry that is there; the copy of it beside the log may be missing. */
async function lastOf(file: AuditFile, known: number): Promise<number> {
  let last = known;
  if (known > 0) return last;
  for await (const line of file.lines()) last = parseEntry(line)?.seq ?? last;
  return last;
}

/** Entries as they are added, from now on, until `signal` aborts. */
export async function* followLog(
  file: AuditFile,
  signal: AbortSignal,
): AsyncGenerator<AuditEntry> {
  let end = await file.witness();
  let { seq: seen } = pointOf(end);
  while (!signal.aborted) {
    await sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    const now = await file.witness().catch(() => end);
    if (now === end) continue;
    end = now;
    // Somebody removed the log, and it begins anew.
    if (pointOf(now).seq < seen) seen = 0;
    for await (const line of file.lines(seen + 1)) {
      const entry = parseEntry(line);
      if (!entry || entry.seq <= seen) continue;
      seen = entry.seq;
      yield entry;
    }
  }
}

/** Events that use a credential. */
const USES: ReadonlySet<string> = new Set(["inject", "export", "get", "sign"]);

/** When connections were last used, as far back as is looked. */
export class LastUses {
  readonly #file: AuditFile;
  readonly #uses = new Map<string, string>();
  #seen = 0;

  constructor(file: AuditFile) {
    this.#file = file;
  }

  /** By `profile/provider/connection`: RFC 3339. Only what was added since the last call is read. */
  async read(): Promise<ReadonlyMap<string, string>> {
    const { seq } = pointOf(await this.#file.witness());
    if (seq < this.#seen) this.#seen = 0;
    if (seq === this.#seen && seq > 0) return this.#uses;
    const from = Math.max(this.#seen + 1, seq - USES_IN, 1);
    for await (const line of this.#file.lines(from)) {
      const entry = parseEntry(line);
      if (!entry || entry.seq < from) continue;
      this.#seen = entry.seq;
      const { event, ok, profile, provider, connection, ts } = entry;
      if (!ok || !USES.has(event) || connection === undefined) continue;
      this.#uses.set(`${profile}/${provider}/${connection}`, ts);
    }
    return this.#uses;
  }
}
