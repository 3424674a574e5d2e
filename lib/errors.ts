/**
 * The closed set of errors that authsome throws. Each has a stable `code` to switch on, the exit code
 * that the command line returns for it, and a hint that says what to do next. No message holds a secret.
 *
 * @module
 */

/** Stable error codes and the exit code of the command line for each. */
export const EXIT_CODES = {
  Unexpected: 1,
  RecordConflict: 1,
  Usage: 2,
  AuthenticationFailed: 2,
  InputCancelled: 2,
  LoginTakenOver: 2,
  ConnectionNotFound: 3,
  ProfileNotFound: 3,
  ApprovalNotFound: 3,
  ProviderNotFound: 4,
  InvalidDefinition: 4,
  InvalidPolicy: 4,
  OperationNotAllowed: 4,
  ApprovalSettled: 4,
  AnswerRefused: 4,
  CredentialMissing: 5,
  CredentialExpired: 5,
  RefreshFailed: 5,
  ConnectionExists: 6,
  ProviderExists: 7,
  EndpointUnreachable: 8,
  StoreUnavailable: 9,
  MasterKeyUnavailable: 9,
  RecordCorrupt: 9,
  PortUnavailable: 9,
  SandboxUnavailable: 9,
  NotExecutable: 126,
  CommandNotFound: 127,
  Interrupted: 130,
} as const;

/** A stable error code. */
export type ErrorCode = keyof typeof EXIT_CODES;

/** What the error is about, for programs that read it. Never a secret. */
export interface ErrorSubject {
  /** Name of the provider. */
  provider?: string;
  /** Name of the connection. */
  connection?: string;
  /** Name of the field, option or variable. */
  field?: string;
  /** File that holds the bad field. */
  file?: string;
}

/**
 * What every authsome error carries.
 *
 * @example Do what the error asks for
 * ```ts
 * import { Authsome, AuthsomeError } from "@authsome/authsome";
 *
 * await using authsome = await Authsome.open();
 * try {
 *   await authsome.getAccessToken("github", "nobody");
 * } catch (error) {
 *   if (!(error instanceof AuthsomeError)) throw error;
 *   switch (error.code) {
 *     case "ConnectionNotFound":
 *     case "CredentialExpired":
 *       console.log(`${error.message}. Next: ${error.hint}`);
 *       break;
 *     default:
 *       throw error;
 *   }
 * }
 * ```
 */
export class AuthsomeError extends Error {
  /** `AuthsomeError`. */
  override readonly name = "AuthsomeError";
  /** Exit code of the command line, a whole number from 1 to 130. */
  readonly exitCode: number;
  /** What the error is about. */
  readonly subject: ErrorSubject;

  /** An error with the exit code of its `code`. */
  constructor(
    /** What happened, to switch on. */
    readonly code: ErrorCode,
    message: string,
    /** What the person should do next, best as the command to type; empty when there is nothing to do. */
    readonly hint = "",
    options?: ErrorOptions & { subject?: ErrorSubject },
  ) {
    super(message, options);
    this.exitCode = EXIT_CODES[code];
    this.subject = options?.subject ?? {};
  }
}
