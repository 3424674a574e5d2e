/** The rule of `--read-only`. @module */
import type { Rule } from "../rule.ts";
import { READ_ONLY_ID } from "./refusals.ts";

/** Denies every request with a credential that is not known to read only. They join the rules of the file. */
export function readOnlyRules(): Rule[] {
  return [{ id: READ_ONLY_ID, effect: "deny", reads: false }];
}
