/** Errors that an authorization server answers with. @module */
import { AuthsomeError } from "../errors.ts";
import { truncate } from "../text.ts";

/** An error answer (RFC 6749 §5.2, and the codes of single providers). */
export class OAuthError extends AuthsomeError {
  /** The error code as the server wrote it, bounded and printable. */
  readonly error: string;
  readonly description?: string;
  /** HTTP status. */
  readonly status: number;
  /** Seconds that the server asks us to wait. */
  readonly retryAfter?: number;

  constructor(provider: string, task: string, answer: {
    error: string;
    description?: string;
    status: number;
    retryAfter?: number;
    /** In place of the usual one. */
    hint?: string;
  }) {
    const error = printable(answer.error, 100);
    const description = answer.description &&
      printable(answer.description, 300);
    super(
      "AuthenticationFailed",
      `Cannot ${task}: ${provider} answered ${error}` +
        (description ? ` (${description})` : ""),
      answer.hint ??
        `authsome login ${provider}${
          isClientError(error) ? " --reset-client" : ""
        }`,
      { subject: { provider } },
    );
    this.error = error;
    this.description = description;
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
  }
}

/** Whether the server does not accept the client (its id or secret), whatever the grant. */
export function isClientError(error: string): boolean {
  return error === "invalid_client" || error === "unauthorized_client" ||
    error === "incorrect_client_credentials" || error === "bad_client_secret" ||
    error === "invalid_client_id";
}

/** A server's text as one line for a terminal: no control or direction characters. */
export function printable(text: string, length: number): string {
  return truncate(text.replaceAll(/[\p{C}\s]+/gu, " ").trim(), length);
}
