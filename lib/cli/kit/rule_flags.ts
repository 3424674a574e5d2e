/** The rules that hold for one run: the flags of `run`, and of `explain`, which shows what `run` would do. @module */
import type { RunRules } from "../../broker/policy/live_rules.ts";
import { defined } from "../../object.ts";
import { option, toggle } from "./define_command.ts";

/** Values of {@linkcode RULE_FLAGS}. */
export type RuleFlags = RunRules;

/** Flags that add rules. */
export const RULE_FLAGS = {
  readOnly: toggle("Refuse what is not known to only read"),
  policyFile: option("Hold to the rules of this file too", "file", "file"),
  maxUsd: {
    kind: "parsed",
    parse: dollars,
    brief: "Refuse requests once models have cost so much, in US dollars",
    placeholder: "n",
  },
} as const;

/** The rules that flags ask for. */
export function rulesOf(
  { readOnly, policyFile, maxUsd }: RuleFlags,
): RunRules {
  return defined({ readOnly: readOnly || undefined, policyFile, maxUsd });
}

function dollars(text: string): number {
  const usd = /^\d{1,9}(?:\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (usd > 0) return usd;
  throw new RangeError("it is not a number of US dollars above 0");
}
