/** Argon2id (RFC 9106). Import it dynamically: it comes with a large library, which few commands need. @module */
import { argon2id as derive } from "hash-wasm";
import { type Argon2Cost, argon2CostProblem } from "./argon2_cost.ts";

/**
 * `length` bytes derived from `password` (text is taken as UTF-8).
 *
 * @param salt at least 8 bytes.
 * @throws {RangeError} if the cost is not one of {@linkcode argon2CostProblem}.
 */
export async function argon2id(
  password: string | Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  length = 32,
): Promise<Uint8Array<ArrayBuffer>> {
  const problem = argon2CostProblem(cost);
  if (problem) throw new RangeError(`Cannot derive a key: ${problem}`);
  return new Uint8Array(
    await derive({
      password,
      salt,
      memorySize: cost.memory,
      iterations: cost.iterations,
      parallelism: cost.parallelism,
      hashLength: length,
      outputType: "binary",
    }),
  );
}
