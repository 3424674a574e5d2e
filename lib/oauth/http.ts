/**
 * One request of the protocol: no redirect is followed, the answer is bounded in size and time.
 *
 * @module
 */
import { AuthsomeError } from "../errors.ts";
import type { Fetch, FetchInit } from "../ports/net.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { Secret } from "../secret.ts";
import { isSpelledPrivate } from "../wire/address.ts";
import { VERSION } from "../version.ts";

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

/**
 * Sends one request.
 *
 * @throws {AuthsomeError} `EndpointUnreachable` if there is no answer, or it is a redirect, too large or too late. If
 * `context.signal` aborts, its reason.
 */
export async function send(
  context: OAuthContext,
  url: URL,
  init: RequestInit = {},
): Promise<Answer> {
  const timeout = AbortSignal.timeout(context.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const headers = new Headers(init.headers);
  headers.set("user-agent", `authsome/${VERSION}`);
  if (!headers.has("accept")) headers.set("accept", "application/json");
  try {
    const wanted: FetchInit = {
      ...init,
      publicOnly: !mayBePrivate(context, url),
      headers,
      redirect: "manual",
      signal: context.signal
        ? AbortSignal.any([timeout, context.signal])
        : timeout,
    };
    const response = await context.fetch(url, wanted);
    if (
      response.type === "opaqueredirect" ||
      (response.status >= 300 && response.status < 400)
    ) {
      await response.body?.cancel();
      throw unreachable(context, url, "it redirects elsewhere");
    }
    const text = await readText(response);
    if (text === undefined) {
      throw unreachable(
        context,
        url,
        `its response has more than ${MAX_RESPONSE_BYTES} bytes`,
      );
    }
    return { status: response.status, headers: response.headers, text };
  } catch (error) {
    if (context.signal?.aborted) throw context.signal.reason;
    if (error instanceof AuthsomeError) throw error;
    throw unreachable(
      context,
      url,
      timeout.aborted ? "it did not answer in time" : "the connection failed",
      error,
    );
  }
}

/** Whether the definition or the person named the host of `url` as one that may be private. */
function mayBePrivate(
  { definition, baseUrl, allowPrivateHosts }: OAuthContext,
  { hostname }: URL,
): boolean {
  return allowPrivateHosts === true || definition.allow_private === true ||
    // As it is spelled it was judged before: `givenEndpoint`, `announcedEndpoint`.
    isSpelledPrivate(hostname) ||
    baseUrl !== undefined && new URL(baseUrl).hostname === hostname;
}

/** The body as UTF-8, or `undefined` if it is too large. */
async function readText(response: Response): Promise<string | undefined> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > MAX_RESPONSE_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The error for an endpoint that gave no usable answer. The cause is kept, the URL's query is not shown. */
export function unreachable(
  { definition: { name } }: Pick<OAuthContext, "definition">,
  url: URL | undefined,
  why: string,
  cause?: unknown,
): AuthsomeError {
  const at = url ? ` at ${url.origin}${url.pathname}` : "";
  return new AuthsomeError(
    "EndpointUnreachable",
    `Cannot reach ${name}${at}: ${why}`,
    "authsome doctor",
    { cause, subject: { provider: name } },
  );
}
