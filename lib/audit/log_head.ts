/**
 * The head of the audit log in the vault: how far the log reaches and by which hash, sealed with the vault's data key. A
 * log that was cut off, or a chain that was made anew, does not have that entry.
 *
 * Invariant: the head is written after the entry that it names is on disk, and moves only along the chain. So the log may
 * be ahead of it, after a crash or where a process wrote that had not opened the vault, and is never behind.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import { isObject, parseObject } from "../object.ts";
import type { AuditTail } from "../ports/home_files.ts";
import { type ChainPoint, continues, ORIGIN, pointOf } from "./chain.ts";

/** The key of the record that has it. */
export const HEAD_KEY = "vault/audit";

/** How often a head that others move is tried to be moved. */
const TRIES = 8;

/** What the vault knows of the log. */
export interface LogHead {
  /** The entry before the first that must be there: those up to it were removed, or accepted as they are. */
  start: ChainPoint;
  /** An entry that was written. */
  head: ChainPoint;
  /** The head that the log did not go on from when a process looked: the log was changed before. */
  broken?: ChainPoint;
}

/** The records of an opened vault. */
export interface HeadRecords {
  /** `older`: this machine remembers that a newer one was there. */
  get(
    key: string,
  ): Promise<{ revision: number; text: string; older?: boolean } | undefined>;
  put(
    key: string,
    text: string,
    expected: number,
  ): Promise<number | undefined>;
  revision(key: string): Promise<number | undefined>;
}

/** The text of the record. */
export function encodeHead({ start, head, broken }: LogHead): string {
  return JSON.stringify({ v: 1, start, head, ...broken && { broken } });
}

/** Reads it. Throws {@linkcode AuthsomeError} `RecordCorrupt` if it is none. */
export function decodeHead(text: string): LogHead {
  const { v, start, head, broken } = parseObject(text) ?? {};
  if (
    v !== 1 || !isPoint(start) || !isPoint(head) ||
    broken !== undefined && !isPoint(broken)
  ) {
    throw new AuthsomeError(
      "RecordCorrupt",
      "Cannot read the head of the audit log in the vault: it is of another version",
      "authsome upgrade",
    );
  }
  return { start, head, ...broken && { broken } };
}

function isPoint(value: unknown): value is ChainPoint {
  return isObject(value) && Number.isSafeInteger(value.seq) &&
    (value.seq as number) >= 0 && typeof value.hash === "string" &&
    /^[0-9a-f]{64}$/.test(value.hash);
}

/** Keeps the head in step with what one process writes. */
export class HeadKeeper {
  readonly #open: () => Promise<HeadRecords | undefined>;
  /** The last entry that is known to follow from the head in the vault. */
  #trusted: ChainPoint | undefined;
  #known: { revision: number; head: LogHead | undefined } | undefined;
  #broken: ChainPoint | undefined;
  #start: ChainPoint | undefined;
  /** Whether nothing that the vault knows counts, from now on or from what was added. */
  #accepting: boolean;
  #accepted = false;

  /**
   * @param open the vault, if this process has opened it. It is never opened for the log alone.
   * @param accept whether the log is taken as it is, whatever the vault knows of it.
   */
  constructor(open: () => Promise<HeadRecords | undefined>, accept = false) {
    this.#open = open;
    this.#accepting = accept;
  }

  /** Whether the vault is open in this process. */
  async isOpen(): Promise<boolean> {
    return await this.#open() !== undefined;
  }

