/** What is in the sealed messages between this machine and a phone: JSON. @module */
import { defined, parseObject } from "../../object.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  ApprovalScope,
} from "../../policy/approver.ts";

/** A phone's answer, before it is matched with what was asked. */
export interface RemoteAnswer {
  id: string;
  /** Of the request that was shown. */
  digest: string;
  decision: ApprovalAnswer["decision"];
  scope: ApprovalScope;
  /** Epoch milliseconds, by the clock of the phone. */
  at: number;
}

const VERSION = 1;
const SCOPES: readonly string[] = ["once", "10m", "run", "always"];
/** Ends a text that was cut. */
const CUT = "…";

/**
 * The request as text of at most `length` bytes in UTF-8. Only the beginning of the body is ever shortened: `undefined` if
 * what remains is too long, since nobody should allow what is not shown.
 */
export function requestText(
  { subject: _, ...request }: ApprovalRequest,
  length: number,
): string | undefined {
  const text = (shown: string | undefined) =>
    JSON.stringify({
      ...{ v: VERSION, kind: "request" },
      ...request,
      ...request.body && { body: defined({ ...request.body, shown }) },
    });
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const whole = text(request.body?.shown);
  if (bytes(whole) <= length) return whole;
  if (bytes(text(undefined)) > length) return undefined;
  // By whole characters: half of a pair is none.
  const shown = [...request.body!.shown!];
  let [fits, tooLong] = [0, shown.length];
  while (tooLong - fits > 1) {
    const half = (fits + tooLong) >> 1;
    if (bytes(text(shown.slice(0, half).join("") + CUT)) <= length) fits = half;
    else tooLong = half;
  }
  return text(fits === 0 ? undefined : shown.slice(0, fits).join("") + CUT);
}

/** Tells a phone that a request waits no more. */
export function closedText(id: string): string {
  return JSON.stringify({ v: VERSION, kind: "closed", id });
}

/** The answer in `text`, or `undefined` if it is none. */
export function readAnswer(text: string): RemoteAnswer | undefined {
  const { v, kind, id, digest, decision, scope, at } = parseObject(text) ?? {};
  if (
    v !== VERSION || kind !== "answer" || typeof id !== "string" ||
    typeof digest !== "string" || typeof scope !== "string" ||
    decision !== "allow" && decision !== "deny" || !SCOPES.includes(scope) ||
    !Number.isSafeInteger(at)
  ) return undefined;
  return {
    id,
    digest,
    decision,
    scope: scope as ApprovalScope,
    at: at as number,
  };
}
