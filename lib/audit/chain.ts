/**
 * The hash chain of the audit log. An entry is one line of JSON whose last member, `hash`, is the SHA-256 of the line
 * without it; `prev` is the hash of the entry before. So an entry that was edited, removed, added or moved shows.
 * Entries cut off at the end, and a chain made anew, show by a point of it that is kept elsewhere: its last line beside
 * the log, and its head in the vault (`log_head.ts`).
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

/** An entry as the next one continues it. */
export interface ChainPoint {
  seq: number;
  hash: string;
}

/** Entries that are made in one go, in about a millisecond: requests of a busy proxy wait as long. */
const SLICE = 100;

const SEALED = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/s;

/** Where a chain begins. */
export const ORIGIN: ChainPoint = { seq: 0, hash: GENESIS };

/**
 * Where the next entry goes on: behind the last line of the log, or, if the log does not reach there any more, behind
 * `witness`, the last line that was ever written, or `head`. What was cut off stays missing for good.
 */
export function chainHead(
  last: string | undefined,
  witness?: string,
  head: ChainPoint = ORIGIN,
): ChainPoint {
  return [pointOf(last), pointOf(witness), head].reduce((one, other) =>
    other.seq > one.seq ? other : one
  );
}

/** The entry of `line`; {@linkcode ORIGIN} if it holds none. */
export function pointOf(line: string | undefined): ChainPoint {
  const entry = line === undefined ? undefined : parseEntry(line);
  return entry ? { seq: entry.seq, hash: entry.hash } : ORIGIN;
}

/** The lines of the entries that follow `head`, one for each event. `at` is epoch milliseconds. */
export async function chainEntries(
  head: ChainPoint,
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

/**
 * - `not_an_entry`, `edited`, `out_of_order`: the line is not the one that was written there.
 * - `cut_off`: entries are missing at the end.
 * - `start_missing`: the entries after the known start are missing.
 * - `rewritten`: the chain holds, and is not the one that the vault knows.
 */
type AuditProblem =
  | "not_an_entry"
  | "edited"
  | "out_of_order"
  | "cut_off"
  | "start_missing"
  | "rewritten";

/** What {@linkcode verifyAuditLog} found: every entry in order, or the first that is wrong. */
export type AuditVerdict =
  | { ok: true; entries: number }
  | {
    ok: false;
    /** How many are good before it. */
    entries: number;
    /** The first wrong line of all files together, counted from 1. */
    line: number;
    problem: AuditProblem;
  };

/** What is known of a log elsewhere. */
export interface KnownPoints {
  /** The entry before the first that must be there. Default: the log has all. */
  start?: ChainPoint;
  /** An entry that must be there. */
  head?: ChainPoint;
}

/**
 * Checks the chain of a whole log, oldest line first. `witness` is the last line that was ever written, if it is known.
 * What stands before `known.start` is not looked at.
 */
export async function verifyAuditLog(
  lines: Iterable<string> | AsyncIterable<string>,
  witness?: string,
  known: KnownPoints = {},
): Promise<AuditVerdict> {
  const digest = await digestFor(Infinity);
  const end = pointOf(witness);
  const { start = ORIGIN, head = ORIGIN } = known;
  let at = start;
  let line = 0;
  let entries = 0;
  let begun = start.seq === 0;
  const wrong = (problem: AuditProblem, where = line) => ({
    ...{ ok: false as const, entries, line: where, problem },
  });
  for await (const text of lines) {
    line++;
    const entry = parseEntry(text);
    if (!begun) {
      if (isSame(entry, start)) begun = true;
      if (entry?.seq !== start.seq + 1 || entry.prev !== start.hash) continue;
      begun = true;
    }
    if (!entry) return wrong("not_an_entry");
    const body = SEALED.exec(text)![1]!;
    if (await digest(`${body}}`) !== entry.hash) return wrong("edited");
    if (entry.seq !== at.seq + 1 || entry.prev !== at.hash) {
      return wrong("out_of_order");
    }
    if (entry.seq === head.seq && entry.hash !== head.hash) {
      return wrong("rewritten");
    }
    if (entry.seq === end.seq && entry.hash !== end.hash) {
      return wrong("edited");
    }
    at = entry;
    entries++;
  }
  const must = Math.max(head.seq, end.seq);
  if (!begun && must > start.seq) return wrong("start_missing", 1);
  return must > at.seq ? wrong("cut_off", line + 1) : { ok: true, entries };
}

/** Whether `lines` go on from `from` without a break; what stands before it is passed over. */
export async function continues(
  from: ChainPoint,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<boolean> {
  let digest = await digestFor(0);
  let at = from;
  let count = 0;
  for await (const text of lines) {
    const entry = parseEntry(text);
    if (at === from && (!entry || entry.seq <= from.seq)) continue;
    if (
      entry?.seq !== at.seq + 1 || entry.prev !== at.hash ||
      await digest(`${SEALED.exec(text)![1]!}}`) !== entry.hash
    ) return false;
    at = entry;
    if (++count % SLICE === 0) {
      digest = await digestFor(count);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return true;
}

function isSame(entry: AuditEntry | undefined, point: ChainPoint): boolean {
  return entry?.seq === point.seq && entry.hash === point.hash;
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
