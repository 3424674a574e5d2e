/** How a rule of definitions is said to be broken. @module */

/** A rule that is broken. */
export class RuleError extends Error {
  constructor(
    readonly field: string,
    readonly reason: string,
    readonly hint?: string,
  ) {
    super(`${field} ${reason}`);
  }
}

/** Says of which field it is that `check` throws. */
export function rule(field: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) {
      throw new RuleError(field, error.message);
    }
    throw error;
  }
}

/** Headers that frame or route a message; a credential there would change what the server reads. */
export const FRAMING =
  /^(?:host|content-length|content-encoding|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*|sec-.*|:.*)$/i;
