/** Errors that an authorization server answers with. @module */
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { truncate } from "../text.ts";

/** An answer that does not give what was asked for: an error, the page of a gateway, an empty body, a redirect. */
export class AnswerError extends AuthsomeError {
  /** What the server wrote, bounded and printable. */
  readonly description?: string;
  /** HTTP status. */
  readonly status: number;
  /** Seconds that the server asks us to wait. */
  readonly retryAfter?: number;

  constructor(
    code: "AuthenticationFailed" | "EndpointUnreachable",
    message: string,
    hint: string,
    answer: {
      provider: string;
      status: number;
      description?: string;
      retryAfter?: number;
    },
  ) {
    super(code, message, hint, { subject: { provider: answer.provider } });
    this.description = answer.description;
    this.status = answer.status;
    this.retryAfter = answer.retryAfter;
  }
}

/** An error answer (RFC 6749 §5.2, and the codes of single providers). */
export class OAuthError extends AnswerError {
  /** The error code as the server wrote it, bounded and printable. */
  readonly error: string;

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
      { ...answer, provider, ...defined({ description }) },
    );
    this.error = error;
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
