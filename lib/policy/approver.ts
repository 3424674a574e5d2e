/** Whom rules of the effect `ask` ask. @module */
import type { Operation } from "../operation/operation.ts";

/** A request that waits for a person. No secret is in it. */
export interface ApprovalRequest {
  /** 128 random bits, base64url. An answer is for this request alone. */
  id: string;
  /** The run that asks. */
  run: string;
  /** Epoch milliseconds. */
  at: number;
  /** When it counts as denied, epoch milliseconds. */
  expires: number;
  /** The rule that asks. */
  rule: string;
  profile: string;
  provider?: string;
  connection?: string;
  /** Name of the program that was run, without its arguments. */
  program: string;
  /** The working folder. */
  folder: string;
  method: string;
  host: string;
  /** Only where it is not 443. */
  port?: number;
  /** With the names of the query's parameters, whose values may be secret. */
  path: string;
  /** SHA-256 of method, authority, whole target and body, hex: what the answer is bound to. */
  digest: string;
  /**
   * SHA-256, hex, of what an answer for more than this request is for: profile, rule, connection, method, authority, path
   * and operations, all of them whole.
   */
  subject: string;
  operations: readonly Operation[];
  body?: {
    /** In bytes; absent: it could not be read first. */
    size?: number;
    /** SHA-256, hex. */
    sha256?: string;
    /** `Content-Type`. */
    type?: string;
    /** The beginning, what looks like a secret replaced. */
    shown?: string;
  };
}

/** How far an answer goes: this request, ten minutes, this run, or for good, as a rule. */
export type ApprovalScope = "once" | "10m" | "run" | "always";

/** What a person said. */
export interface ApprovalAnswer {
  decision: "allow" | "deny";
  scope: ApprovalScope;
  /** Where it was said. */
  by: "terminal" | "page" | "phone" | "command";
  /** Epoch milliseconds. */
  at: number;
}

/** Asks a person. */
export interface Approver {
  /**
   * The first answer of all channels; `undefined` if none came in time. Never throws.
   *
   * @param signal aborts when nobody waits for the answer any more.
   */
  ask(
    request: ApprovalRequest,
    signal?: AbortSignal,
  ): Promise<ApprovalAnswer | undefined>;
}
