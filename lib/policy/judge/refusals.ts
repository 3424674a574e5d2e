/** How rules refuse. @module */
import { defined } from "../../object.ts";
import type { Operation } from "../../operation/operation.ts";
import type { Refusal } from "../../request/refusal.ts";
import { truncate } from "../../text.ts";
import type { Rule } from "../rule.ts";

/** The ids of what refuses and is no rule of a file. */
export const DEFAULT_ID = "default";
export const READ_ONLY_ID = "read-only";
export const MAX_USD_ID = "max-usd";

/** What of a request a refusal names. */
export interface Refused {
  method: string;
  host: string;
  /** Without the query. */
  path: string;
  provider?: string;
  connection?: string;
  operations?: readonly Operation[];
}

/** Names of operations, for messages and the audit log. */
export function namesOf(
  operations: readonly Operation[] | undefined,
): string | undefined {
  if (!operations || operations.length === 0) return undefined;
  const names = [...new Set(operations.map(({ name }) => name))];
  const more = names.length - 5;
  return truncate(
    names.slice(0, 5).join(", ") + (more > 0 ? ` and ${more} more` : ""),
    300,
  );
}

/** The refusal by a rule that denies, or by the default. */
export function deniedBy(rule: Rule | undefined, request: Refused): Refusal {
  if (rule?.id === READ_ONLY_ID) return readOnly(rule, request);
  const what = whatOf(request);
  return refusal(request, {
    reason: "rule",
    rule: rule?.id ?? DEFAULT_ID,
    message: rule
      ? `The rule "${rule.id}" denies ${what}${because(rule)}`
      : `No rule allows ${what}, and the rules deny everything else`,
    hint: rule
      ? "Only the person can change it: authsome policy edit"
      : "Only the person can allow it, by a rule: authsome policy edit",
  });
}

/** Says whether the operation writes or nobody knows it. */
function readOnly(rule: Rule, request: Refused): Refusal {
  const written = request.operations?.filter(({ reads }) => reads !== true) ??
    [];
  const writes = written.filter(({ reads }) => reads === false);
  const { provider = request.host } = request;
  const what = writes.length > 0
    ? `${namesOf(writes)} of ${provider} writes`
    : `nobody knows whether ${
      namesOf(written) ?? whatOf(request)
    } of ${provider} only reads`;
  return refusal(request, {
    reason: "rule",
    rule: rule.id,
    message: `This run only reads, and ${what}`,
    hint:
      "Only the person can let it write: authsome run without --read-only; no rule that allows overrides it",
  });
}

/** The refusal of a request that a person was asked about. */
export function unapproved(
  rule: Rule | undefined,
  request: Refused,
  why: "denied" | "timeout" | "nobody",
): Refusal {
  const id = rule?.id ?? DEFAULT_ID;
  const what = whatOf(request);
  const asked = rule
    ? `The rule "${id}" asks about ${what}${because(rule)}`
    : `The rules ask about ${what}`;
  const said = {
    denied: "the person said no",
    timeout: "nobody answered in time",
    nobody: "nobody can be asked here",
  }[why];
  return refusal(request, {
    reason: "approval",
    rule: id,
    message: `${asked}, and ${said}`,
    hint: {
      denied: "Do without it, or ask the person why",
      timeout: "Try again when the person is there: authsome approve",
      nobody:
        "Run the command where a person can answer, or change the rule: authsome policy edit",
    }[why],
    ...defined({ retryAfter: why === "timeout" ? RETRY_S : undefined }),
  });
}

/** After nobody answered. Seconds. */
const RETRY_S = 60;

/** The refusal of a request after a limit. `retryAfter` is in seconds. */
export function limited(
  rule: Rule,
  request: Refused,
  { what, retryAfter }: { what: string; retryAfter?: number },
): Refusal {
  return {
    ...refusal(request, {
      reason: "limit",
      rule: rule.id,
      message: `The limit "${rule.id}" is reached: ${what}${because(rule)}`,
      hint: retryAfter === undefined
        ? "It holds until this run ends; only the person can raise it: authsome policy edit"
        : `Wait ${retryAfter} s`,
    }),
    status: retryAfter === undefined ? 403 : 429,
    ...defined({ retryAfter }),
  };
}

/** The refusal of everything while the rules cannot be read. */
export function unreadableRules(
  request: Refused,
  error: { message: string; hint: string },
): Refusal {
  return refusal(request, {
    reason: "rule",
    message:
      `The rules cannot be read, so nothing is allowed: ${error.message}`,
    hint: error.hint,
  });
}

function refusal(
  { provider, connection, operations }: Refused,
  given: Omit<Refusal, "status">,
): Refusal {
  return {
    status: 403,
    ...given,
    ...defined({ provider, connection, operation: namesOf(operations) }),
  };
}

function because({ reason }: Rule): string {
  return reason === undefined ? "" : ` (${reason.replace(/\.$/, "")})`;
}

function whatOf({ method, host, path, operations }: Refused): string {
  const name = namesOf(operations);
  const request = `${method} ${host}${truncate(path, 200)}`;
  return name === undefined || name === method
    ? request
    : `${name} (${request})`;
}
