/** What Argon2 may cost; without the function itself. @module */

/** What one derivation costs. */
export interface Argon2Cost {
  /** KiB. At least 8 for each lane. */
  memory: number;
  /** Passes over the memory, at least 1. */
  iterations: number;
  /** Lanes, at least 1. They are computed one after the other. */
  parallelism: number;
}

/** The most that a stored cost may ask for: a changed file must not make authsome take the memory of the machine. */
export const MAX_ARGON2_COST: Argon2Cost = {
  memory: 1 << 20,
  iterations: 16,
  parallelism: 16,
};

/** What is wrong with `cost`, or `undefined`. */
export function argon2CostProblem(cost: Argon2Cost): string | undefined {
  for (const name of ["memory", "iterations", "parallelism"] as const) {
    const least = name === "memory" ? 8 * Math.max(cost.parallelism, 1) : 1;
    const value = cost[name];
    if (
      !Number.isInteger(value) || value < least ||
      value > MAX_ARGON2_COST[name]
    ) {
      return `its ${name} is not from ${least} to ${MAX_ARGON2_COST[name]}`;
    }
  }
  return undefined;
}
