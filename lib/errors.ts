/**
 * The closed set of errors that authsome throws. Each has a stable `code` to switch on, the exit code
 * that the command line returns for it, and a hint that says what to do next. No message holds a secret.
 *
 * @module
 */

/** Stable error codes and the exit code of the command line for each. */
export const EXIT_CODES = {
  StoreUnavailable: 9,
  MasterKeyUnavailable: 9,
  RecordCorrupt: 9,
  RecordConflict: 1,
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** What every authsome error carries. */
export class AuthsomeError extends Error {
  override readonly name = "AuthsomeError";
  /** Exit code of the command line, a whole number from 1 to 130. */
  readonly exitCode: number;

  constructor(
    readonly code: ErrorCode,
    message: string,
    /** What the person should do next; empty when there is nothing to do. */
    readonly hint = "",
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = EXIT_CODES[code];
  }
}