  /** Reads the head, if that was not done. It may be older by the time of {@linkcode HeadKeeper.look}, and does as well. */
  async prepare(): Promise<void> {
    if (!this.#known) await this.#read();
  }

  /**
   * Looks at the log before something is added: whether it goes on from what is trusted.
   *
   * @returns the entry that the log must reach; `undefined` if none is known.
   */
  async look(
    last: string | undefined,
    tail: AuditTail,
  ): Promise<ChainPoint | undefined> {
    if (!this.#known) return undefined;
    for (let tries = 1;; tries++) {
      const from = this.#trusted ??= this.#known!.head?.head;
      if (!from || this.#accepting || await goesOn(from, last, tail)) {
        return from;
      }
      // Others may have removed entries since: before they do, they move the head past them.
      const newer = tries < TRIES ? await this.#headAfter(from) : undefined;
      if (!newer) {
        this.#broken ??= from;
        return from;
      }
      this.#trusted = newer;
    }
  }

  /** The head that is in the vault now, if it is one of after `point`. */
  async #headAfter(point: ChainPoint): Promise<ChainPoint | undefined> {
    const before = this.#known;
    if (!await this.#read()) {
      this.#known = before;
      return undefined;
    }
    const head = this.#known?.head?.head;
    return head && head.seq > point.seq ? head : undefined;
  }

  /** Notes what was added, and where: behind `before`. */
  added(before: ChainPoint, last: ChainPoint): void {
    if (!this.#known) return;
    this.#trusted = last;
    if (!this.#accepting) return;
    this.#accepting = false;
    this.#accepted = true;
    this.#start = before;
    this.#broken = undefined;
  }

  /** Entries up to `start` are to be removed: the next {@linkcode HeadKeeper.write} says so. */
  beginAfter(start: ChainPoint): void {
    this.#start = start;
  }

  /**
   * Moves the head in the vault to the last entry that was added.
   *
   * @returns the entry before the first that the vault now asks for; `undefined` if the vault was not written: a process
   * that opens it later does it.
   */
  async write(): Promise<ChainPoint | undefined> {
    try {
      const records = await this.#open();
      for (let tries = 0; records && this.#known && tries < TRIES; tries++) {
        const { revision, head } = this.#known;
        const next = this.#next(head);
        if (!next) return head?.start;
        const done = await records.put(HEAD_KEY, encodeHead(next), revision);
        if (done !== undefined) {
          this.#known = { revision: done, head: next };
          this.#start = this.#broken = undefined;
          this.#accepted = false;
          return next.start;
        }
        await this.#read();
      }
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
    }
    return undefined;
  }

  /** What is to be written; `undefined` if another process has written as much. */
  #next(before: LogHead | undefined): LogHead | undefined {
    const last = this.#trusted;
    if (!last) return undefined;
    const old: LogHead = this.#accepted || !before
      ? { start: ORIGIN, head: ORIGIN }
      : before;
    const head = last.seq > old.head.seq ? last : old.head;
    const start = this.#start && this.#start.seq > old.start.seq
      ? this.#start
      : old.start;
    const broken = old.broken ?? this.#broken;
    if (head === old.head && start === old.start && broken === old.broken) {
      return undefined;
    }
    return { start, head, ...broken && { broken } };
  }

  /** Reads the head; says whether the vault is open and has a head that can be read, or none. */
  async #read(): Promise<boolean> {
    const lenient = this.#accepting || this.#accepted;
    try {
      const records = await this.#open();
      if (!records) return false;
      const revision = lenient
        ? await records.revision(HEAD_KEY) ?? 0
        : undefined;
      const found = await records.get(HEAD_KEY).catch((error) => {
        if (!lenient) throw error;
        return undefined;
      });
      const head = found &&
        (lenient ? headIn(found.text) : decodeHead(found.text));
      if (found?.older && !lenient) this.#broken ??= head!.head;
      this.#known = { revision: revision ?? found?.revision ?? 0, head };
      return true;
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      // The log is written all the same; a check of it says what is wrong with the record.
      this.#known = undefined;
      return false;
    }
  }
}

async function goesOn(
  from: ChainPoint,
  last: string | undefined,
  { after }: AuditTail,
): Promise<boolean> {
  const end = pointOf(last);
  // Cut off: what is added goes on from the trusted entry all the same, and the gap stays.
  if (end.seq < from.seq || end.hash === from.hash) return true;
  return end.seq > from.seq && await continues(from, after(from.seq));
}

function headIn(text: string): LogHead | undefined {
  try {
    return decodeHead(text);
  } catch {
    return undefined;
  }
}
