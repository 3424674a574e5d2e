/** The key that Argon2id makes of a password of another program, at the cost that its file gives. @module */
import { type Argon2Cost, argon2CostProblem } from "../argon2_cost.ts";
import { AuthsomeError } from "../errors.ts";
import { type Fields, isObject } from "../object.ts";
import { numberOf } from "./json.ts";

/** The cost that a file of another program gives under these names; `undefined` if one is missing or no number. */
export function costOf(
  fields: unknown,
  names: Record<keyof Argon2Cost, string>,
): Argon2Cost | undefined {
  const given: Fields = isObject(fields) ? fields : {};
  const [memory, iterations, parallelism] = [
    numberOf(given, names.memory),
    numberOf(given, names.iterations),
    numberOf(given, names.parallelism),
  ];
  return memory === undefined || iterations === undefined ||
      parallelism === undefined
    ? undefined
    : { memory, iterations, parallelism };
}

/**
 * 32 bytes for `secret`.
 *
 * @throws {AuthsomeError} `StoreUnavailable` if the cost is none, or above what is done for a file.
 */
export async function stretchedKey(
  secret: string,
  salt: Uint8Array,
  cost: Argon2Cost,
): Promise<Uint8Array<ArrayBuffer>> {
  const problem = argon2CostProblem(cost) ??
    (salt.length < 8 ? "its salt is shorter than 8 bytes" : undefined);
  if (problem) {
    throw new AuthsomeError(
      "StoreUnavailable",
      `Cannot derive its key with Argon2id: ${problem}`,
      "The file is damaged, or not what it says",
    );
  }
  const { argon2id } = await import("../argon2id.ts");
  return await argon2id(secret, salt, cost);
}
