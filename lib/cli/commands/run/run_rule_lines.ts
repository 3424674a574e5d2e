/** The rules of a run, as `run --dry-run` prints them. @module */
import type { ForeseenRules } from "../../../broker/policy/foresee.ts";
import type { RunRules } from "../../../broker/policy/live_rules.ts";
import { counted } from "../../../text.ts";

/** The fields of JSON. */
export function describeRunRules(
  rules: ForeseenRules | undefined,
): Record<string, unknown> | null {
  return rules
    ? {
      count: rules.count,
      default: rules.default,
      files: rules.files.map(({ path, digest }) => ({ path, sha256: digest })),
    }
    : null;
}

/** Lines with a name before each. */
export function runRuleLines(
  rules: ForeseenRules | undefined,
  { readOnly, maxUsd }: RunRules,
): [string, string][] {
  if (!rules) return [];
  const { count, files } = rules;
  const lines: [string, string][] = files.map(({ path }) => ["rules", path]);
  if (readOnly) {
    lines.push(["rules", "only what is known to read (--read-only)"]);
  }
  if (maxUsd !== undefined) {
    lines.push(["rules", `at most US$ ${maxUsd} for models (--max-usd)`]);
  }
  lines.push([
    "rules",
    `${counted(count, "rule")}, and ${
      WORDS[rules.default]
    } what gets a credential and no rule is about`,
  ]);
  return lines;
}

const WORDS = { allow: "allow", ask: "ask about", deny: "deny" };
