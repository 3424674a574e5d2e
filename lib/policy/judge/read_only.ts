/** The rules of `--read-only` and `--max-usd`. @module */
import type { Rule } from "../rule.ts";
import { MAX_USD_ID, READ_ONLY_ID } from "./refusals.ts";

/** Denies every request with a credential that is not known to read only. They join the rules of the file. */
export function readOnlyRules(): Rule[] {
  return [{ id: READ_ONLY_ID, effect: "deny", reads: false }];
}

/** Refuses every request of the run once its models have cost `usd`. */
export function maxUsdRules(usd: number): Rule[] {
  return [{ id: MAX_USD_ID, effect: "limit", limit: { usd } }];
}
