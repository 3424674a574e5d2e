/** Writes a rule for what a person allowed for good. @module */
import { sha256 } from "../../bytes.ts";
import { AuthsomeError } from "../../errors.ts";
import type { ApprovalRequest } from "../../policy/approver.ts";
import type { Rule } from "../../policy/rule.ts";
import type { Broker } from "../broker.ts";
import { acceptedDigest } from "../policy/accepted_digest.ts";
import { writePolicy } from "../policy/accept_policy.ts";

/** The shown path is the whole one: nothing replaced, nothing cut, and nothing that a rule reads as a pattern. */
const EXACT = /^\/[^*?[\]{}\\…\s]*$/;

/**
 * The narrowest rule that answers for `request` and those like it: this connection, method, host, path and operations.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if no rule can say that.
 */
export function allowRuleOf(
  { id, rule, provider, connection, method, host, path, operations }:
    ApprovalRequest,
): Rule {
  const [plain = ""] = path.split("?");
  if (!EXACT.test(plain) || provider === undefined) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "No rule can be written for exactly this path",
      "Write one of your own: authsome policy edit",
    );
  }
  const names = [...new Set(operations.map(({ name }) => name))];
  return {
    id: `allow-${id.replace(/^[^A-Za-z0-9]/, "0")}`,
    effect: "allow",
    provider,
    ...connection === undefined ? {} : { connection },
    method,
    host,
    path: plain,
    ...names.length > 0 && names.some((name) => name !== method)
      ? { operation: names }
      : {},
    answers: rule,
  };
}

/**
 * Adds the rule for `request` to `policy.json`, whole or not at all, and accepts it.
 *
 * @param inForce the digest of the file that holds in the run; empty for none.
 * @throws {AuthsomeError} `OperationNotAllowed` if somebody changed the file and the person has not accepted that, or no
 * rule can be written; `StoreUnavailable` or `InvalidPolicy` if the file cannot be used.
 */
export async function keepAllowRule(
  broker: Broker,
  request: ApprovalRequest,
  inForce?: string,
): Promise<void> {
  const rule = allowRuleOf(request);
  const host = await broker.runtime.policyFiles?.();
  if (!host) return;
  await host.exclusively(async () => {
    const text = await host.read(host.path);
    const digest = text === undefined ? "" : await sha256(text);
    // What the command of the run may have written must not be accepted with it.
    if (digest !== inForce && digest !== await acceptedDigest(broker)) {
      throw new AuthsomeError(
        "OperationNotAllowed",
        `${host.path} was changed, and the change is not accepted`,
        "Read it, then: authsome policy accept",
      );
    }
    await writePolicy(broker, await withRule(text, rule));
  });
}

/** `text` with one more rule at its end; its comments stay. */
async function withRule(
  text: string | undefined,
  rule: Rule,
): Promise<string> {
  if (text === undefined) {
    return JSON.stringify({ v: 1, rules: [rule] }, null, 2) + "\n";
  }
  const { applyEdits, modify } = await import("jsonc-parser");
  return applyEdits(
    text,
    modify(text, ["rules", -1], rule, {
      isArrayInsertion: true,
      formattingOptions: { insertSpaces: true, tabSize: 2 },
    }),
  );
}
