/** What judges the requests of a run. @module */
import { defined } from "../../object.ts";
import type { OperationReading } from "../../operation/operation.ts";
import { operationOf } from "../../operation/operation_of.ts";
import type { OperationsDefinition } from "../../provider/operations/operations_definition.ts";
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
export { maxUsdRules, readOnlyRules } from "../../policy/judge/read_only.ts";
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

/** What requests ask their APIs to do, by the definitions of providers; `definitionOf` is asked by name at each request. */
export function operationsBy(
  definitionOf: (provider: string) => OperationsDefinition | undefined,
): (request: ControlledRequest) => OperationReading {
  return ({ authority, head, provider, paths }) => {
    const definition = provider === undefined
      ? undefined
      : definitionOf(provider);
    return operationOf({
      host: authority.host,
      head,
      ...defined({
        definition: paths === "git" ? withGit(definition) : definition,
      }),
    });
  };
}

const SILENT: OperationsDefinition = {};
const git = new WeakMap<OperationsDefinition, OperationsDefinition>();

/** `definition` of a route that serves nothing but git, whose requests name their operation. */
function withGit(
  definition: OperationsDefinition = SILENT,
): OperationsDefinition {
  let made = git.get(definition);
  if (!made) {
    const { protocols = [] } = definition;
    made = {
      ...definition,
      protocols: [
        ...protocols,
        {
          ...{ protocol: "git", path: "/**" },
          source: "https://git-scm.com/docs/gitprotocol-http",
        },
      ],
    };
    git.set(definition, made);
  }
  return made;
}
