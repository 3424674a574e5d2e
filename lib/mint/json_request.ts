/** A request of a service's own JSON API, on the way to a credential. @module */
import { defined, isObject } from "../object.ts";
import { retryAfter } from "../oauth/answers/retry_after.ts";
import { OAuthError } from "../oauth/error.ts";
import { type OAuthContext, send, unreadable } from "../oauth/http.ts";

/** What is asked. */
export interface JsonRequest {
  /** For messages: "Cannot …". */
  task: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  text?: string;
  /** What is sent and must not come back in a message. */
  secrets: readonly string[];
}

/**
 * The JSON that `url` answers with.
 *
 * @throws {OAuthError} if it answers with an error.
 * @throws {AuthsomeError} `EndpointUnreachable` if there is no answer that can be read.
 */
export async function jsonRequest(
  context: OAuthContext,
  url: URL,
  { task, method = "POST", headers = {}, body, text, secrets }: JsonRequest,
): Promise<Record<string, unknown> | unknown[]> {
  const answer = await send(context, url, {
    method,
    headers: {
      ...body === undefined ? {} : { "content-type": "application/json" },
      ...headers,
    },
    ...defined({ body: body === undefined ? text : JSON.stringify(body) }),
  });
  let read: unknown;
  try {
    read = JSON.parse(answer.text);
  } catch {
    // An error may have no body, or a page.
  }
  if (answer.status < 200 || answer.status > 299) {
    const { error, error_description, message, __type, Error } = isObject(read)
      ? read
      : {};
    const { Code, Message } = isObject(Error) ? Error : {};
    const said = (...values: unknown[]) =>
      secrets.filter((secret) => secret.length > 3).reduce(
        (left, secret) => left.replaceAll(secret, "[redacted]"),
        String(values.find((value) => typeof value === "string") ?? ""),
      );
    throw new OAuthError(context.definition.name, task, {
      error: said(error, __type, Code) || `HTTP ${answer.status}`,
      description: said(error_description, message, Message),
      status: answer.status,
      ...defined({ retryAfter: retryAfter(answer.headers) }),
    });
  }
  if (isObject(read) || Array.isArray(read)) return read;
  throw unreadable(context, url, "it answered without JSON", {
    ...answer,
    text: "",
  });
}
