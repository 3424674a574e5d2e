/** What judges the requests of a run. @module */
import type { Operation, OperationReading } from "../../operation/operation.ts";
import type { EffectivePolicy } from "../../policy/file/effective.ts";
import {
  type CompiledPolicy,
  compilePolicy,
} from "../../policy/judge/compiled_policy.ts";
import type { UnreadablePolicy } from "../../policy/judge/policy_control.ts";
import { AuthsomeError } from "../../errors.ts";
import type { ControlledRequest } from "../../request/control/control.ts";

export { LimitCounters } from "../../policy/judge/limit_counters.ts";
export { policyControl } from "../../policy/judge/policy_control.ts";
export type { PolicyControlOptions } from "../../policy/judge/policy_control.ts";
export { readOnlyRules } from "../../policy/judge/read_only.ts";
export { joined, ownRules } from "../../policy/file/effective.ts";

/** The rules that `read` gives, ready to judge; what cannot be read allows nothing. */
export async function compiledOr(
  read: () => Promise<EffectivePolicy>,
): Promise<CompiledPolicy | UnreadablePolicy> {
  try {
    return await compilePolicy(await read());
  } catch (error) {
    return {
      unreadable: error instanceof AuthsomeError
        ? { message: error.message, hint: error.hint }
        : {
          message: "the file failed to be read",
          hint: "authsome policy list",
        },
    };
  }
}

/** What methods alone say: for requests of which no definition says more. */
export function operationByMethod(
  { head: { method } }: ControlledRequest,
): OperationReading {
  const operation: Operation = ["GET", "HEAD", "OPTIONS"].includes(method)
    ? { name: method, reads: true }
    : { name: method };
  return { kind: "known", operations: [operation] };
}
