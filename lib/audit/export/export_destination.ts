/** What a copy of the audit log is sent to. @module */
import type { AuditEntry } from "../chain.ts";

/** One line of the log and what it says. */
export interface ExportedEntry {
  line: string;
  entry: AuditEntry;
}

/** A receiver took the entries; `rejected` of them it said it does not keep. */
export interface Taken {
  rejected?: number;
}

/** Why a receiver did not take entries. */
export type ExportProblem =
  /** It was not reached, or asked to come again. */
  | "unreachable"
  | "busy"
  /** It does not let us in, or does not know what we send: a person has to look. */
  | "refused"
  /** A batch was too large for it. */
  | "too_large"
  /** There is no credential for it. */
  | "no_credential";

/** Entries were not taken. */
export class ExportError extends Error {
  override readonly name = "ExportError";

  /**
   * @param message what happened, for a person; never a secret.
   * @param retryAfter milliseconds that the receiver asked to wait.
   */
  constructor(
    readonly problem: ExportProblem,
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** A receiver of entries. */
export interface Destination {
  /** `otlp` or `syslog`. */
  readonly name: string;
  /** Host, or path of a socket. */
  readonly place: string;
  /**
   * Sends `entries`, in their order, and resolves when they are out of our hands.
   *
   * @throws {ExportError}
   */
  send(entries: readonly ExportedEntry[], signal: AbortSignal): Promise<Taken>;
}
