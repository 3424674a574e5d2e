/** How far a rule, or its condition, matches a request. @module */
import type { Facts } from "./facts.ts";

/** `body`: that is to be read first. */
export type Match = "yes" | "no" | "body";

/** A condition that was checked. */
export interface Condition {
  /** Whether it needs nothing but what is known of a tunnel. */
  tunnels: boolean;
  /**
   * Whether it is true: for what a server may take the request for, or, if `surely`, for all of it. What fails is true
   * for the one and not for the other.
   */
  matches(facts: Facts, surely: boolean): Match;
}
