/** @module */
import type { Refusal } from "../refusal.ts";

/** What rules say of a request. Nothing is counted, and nobody is asked. */
export interface RulesSay {
  decision: "allow" | "ask" | "deny";
  /** Absent: nothing is against it. */
  rule?: string;
  /** Names of the operations. */
  operation?: string;
  /** What is counted, by rule: `20 requests in 60 seconds`. */
  limits: readonly { rule: string; limit: string }[];
  /** Whether its body decides, of which nothing is known. */
  wantsBody: boolean;
  /** How it is refused, if it is. */
  refusal?: Pick<Refusal, "message" | "hint">;
}
