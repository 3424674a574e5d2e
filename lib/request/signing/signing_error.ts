/** @module */

/** A request that cannot be signed; the message says why. */
export class SigningError extends Error {
  override readonly name = "SigningError";
}
