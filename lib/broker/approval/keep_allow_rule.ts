/** Writes a rule for what a person allowed for good. @module */
import { parseObject } from "../../object.ts";
import type { ApprovalRequest } from "../../policy/approver.ts";
import type { Rule } from "../../policy/rule.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Broker } from "../broker.ts";

/** The narrowest rule that allows `request` again: this connection, method, host and path. */
export function allowRuleOf(
  { id, provider, connection, method, host, path, operations }: ApprovalRequest,
): Rule {
  return {
    id: `allow-${id}`,
    effect: "allow",
    ...provider === undefined ? {} : { provider },
    ...connection === undefined ? {} : { connection },
    method,
    host,
    path: path.replace(/\?.*$/s, ""),
    ...operations.length === 1 && operations[0]!.name !== method
      ? { operation: operations[0]!.name }
      : {},
  };
}

/**
 * Adds the rule for `request` to `policy.json`, whole or not at all.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the file cannot be read or written.
 */
export async function keepAllowRule(
  { runtime }: Broker,
  request: ApprovalRequest,
): Promise<void> {
  const file = runtime.policyFile;
  if (!file) {
    throw new AuthsomeError("OperationNotAllowed", "There is no policy.json");
  }
  const add = async () => {
    const text = await file.read();
    const policy = text === undefined ? { v: 1, rules: [] } : parseObject(text);
    if (!policy || !Array.isArray(policy.rules)) {
      throw new AuthsomeError(
        "StoreUnavailable",
        `Cannot use "${file.path}": it is damaged`,
        "authsome policy list",
      );
    }
    const rules = [...policy.rules, allowRuleOf(request)];
    await file.write(JSON.stringify({ ...policy, rules }, null, 2) + "\n");
  };
  await (file.exclusively ? file.exclusively(add) : add());
}
