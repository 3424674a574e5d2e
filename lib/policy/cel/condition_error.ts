/** @module */

/** Why a condition cannot be used: what follows its name in a message. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
}
