/** The rules of a run, ready to judge requests. @module */
import type { Condition } from "../match/match.ts";
import type {
  DefaultEffect,
  EffectivePolicy,
  PlacedRule,
} from "../file/effective.ts";
import {
  type CompiledRule,
  compileRule,
  type Destination,
} from "../match/matcher.ts";
import { type Effect, EFFECTS } from "../rule.ts";

/** The rules that are about a destination, by effect. */
export type Concerned = Readonly<Record<Effect, readonly CompiledRule[]>>;

/** Most destinations whose rules are kept ready. */
const MAX_KEPT = 1_000;

/** Rules that were read. */
export interface CompiledPolicy {
  readonly default: DefaultEffect;
  /** Whether there is nothing to judge. */
  readonly isEmpty: boolean;
  readonly rules: readonly CompiledRule[];
  /** The rules that are about a destination. */
  concerning(destination: Destination): Concerned;
}

/** Prepares the rules of `policy`, which were checked. Loads CEL if one has a condition. */
export async function compilePolicy(
  policy: EffectivePolicy,
): Promise<CompiledPolicy> {
  const readCondition = policy.rules.some(({ rule }) => rule.when !== undefined)
    ? (await import("../cel/condition.ts")).readCondition
    : undefined;
  const rules = policy.rules.map((placed) => {
    const { rule } = placed;
    const condition: Condition | undefined = rule.when === undefined
      ? undefined
      : readCondition!(rule.when);
    return compileRule(rule, {
      key: keyOf(placed),
      ...condition && { condition },
    });
    // So that what stands first in a file changes nothing.
  }).sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  const kept = new Map<string, Concerned>();
  return {
    default: policy.default,
    isEmpty: rules.length === 0 && policy.default === "allow",
    rules,
    concerning(destination) {
      const { host, provider, connection } = destination;
      const key = `${host}\0${provider ?? ""}\0${connection ?? ""}`;
      let found = kept.get(key);
      if (!found) {
        const about = rules.filter((rule) => rule.concerns(destination));
        found = Object.fromEntries(EFFECTS.map((effect) => [
          effect,
          about.filter(({ rule }) => rule.effect === effect),
        ])) as Record<Effect, CompiledRule[]>;
        if (kept.size >= MAX_KEPT) kept.clear();
        kept.set(key, found);
      }
      return found;
    },
  };
}

function keyOf({ rule, file = "", section }: PlacedRule): string {
  return [rule.id, file, section].join("\0");
}
