/** A request that waits, and the answer to it, as a record of the vault: versioned JSON, sealed as every record is. @module */
import { defined, isObject, parseObject } from "../object.ts";
import type { ApprovalAnswer, ApprovalRequest } from "../policy/approver.ts";
import type { ProcessMark } from "../ports/system.ts";

const VERSION = 1;
/** Of every profile: who answers sees all that wait. */
export const APPROVALS = "approval/";

const SCOPES: readonly unknown[] = ["once", "10m", "run", "always"];
const PLACES: readonly unknown[] = ["terminal", "page", "phone", "command"];

/** An answer that came through the vault. */
export interface RecordedAnswer extends ApprovalAnswer {
  /** That of the request that the person saw. */
  digest: string;
  /** The process that wrote it. */
  answerer: ProcessMark;
}

/** What is kept while a request waits. */
export interface ApprovalRecord {
  request: ApprovalRequest;
  /** The process that asks. */
  asker: ProcessMark;
  /** Names of the channels that were asked. */
  asked: readonly string[];
  answer?: RecordedAnswer;
}

/** The key of the record of request `id`. */
export function approvalKey(id: string): string {
  return APPROVALS + encodeURIComponent(id);
}

/** The text of a record. */
export function encodeApproval(record: ApprovalRecord): string {
  return JSON.stringify({ v: VERSION, ...record });
}

/** Reads what {@linkcode encodeApproval} wrote; `undefined` if it is something else, or of another version. */
export function decodeApproval(text: string): ApprovalRecord | undefined {
  const { v, request, asker, asked, answer } = parseObject(text) ?? {};
  if (
    v !== VERSION || !isRequest(request) || !isMark(asker) || !isNames(asked) ||
    answer !== undefined && !isAnswer(answer)
  ) return undefined;
  return { request, asker, asked, ...defined({ answer }) };
}

function isRequest(value: unknown): value is ApprovalRequest {
  return isObject(value) &&
    [
      ...["id", "run", "rule", "profile", "program", "folder"],
      ...["method", "host", "path", "digest", "subject"],
    ].every((name) => typeof value[name] === "string") &&
    typeof value.at === "number" && typeof value.expires === "number" &&
    Array.isArray(value.operations) &&
    value.operations.every((each) =>
      isObject(each) && typeof each.name === "string"
    ) &&
    (value.body === undefined || isObject(value.body));
}

function isAnswer(value: unknown): value is RecordedAnswer {
  return isObject(value) &&
    (value.decision === "allow" || value.decision === "deny") &&
    SCOPES.includes(value.scope) && PLACES.includes(value.by) &&
    typeof value.at === "number" && typeof value.digest === "string" &&
    isMark(value.answerer);
}

function isMark(value: unknown): value is ProcessMark {
  return isObject(value) && Number.isSafeInteger(value.pid) &&
    typeof value.started === "string" &&
    (value.place === undefined || typeof value.place === "string");
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) &&
    value.every((each) => typeof each === "string");
}
