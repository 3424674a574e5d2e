/** Why a message did not get to where it was sent, and the POST that all of them are sent by. @module */
import { boundedText } from "../../bounded_text.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Fetch } from "../../ports/net.ts";
import { VERSION } from "../../version.ts";
import { reasonIn, sentenceOf } from "../../wire/request_failure.ts";

/** A server did not take a message, or gave none. */
export class RemoteFailure extends Error {
  override readonly name = "RemoteFailure";

  /** @param message what happened, for a person, with no more of an address than its host. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** How long a server has to take a message. Milliseconds. */
const TIMEOUT = 15_000;
/** Most of an answer that is read, in bytes; nothing of it is used. */
const MAX_ANSWER = 65_536;

/**
 * Posts `body`, once, to `url` alone: no redirect is followed.
 *
 * @throws {RemoteFailure} if it is not taken; the reason of `signal` if that aborts.
 */
export async function postMessage(
  fetch: Fetch,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<void> {
  const { host } = new URL(url);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  let status: number;
  try {
    const response = await fetch(url, {
      ...{ method: "POST", body, redirect: "manual", signal: limit },
      headers: { ...headers, "user-agent": `authsome/${VERSION}` },
    });
    status = response.status;
    await boundedText(response, MAX_ANSWER, limit);
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(host, error, limit);
  }
  if (status < 200 || status >= 300) {
    throw new RemoteFailure(said(host, status));
  }
}

/** What a server that answered `status` is said to have done. */
export function said(host: string, status: number): string {
  const answered = `${host} answered ${status}`;
  return status >= 300 && status < 400
    ? `${answered}, a redirect, which is not followed`
    : answered;
}

/** The failure behind `error`, thrown by a request to `host`. */
export function failureOf(
  host: string,
  error: unknown,
  limit: AbortSignal,
): RemoteFailure {
  if (error instanceof RemoteFailure) return error;
  if (error instanceof AuthsomeError) {
    return new RemoteFailure(error.message, { cause: error });
  }
  // The cause may name the whole address, which is a secret of some chats.
  return new RemoteFailure(
    limit.aborted
      ? `${host} did not answer in time`
      : `cannot reach ${host}: ${sentenceOf(reasonIn(error))}`,
  );
}
