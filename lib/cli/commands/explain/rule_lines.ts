/** What rules say of a request, for a person and for a program. @module */
import type { RulesSay } from "../../../request/control/rules_say.ts";

/** The fields of JSON. */
export function describeRules(
  rules: RulesSay | undefined,
): Record<string, unknown> | null {
  if (!rules) return null;
  const { decision, rule, operation, limits, wantsBody } = rules;
  return {
    decision,
    rule: rule ?? null,
    operation: operation ?? null,
    limits,
    wants_body: wantsBody,
  };
}

/** Lines with a name before each. */
export function ruleLines(rules: RulesSay | undefined): [string, string][] {
  if (!rules) return [];
  const { decision, rule, operation, limits, wantsBody } = rules;
  return [
    ...operation === undefined
      ? []
      : [["operation", operation] satisfies [string, string]],
    [
      "rule",
      `${rule ?? "none"} (${decision})${
        wantsBody ? ", as far as it can be known without its body" : ""
      }`,
    ],
    ...limits.map(({ rule, limit }): [string, string] => [
      "limit",
      `${rule}: ${limit}`,
    ]),
  ];
}
