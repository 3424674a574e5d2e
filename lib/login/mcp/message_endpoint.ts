/**
 * The event-stream transport of MCP (HTTP with SSE, revision 2024-11-05): the first event of the stream, `endpoint`, names
 * where messages are posted.
 *
 * @module
 */
import type { FetchInit } from "../../ports/net.ts";
import type { Secret } from "../../secret.ts";
import { mayBePrivate, type OAuthContext } from "../../oauth/http.ts";

/** How long a server may take to answer, in milliseconds. */
const ANSWER_TIMEOUT_MS = 5_000;
/** How long the first event may take after that: servers send it at once. */
const EVENT_TIMEOUT_MS = 2_000;
/** Longest beginning of a stream that is read, in characters. */
const MAX_BEGINNING = 65_536;

/** What a GET of a server's URL tells of where it takes messages. */
export type MessageEndpoint =
  | { kind: "named"; url: URL }
  /** It names a place of another origin, which is never given a token. */
  | { kind: "elsewhere"; origin: string }
  /** It answered, and not with such a stream. */
  | { kind: "none" }
  /** There was no answer. */
  | { kind: "unknown" };

/**
 * Opens the stream at `url` with the access token and closes it after its first event. Never throws but what
 * `context.signal` aborts with.
 */
export async function messageEndpoint(
  context: OAuthContext,
  url: URL,
  token: Secret,
): Promise<MessageEndpoint> {
  const stop = new AbortController();
  const late = () => stop.abort();
  let timer = setTimeout(late, context.timeoutMs ?? ANSWER_TIMEOUT_MS);
  try {
    const response = await open(context, url, token, stop.signal);
    clearTimeout(timer);
    timer = setTimeout(late, EVENT_TIMEOUT_MS);
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok || !/^text\/event-stream\b/i.test(type)) {
      await response.body?.cancel();
      return { kind: response.status < 500 ? "none" : "unknown" };
    }
    const said = await firstEndpoint(response);
    if (said === undefined || !URL.canParse(said, url)) return { kind: "none" };
    const named = new URL(said, url);
    return named.origin === url.origin
      ? { kind: "named", url: named }
      : { kind: "elsewhere", origin: named.origin };
  } catch {
    context.signal?.throwIfAborted();
    return { kind: "unknown" };
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

/** The answer of `url`, or of the same place with or without its last slash if the server sends us there. */
async function open(
  context: OAuthContext,
  url: URL,
  token: Secret,
  stop: AbortSignal,
): Promise<Response> {
  const init: FetchInit = {
    headers: {
      accept: "text/event-stream",
      authorization: `Bearer ${token.reveal()}`,
    },
    publicOnly: !mayBePrivate(context, url),
    redirect: "manual",
    signal: context.signal ? AbortSignal.any([stop, context.signal]) : stop,
  };
  const response = await context.fetch(url, init);
  const location = response.headers.get("location");
  if (response.status < 300 || response.status >= 400 || location === null) {
    return response;
  }
  const next = URL.canParse(location, url) ? new URL(location, url) : url;
  if (next.href === url.href || plain(next) !== plain(url)) return response;
  await response.body?.cancel();
  return await context.fetch(next, init);
}

function plain({ origin, pathname, search }: URL): string {
  return origin + pathname.replace(/\/$/, "") + search;
}

/** The data of the first `endpoint` event of the stream. */
async function firstEndpoint(response: Response): Promise<string | undefined> {
  let text = "";
  const decoder = new TextDecoder();
  // Leaving the loop closes the stream.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    // A line may end with CR alone; whether an LF follows one at the end of the text is not known yet.
    const events = text.replace(/\r\n|\r(?!$)/g, "\n").split("\n\n");
    for (const event of events.slice(0, -1)) {
      const lines = event.split("\n").map(fieldOf);
      const named = lines.findLast(([name]) => name === "event")?.[1];
      if (named !== "endpoint") continue;
      return lines.filter(([name]) => name === "data").map(([, value]) => value)
        .join("\n");
    }
    if (text.length > MAX_BEGINNING) return undefined;
  }
  return undefined;
}

/** A line of an event: the name of its field and the value. */
function fieldOf(line: string): [name: string, value: string] {
  const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
  return [name, value];
}
