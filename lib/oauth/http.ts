/**
 * One request of the protocol: no redirect leaves the origin, the answer is bounded in size and time.
 *
 * @module
 */
import { boundedText } from "../bounded_text.ts";
import { AuthsomeError } from "../errors.ts";
import type { Fetch, FetchInit } from "../ports/net.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";
import { isSpelledPrivate } from "../wire/address.ts";
import { defined } from "../object.ts";
import {
  type FailureReason,
  hintOf,
  reasonIn,
  sentenceOf,
} from "../wire/request_failure.ts";
import { VERSION } from "../version.ts";
import { retryAfter } from "./answers/retry_after.ts";
import { AnswerError, printable } from "./error.ts";

/** How long one request may take, its answer included, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Largest answer, unpacked, in bytes. */
const MAX_RESPONSE_BYTES = 1_048_576;

/** What the functions of this folder work with. */
export interface OAuthContext {
  definition: ProviderDefinition;
  /** Tenant, if it is not the definition's. */
  baseUrl?: string;
  fetch: Fetch;
  signal?: AbortSignal;
  /** Accepts private hosts, and http on this machine, in what servers tell us. */
  allowPrivateHosts?: boolean;
  /** In place of {@linkcode REQUEST_TIMEOUT_MS}. */
  timeoutMs?: number;
  /**
   * The key that the connection's tokens are bound to (DPoP). Set by the first request for a token where the server wants
   * one: polls that follow use the same.
   */
  dpopKey?: Secret;
}

/** An answer that was read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** How a request is sent. */
export interface SendInit extends RequestInit {
  /** How many redirects within the origin of the URL are followed. Default: none. */
  redirects?: number;
  /** Leaves the body unread: the answer has an empty text. */
  headOnly?: boolean;
}

/**
 * Sends one request.
 *
 * @throws {AuthsomeError} `EndpointUnreachable` if there is no answer, or it is a redirect, too large or too late. If
 * `context.signal` aborts, its reason.
 */
export async function send(
  context: OAuthContext,
  url: URL,
  { redirects = 0, headOnly = false, ...init }: SendInit = {},
): Promise<Answer> {
  const timeout = AbortSignal.timeout(context.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const headers = new Headers(init.headers);
  headers.set("user-agent", `authsome/${VERSION}`);
  if (!headers.has("accept")) headers.set("accept", "application/json");
  const signal = context.signal
    ? AbortSignal.any([timeout, context.signal])
    : timeout;
  try {
    const wanted: FetchInit = {
      ...init,
      publicOnly: !mayBePrivate(context, url),
      headers,
      redirect: "manual",
      signal,
    };
    const response = await unlessAborted(context.fetch(url, wanted), signal);
    if (
      response.type === "opaqueredirect" ||
      (response.status >= 300 && response.status < 400)
    ) {
      await response.body?.cancel();
      const next = redirects > 0 ? redirectWithin(url, response) : undefined;
      if (!next) {
        throw unreadable(
          context,
          url,
          "it redirects elsewhere",
          bare(response),
        );
      }
      return await send(context, next, {
        // As browsers do: only these keep the method (RFC 9110 §15.4).
        ...response.status === 307 || response.status === 308
          ? init
          : { headers: init.headers },
        redirects: redirects - 1,
        headOnly,
      });
    }
    if (headOnly) {
      await response.body?.cancel();
      return { status: response.status, headers: response.headers, text: "" };
    }
    if (isEventStream(response)) {
      await response.body?.cancel();
      throw unreachable(context, url, "it opens an event stream");
    }
    const text = await boundedText(response, MAX_RESPONSE_BYTES, signal);
    if (text === undefined) {
      throw unreadable(
        context,
        url,
        `its response has more than ${MAX_RESPONSE_BYTES} bytes`,
        bare(response),
      );
    }
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (context.signal?.aborted) throw context.signal.reason;
    if (error instanceof AuthsomeError) throw error;
    const reason: FailureReason = timeout.aborted
      ? { kind: "timed_out" }
      : reasonIn(error);
    throw unreachable(
      context,
      url,
      sentenceOf(reason),
      error,
      hintOf(reason, url.hostname),
    );
  }
}

/** Without a body. */
function bare({ status, headers }: Response) {
  return { status, headers };
}

/** The response, or the reason of `signal` if that aborts first: what resolves a name does not listen to it. */
async function unlessAborted(
  response: Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([response, aborted]);
  } catch (error) {
    response.then((late) => late.body?.cancel()).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Where a redirect leads, if that is the origin that it comes from, which adds no reach. */
function redirectWithin(from: URL, { headers }: Response): URL | undefined {
  const location = headers.get("location");
  if (location === null || !URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  return to.origin === from.origin && !to.username && !to.password
    ? to
    : undefined;
}

/** Whether the body is a stream that may have no end. */
function isEventStream({ headers }: Response): boolean {
  return /^\s*text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}

/** Whether the definition or the person named the host of `url` as one that may be private. */
export function mayBePrivate(
  { definition, baseUrl, allowPrivateHosts }: OAuthContext,
  { hostname }: URL,
): boolean {
  return allowPrivateHosts === true || definition.allow_private === true ||
    // As it is spelled it was judged before: `givenEndpoint`, `announcedEndpoint`.
    isSpelledPrivate(hostname) ||
    baseUrl !== undefined && new URL(baseUrl).hostname === hostname;
}

/** The error for an answer that cannot be read. What it says and the pause that it asks for are kept. */
export function unreadable(
  context: Pick<OAuthContext, "definition">,
  url: URL,
  why: string,
  { status, headers, text = "" }: Pick<Answer, "status" | "headers"> & {
    /** Without what was sent. A page has marks. */
    text?: string;
  },
): AnswerError {
  const { message, hint } = unreachable(context, url, why);
  return new AnswerError("EndpointUnreachable", message, hint, {
    provider: context.definition.name,
    status,
    description: printable(text.replaceAll(/<[^<>]*>/g, " "), 300),
    ...defined({ retryAfter: retryAfter(headers) }),
  });
}

/** The error for an endpoint that gave no usable answer. The cause is kept, the URL's query is not shown. */
export function unreachable(
  { definition: { name } }: Pick<OAuthContext, "definition">,
  url: URL | undefined,
  why: string,
  cause?: unknown,
  hint = "authsome doctor",
): AuthsomeError {
  const at = url ? ` at ${addressOf(url)}` : "";
  return new AuthsomeError(
    "EndpointUnreachable",
    `Cannot reach ${name}${at}: ${why}`,
    hint,
    { cause, subject: { provider: name } },
  );
}

/** What an error of {@linkcode unreachable} says happened, without the address. */
export function causeOf({ message }: AuthsomeError): string {
  return message.replace(/^Cannot reach .*? at https?:\/\/\S+: /, "");
}

/** A URL as messages show it: a query may hold a secret. */
export function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
