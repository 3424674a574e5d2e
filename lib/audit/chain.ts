/**
 * The hash chain of the audit log. An entry is one line of JSON whose last member, `hash`, is the SHA-256 of the line
 * without it; `prev` is the hash of the entry before. So an entry that was edited, removed, added or moved shows.
 * Entries cut off at the end show because the last line is kept beside the log once more.
 *
 * @module
 */
import { sha256 } from "../bytes.ts";
import type { AuditEvent } from "./event.ts";

/** `prev` of the first entry. */
export const GENESIS = "0".repeat(64);

/** One line of the audit log. */
export interface AuditEntry extends AuditEvent {
  v: 1;
  /** 1 for the first entry, one more for each. */
  seq: number;
  /** RFC 3339, UTC. */
  ts: string;
  prev: string;
  hash: string;
}

/** Where a chain ends: what the next entry continues. */
interface ChainHead {
  seq: number;
  hash: string;
}

/** Entries that are made in one go, in about a millisecond: requests of a busy proxy wait as long. */
const SLICE = 100;

const SEALED = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s;

/**
 * Where the next entry goes on: behind the last line of the log, or behind `witness`, the last line that was ever
 * written, if the log does not reach there any more: what was cut off stays missing for good.
 */
export function chainHead(
  last: string | undefined,
  witness?: string,
): ChainHead {
  const [here, there] = [last, witness].map((line) =>
    line === undefined ? undefined : parseEntry(line)
  );
  const entry = there && there.seq > (here?.seq ?? 0) ? there : here;
  return entry
    ? { seq: entry.seq, hash: entry.hash }
    : { seq: 0, hash: GENESIS };
}

/** The lines of the entries that follow `head`, one for each event. `at` is epoch milliseconds. */
export async function chainEntries(
  head: ChainHead,
  events: readonly { at: number; event: AuditEvent }[],
): Promise<string[]> {
  const digest = await digestFor(events.length);
  const lines: string[] = [];
  let { seq, hash } = head;
  for (const { at, event } of events) {
    const ts = new Date(at).toISOString();
    const body = JSON.stringify({ v: 1, seq: ++seq, ts, ...event, prev: hash });
    hash = await digest(body);
    lines.push(`${body.slice(0, -1)},"hash":"${hash}"}`);
    if (lines.length % SLICE === 0 && lines.length < events.length) {
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return lines;
}

/** The entry that a line holds, or `undefined` if it holds none. Its hash is not checked. */
export function parseEntry(line: string): AuditEntry | undefined {
  if (!SEALED.test(line)) return undefined;
  try {
    const entry = JSON.parse(line) as AuditEntry;
    return Number.isSafeInteger(entry.seq) && typeof entry.prev === "string"
      ? entry
      : undefined;
  } catch {
    return undefined;
  }
}

type AuditProblem = "not_an_entry" | "edited" | "out_of_order" | "cut_off";

/** What {@linkcode verifyAuditLog} found: every entry in order, or the first line that is wrong. */
type AuditVerdict =
  | { ok: true; entries: number }
  | {
    ok: false;
    entries: number;
    /** The first wrong line, counted from 1. */
    line: number;
    problem: AuditProblem;
  };

/** Checks the chain of a whole log, oldest line first. `witness` is the last line that was ever written, if it is known. */
export async function verifyAuditLog(
  lines: Iterable<string> | AsyncIterable<string>,
  witness?: string,
): Promise<AuditVerdict> {
  const digest = await digestFor(Infinity);
  const end = witness === undefined ? undefined : parseEntry(witness);
  let head: ChainHead = { seq: 0, hash: GENESIS };
  for await (const text of lines) {
    const line = head.seq + 1;
    const wrong = (problem: AuditProblem) => ({
      ok: false as const,
      entries: head.seq,
      line,
      problem,
    });
    const entry = parseEntry(text);
    if (!entry) return wrong("not_an_entry");
    const body = SEALED.exec(text)![1]!;
    if (await digest(`${body}}`) !== entry.hash) return wrong("edited");
    if (entry.seq !== head.seq + 1 || entry.prev !== head.hash) {
      return wrong("out_of_order");
    }
    if (entry.seq === end?.seq && entry.hash !== end.hash) {
      return wrong("edited");
    }
    head = { seq: entry.seq, hash: entry.hash };
  }
  const entries = head.seq;
  return end && end.seq > entries
    ? { ok: false, entries, line: entries + 1, problem: "cut_off" }
    : { ok: true, entries };
}

/**
 * SHA-256 to hex. WebCrypto costs 70 µs for each entry and `node:crypto` 2 µs, but 20 ms to load: few entries, as of
 * most commands, take the first, a busy proxy the second.
 */
async function digestFor(
  entries: number,
): Promise<(text: string) => string | Promise<string>> {
  if (entries < 100) return sha256;
  const { createHash } = await import("node:crypto");
  return (text) => createHash("sha256").update(text).digest("hex");
}
