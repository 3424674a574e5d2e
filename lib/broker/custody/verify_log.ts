/** Whether the audit log is as it was written. @module */
import {
  type AuditVerdict,
  ORIGIN,
  pointOf,
  verifyAuditLog,
} from "../../audit/chain.ts";
import { decodeHead, HEAD_KEY, type LogHead } from "../../audit/log_head.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { headRecords } from "./head_records.ts";

/** How often a log is checked that others change meanwhile. */
const TRIES = 3;

/** What was found. */
export type LogVerdict =
  & (
    | AuditVerdict
    /** The chain holds now, and did not go on from entry `broken` when a process looked; or the vault had an older head. */
    | { ok: false; entries: number; broken: number; problem: "was_changed" }
  )
  & {
    /** Number of the first entry that must be there. */
    first: number;
    /** Number of the last entry that the vault knows, if there is a vault; 0: none yet. */
    known?: number;
    /** Why the vault could not be asked. */
    obstacle?: AuthsomeError;
  };

/**
 * Checks the chain, and that it is the one whose head is in the vault; nothing is written.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the log cannot be read.
 */
export async function verifyLog(broker: Broker): Promise<LogVerdict> {
  const { auditFile } = broker.runtime;
  let before: string | undefined;
  for (let tries = 1;; tries++) {
    // First what is known of the log: it may grow meanwhile.
    const { head, older, obstacle, asked } = await readHead(broker);
    const witness = await auditFile.witness();
    const verdict = await verifyAuditLog(auditFile.lines(), witness, head);
    const known = JSON.stringify(head);
    // It may also have been shortened: then the head says so.
    if (!verdict.ok && tries < TRIES && known !== before) {
      before = known;
      continue;
    }
    const about = {
      first: (head?.start.seq ?? 0) + 1,
      ...asked && { known: head?.head.seq ?? 0 },
      ...obstacle && { obstacle },
    };
    const broken = head?.broken ?? (older ? head?.head : undefined);
    if (verdict.ok && broken) {
      const { entries } = verdict;
      return {
        ...{ ok: false, entries, broken: broken.seq, problem: "was_changed" },
        ...about,
      };
    }
    return { ...verdict, ...about };
  }
}

/** The head, if there is a vault that opens. A vault is not made for it. */
async function readHead(broker: Broker): Promise<{
  head?: LogHead;
  older?: boolean;
  obstacle?: AuthsomeError;
  /** Whether the vault was asked. */
  asked: boolean;
}> {
  if (!(broker.runtime.hasStore?.() ?? true)) return { asked: false };
  try {
    const records = headRecords(await broker.vault(), await broker.store());
    const found = await records.get(HEAD_KEY);
    return found
      ? {
        head: decodeHead(found.text),
        older: found.older ?? false,
        asked: true,
      }
      : { asked: true };
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return { obstacle: error, asked: false };
  }
}

/**
 * Takes the log for unchanged from now on: an entry says so, and what stands before it is not checked any more.
 *
 * @param what what was found, for the entry.
 * @throws {AuthsomeError} `StoreUnavailable` or `MasterKeyUnavailable` if the log or the vault cannot be used.
 */
export async function acceptLog(broker: Broker, what: string): Promise<void> {
  await broker.vault();
  const audit = await broker.acceptingAudit();
  const { profile } = broker;
  audit.record({ event: "accept", profile, ok: true, detail: what });
  await audit.flush();
  const { obstacle, head = { head: ORIGIN } } = await readHead(broker);
  const last = pointOf(await broker.runtime.auditFile.witness());
  if (!obstacle && head.head.seq >= last.seq) return;
  throw obstacle ?? new AuthsomeError(
    "StoreUnavailable",
    "Cannot accept the audit log: the vault could not be written",
    "authsome doctor",
  );
}
