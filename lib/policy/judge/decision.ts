/** What the rules say of a request, without asking or counting. @module */
import type { Match } from "../match/match.ts";
import type { CompiledRule } from "../match/matcher.ts";
import { type Facts, MAX_BODY } from "../match/facts.ts";
import type { CompiledPolicy, Concerned } from "./compiled_policy.ts";

/** What the rules say. */
export type Decision =
  | { kind: "deny"; rule?: CompiledRule }
  /** Without a rule: the default asks. */
  | { kind: "ask"; rule?: CompiledRule; limits: readonly CompiledRule[] }
  /** With the rule that says so, if one does, and what is counted. */
  | { kind: "allow"; rule?: CompiledRule; limits: readonly CompiledRule[] }
  /** The body is to be read first, up to so many bytes. */
  | { kind: "body"; limit: number };

/** The rules that are about the destination of `facts`. */
export function concernedBy(policy: CompiledPolicy, facts: Facts): Concerned {
  const { provider, connection } = facts.request;
  return policy.concerning({
    host: facts.host,
    ...provider !== undefined && { provider },
    ...connection !== undefined && { connection },
  });
}

/**
 * Deny over ask over limit over allow; `default` for what gets a credential and that no rule asks about or allows. Limits
 * only restrict: a request that is asked about or allowed is counted by each that matches it.
 */
export function decide(policy: CompiledPolicy, facts: Facts): Decision {
  const { deny, ask, limit, allow } = concernedBy(policy, facts);
  const open = facts.body === undefined;
  const first = found(deny, facts);
  if (first.yes) return { kind: "deny", rule: first.yes };
  if (first.body) return body(facts);
  const limits: CompiledRule[] = [];
  for (const rule of limit) {
    const match = rule.matches(facts);
    if (match === "body") return body(facts);
    if (match === "yes") limits.push(rule);
  }
  const asking = found(ask, facts);
  // The person sees the body, and the answer is bound to it.
  if (open && (asking.yes || asking.body)) return body(facts);
  if (asking.yes) return { kind: "ask", rule: asking.yes, limits };
  const isDefault = facts.request.provider !== undefined;
  const effect = isDefault ? policy.default : "allow";
  const allowed = found(allow, facts);
  if (allowed.yes) return { kind: "allow", rule: allowed.yes, limits };
  if (allowed.body && effect !== "allow") return body(facts);
  if (effect === "allow") return { kind: "allow", limits };
  if (effect === "deny") return { kind: "deny" };
  return open ? body(facts) : { kind: "ask", limits };
}

/** The first rule that matches, or whether one may once the body was read. */
function found(
  rules: readonly CompiledRule[],
  facts: Facts,
): { yes?: CompiledRule; body: boolean } {
  let waits = false;
  for (const rule of rules) {
    const match: Match = rule.matches(facts);
    if (match === "yes") return { yes: rule, body: waits };
    if (match === "body") waits = true;
  }
  return { body: waits };
}

function body(facts: Facts): Decision {
  const named = facts.request.provider === undefined ? 0 : facts.operationLimit;
  return { kind: "body", limit: Math.max(named, MAX_BODY) };
}
