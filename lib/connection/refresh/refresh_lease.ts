/**
 * The right to refresh one connection, held by one process at a time.
 *
 * It is a record of the vault, taken by compare and set, so no lock is held while the network is waited for. It ends when
 * its holder is killed: at once where that can be seen, else by its time. The same record remembers a failure, so that all processes wait together. See
 * `docs/decisions/refresh-lease.md`.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type { Clock, Processes } from "../../ports/system.ts";
import { defined } from "../../object.ts";
import type { Records } from "../connections.ts";
import { recordKeys } from "../record.ts";
import { counted } from "../../text.ts";

/** How long a lease lasts, in milliseconds: longer than a token request and the writes around it. */
export const LEASE_MS = 45_000;
/** Longest pause after failures, in milliseconds: what a server may ask for. */
const MAX_COOLDOWN_MS = 3_600_000;
const FIRST_COOLDOWN_MS = 5_000;
const GROWTH_LIMIT_MS = 60_000;

/** Where leases are kept, and the time. */
interface LeaseContext {
  readonly vault: Pick<Records, "get" | "put" | "delete" | "revision">;
  readonly clock: Clock;
  readonly profile: string;
  /** Tells whether the holder still runs. Absent: a lease ends by its time alone. */
  readonly processes?: Processes;
}

interface LeaseRecord {
  /** Id of the holder; empty if it is free. */
  owner: string;
  /** Name of the holder's process, where it has one. */
  process: string;
  /** Epoch milliseconds. */
  until: number;
  /** Revision of the connection whose refresh failed. */
  failed?: number;
  failures: number;
  /** Epoch milliseconds before which a refresh of that revision is not tried again. */
  retryAt: number;
  /** Why it failed, for messages. */
  reason: string;
}

/** The time after a failed refresh in which no process tries again. */
export interface RefreshPause {
  /** Epoch milliseconds. */
  retryAt: number;
  /** Why it failed, for messages. */
  reason: string;
}

/** What an attempt to take a lease came to. */
type LeaseAttempt =
  | { kind: "taken"; lease: Lease }
  /** `until` in epoch milliseconds; `pid` if the holder is a process of this machine. */
  | { kind: "held"; until: number; pid?: number }
  | ({ kind: "cooldown" } & RefreshPause);

const FREE: LeaseRecord = {
  owner: "",
  process: "",
  until: 0,
  failures: 0,
  retryAt: 0,
  reason: "",
};

/** Tries once to take the lease for refreshing `revision` of the connection. */
export async function takeLease(
  context: LeaseContext,
  connection: { provider: string; name: string; revision: number },
): Promise<LeaseAttempt> {
  const key = leaseKey(context.profile, connection);
  const { revision, record } = await read(context, key);
  const now = context.clock.now();
  // A time that no lease could have means that the clock was set back.
  if (record.owner && now < record.until && record.until - now <= LEASE_MS) {
    const holder = context.processes?.look(record.process);
    if (!holder?.hasEnded) {
      return {
        kind: "held",
        until: record.until,
        ...defined({ pid: holder?.pid }),
      };
    }
  }
  const pause = pauseIn(record, connection.revision, now);
  if (pause) return { kind: "cooldown", ...pause };
  const mine: LeaseRecord = {
    ...record,
    owner: crypto.randomUUID(),
    process: context.processes?.self() ?? "",
    until: now + LEASE_MS,
  };
  const taken = await context.vault.put(key, encode(mine), revision);
  return taken === undefined
    ? { kind: "held", until: mine.until }
    : { kind: "taken", lease: new Lease(context, key, taken, mine) };
}

/** For a person who waits: what for, and how long at most. */
export function waitsFor(
  { provider, name }: { provider: string; name: string },
  { until, pid }: { until: number; pid?: number },
  now: number,
): string {
  const holder = pid === undefined ? "another process" : `process ${pid}`;
  return `Waiting for ${holder}, which refreshes connection ${provider}/${name}, for ${
    counted(Math.max(1, Math.ceil((until - now) / 1000)), "second")
  } at most`;
}

