/** One connection to a remote server, by the transports of the SDK; everything goes through a `fetch` of ours. @module */
import type { Fetch } from "../ports/net.ts";
import { HttpFailure } from "./http_failure.ts";
import type { Id, Message } from "./message.ts";

/** Streamable HTTP, or the event stream (`HTTP+SSE`) of revision 2024-11-05. */
export type LinkKind = "streamable" | "events";

/** What a link tells. */
export interface LinkEvents {
  message(message: Message): void;
  /** The answer to the request `id` cannot come any more. It may have come. */
  ended(id: Id): void;
  /** The session is over. */
  lost(): void;
}

/** A connection. */
export interface Link {
  readonly kind: LinkKind;
  /** Rejects with {@linkcode HttpFailure} or what the `fetch` throws. */
  send(message: Message): Promise<void>;
  /** Names the revision in each request from now on. */
  speak(revision: string): void;
  /** `tell`: the server is told that the session is over. */
  close(options?: { tell?: boolean }): Promise<void>;
}

/** A transport of the SDK; its package names no types for the modules that are loaded here. */
interface Transport {
  onmessage?(message: Message): void;
  start(): Promise<void>;
  send(message: Message): Promise<void>;
  setProtocolVersion(revision: string): void;
  close(): Promise<void>;
}

type TransportClass<T extends Transport> = new (
  url: URL,
  options: {
    fetch(input: URL | string, init?: RequestInit): Promise<Response>;
    reconnectionOptions?: typeof RECONNECTION;
  },
) => T;

/** Longest body of a failure that is read, in characters. */
const FAILURE_BODY = 4000;
/** What has been received is delivered before its stream counts as ended, in milliseconds. */
const DELIVERY_MS = 100;
/** The transport resumes a stream as long as the link is open; the delays in milliseconds. */
const RECONNECTION = {
  initialReconnectionDelay: 500,
  maxReconnectionDelay: 5000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: Infinity,
};

/** Opens a link to `url`. An event stream has begun when this resolves. */
export async function openLink(
  kind: LinkKind,
  url: URL,
  fetch: Fetch,
  events: LinkEvents,
): Promise<Link> {
  return kind === "streamable"
    ? await openStreamable(url, fetch, events)
    : await openEvents(url, fetch, events);
}

async function openStreamable(
  url: URL,
  fetch: Fetch,
  events: LinkEvents,
): Promise<Link> {
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  ) as unknown as {
    StreamableHTTPClientTransport: TransportClass<
      Transport & { terminateSession(): Promise<void> }
    >;
  };
  let open = true;
  let listened = false;
  const transport = new StreamableHTTPClientTransport(url, {
    reconnectionOptions: RECONNECTION,
    async fetch(input, init = {}) {
      const method = init.method ?? "GET";
      const response = await fetch(input, init);
      if (method === "GET" && response.status === 405) return response;
      if (isFailure(response)) {
        const failure = await failureOf(response);
        // A server without that stream may say so by 404.
        if (method === "GET" && listened && failure.status === 404 && open) {
          events.lost();
        }
        throw failure;
      }
      if (method === "GET") listened = true;
      const id = method === "POST" ? idOf(init.body) : undefined;
      return id === undefined || !isEventStream(response)
        ? response
        : watched(response, (resumable) => {
          // With an event's id the transport goes on where it stopped.
          if (!resumable && open) events.ended(id);
        });
    },
  });
  transport.onmessage = events.message;
  await transport.start();
  return {
    kind: "streamable",
    send: (message) => transport.send(message),
    speak: (revision) => transport.setProtocolVersion(revision),
    async close({ tell } = {}) {
      open = false;
      if (tell) await transport.terminateSession().catch(() => {});
      await transport.close();
    },
  };
}

async function openEvents(
  url: URL,
  fetch: Fetch,
  events: LinkEvents,
): Promise<Link> {
  const { SSEClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/sse.js"
  ) as unknown as { SSEClientTransport: TransportClass<Transport> };
  let open = true;
  let begun = false;
  let failure: unknown;
  const lost = () => {
    if (open) events.lost();
  };
  const transport = new SSEClientTransport(url, {
    async fetch(input, init = {}) {
      const isStream = (init.method ?? "GET") === "GET";
      if (isStream && begun) {
        // A second stream is a session that was never initialized.
        lost();
        throw new HttpFailure(404, "the session is over", "");
      }
      try {
        const response = await fetch(input, init);
        if (isFailure(response)) throw await failureOf(response);
        if (!isStream) return response;
        begun = response.status === 200;
        return watched(response, lost);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
  });
  transport.onmessage = events.message;
  try {
    await transport.start();
  } catch (error) {
    open = false;
    await transport.close().catch(() => {});
    throw failure ?? error;
  }
  return {
    kind: "events",
    send: (message) => transport.send(message),
    speak: (revision) => transport.setProtocolVersion(revision),
    async close() {
      open = false;
      await transport.close();
    },
  };
}

/** Redirects are the transport's. */
function isFailure({ status, ok }: Response): boolean {
  return !ok && !(status >= 300 && status < 400);
}

async function failureOf(response: Response): Promise<HttpFailure> {
  const text = await response.text().catch(() => "");
  return new HttpFailure(
    response.status,
    text.slice(0, FAILURE_BODY),
    response.headers.get("www-authenticate") ?? "",
  );
}

function idOf(body: unknown): Id | undefined {
  const { id, method } = JSON.parse(String(body)) as Message;
  return method === undefined ? undefined : id ?? undefined;
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}

/** The same response; `ended` is told when its body is over, and whether the stream has named an event to go on from. */
function watched(
  response: Response,
  ended: (resumable: boolean) => void,
): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let resumable = false;
  let tail = "\n";
  const over = () => void setTimeout(() => ended(resumable), DELIVERY_MS);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          controller.close();
          return over();
        }
        tail += decoder.decode(value, { stream: true });
        resumable ||= /[\r\n]id:/.test(tail);
        tail = tail.slice(-4);
        controller.enqueue(value);
      } catch (error) {
        controller.error(error);
        over();
      }
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}