/** Until when a refresh of `revision` is not tried again after a failure, and why it failed. */
export async function refreshPause(
  context: LeaseContext,
  connection: { provider: string; name: string; revision: number },
): Promise<RefreshPause | undefined> {
  const key = leaseKey(context.profile, connection);
  const { record } = await read(context, key);
  return pauseIn(record, connection.revision, context.clock.now());
}

function pauseIn(
  { failed, retryAt, reason }: LeaseRecord,
  revision: number,
  now: number,
): RefreshPause | undefined {
  const wait = retryAt - now;
  return failed === revision && wait > 0 && wait <= MAX_COOLDOWN_MS
    ? { retryAt, reason }
    : undefined;
}

/** A lease that is held. */
export class Lease {
  readonly #context: LeaseContext;
  readonly #key: string;
  readonly #revision: number;
  readonly #record: LeaseRecord;

  constructor(
    context: LeaseContext,
    key: string,
    revision: number,
    record: LeaseRecord,
  ) {
    this.#context = context;
    this.#key = key;
    this.#revision = revision;
    this.#record = record;
  }

  /** Gives it back, nothing to remember. */
  async release(): Promise<void> {
    await this.#context.vault.delete(this.#key, this.#revision);
  }

  /**
   * Gives it back after a failure.
   *
   * @param failed revision of the connection that is left alone for a while.
   * @param wait what the server asked for, in milliseconds.
   * @returns when it may be tried again, epoch milliseconds.
   */
  async fail(failed: number, reason: string, wait = 0): Promise<number> {
    const failures = this.#record.failed === failed
      ? this.#record.failures + 1
      : 1;
    const growing = Math.min(
      FIRST_COOLDOWN_MS * 2 ** Math.min(failures - 1, 10),
      GROWTH_LIMIT_MS,
    );
    const cooldown = Math.min(Math.max(growing, wait), MAX_COOLDOWN_MS);
    const retryAt = this.#context.clock.now() + cooldown;
    await this.#context.vault.put(
      this.#key,
      encode({ ...FREE, failed, failures, retryAt, reason }),
      this.#revision,
    );
    return retryAt;
  }
}

function leaseKey(
  profile: string,
  { provider, name }: { provider: string; name: string },
): string {
  return `${recordKeys(profile).root}lease/${encodeURIComponent(provider)}/${
    encodeURIComponent(name)
  }`;
}

async function read(
  { vault }: LeaseContext,
  key: string,
): Promise<{ revision: number; record: LeaseRecord }> {
  try {
    const found = await vault.get(key);
    return found
      ? { revision: found.revision, record: decode(found.text) }
      : { revision: 0, record: FREE };
  } catch (error) {
    if (!(error instanceof AuthsomeError) || error.code !== "RecordCorrupt") {
      throw error;
    }
    // A damaged lease counts as free.
    return { revision: await vault.revision(key) ?? 0, record: FREE };
  }
}

function encode(record: LeaseRecord): string {
  return JSON.stringify({
    v: 1,
    owner: record.owner,
    process: record.process || undefined,
    until: record.until,
    failed: record.failed,
    failures: record.failures,
    retry_at: record.retryAt,
    reason: record.reason,
  });
}

function decode(text: string): LeaseRecord {
  const { owner, process, until, failed, failures, retry_at, reason } = JSON
    .parse(text);
  const number = (value: unknown) => typeof value === "number" ? value : 0;
  const string = (value: unknown) => typeof value === "string" ? value : "";
  return {
    owner: string(owner),
    process: string(process),
    until: number(until),
    ...defined({ failed: typeof failed === "number" ? failed : undefined }),
    failures: number(failures),
    retryAt: number(retry_at),
    reason: string(reason),
  };
}
