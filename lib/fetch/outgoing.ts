/** A request of `fetch` as it goes out, once for each redirect. @module */
import { carriesPlaceholder } from "../placeholder.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { Framing, RequestHead } from "../wire/http1.ts";

/** A request that can be sent again, unless its body is a stream. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: BodyInit | null;
  /** Whether the body can be read only once. */
  readonly streamed: boolean;
  readonly signal: AbortSignal;
}

/** What `request` asks for; `init` is what it was made with, whose body may be sent more than once. */
export async function outgoing(
  request: Request,
  init: RequestInit,
): Promise<Outgoing> {
  const own = init.body ?? null;
  const kept = own instanceof FormData
    // Its boundary stands in the headers by now.
    ? await request.blob()
    : isRepeatable(own)
    ? own
    : null;
  return {
    url: new URL(request.url),
    method: request.method,
    headers: request.headers,
    body: kept ?? request.body,
    streamed: kept === null && request.body !== null,
    signal: request.signal,
  };
}

/** The request that a redirect asks for, by the fetch standard (§4.5, HTTP-redirect fetch). */
export function redirected(
  request: Outgoing,
  status: number,
  location: string,
): Outgoing {
  const from = request.url;
  const url = URL.canParse(location, from) ? new URL(location, from) : null;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw failed(from, "leads to a URL that is not http or https");
  }
  if (!url.hash) url.hash = from.hash;
  const headers = new Headers(request.headers);
  let { method, body } = request;
  if (
    (status === 303 && method !== "GET" && method !== "HEAD") ||
    ((status === 301 || status === 302) && method === "POST")
  ) {
    method = "GET";
    body = null;
    for (const name of [...headers.keys()]) {
      if (name.startsWith("content-")) headers.delete(name);
    }
  } else if (request.streamed) {
    throw failed(from, "needs the body again, which was streamed");
  }
  if (url.origin !== from.origin) {
    // Headers meant for one host are not sent to another.
    for (const [name, value] of [...headers]) {
      if (
        /^(?:authorization|cookie|proxy-authorization|host)$/.test(name) ||
        carriesPlaceholder(value)
      ) headers.delete(name);
    }
  }
  const streamed = request.streamed && body !== null;
  return { ...request, url, method, headers, body, streamed };
}

/** What `fetch` throws where a redirect cannot be followed. */
export function failed(from: URL, problem: string): TypeError {
  return new TypeError(`fetch failed: a redirect from ${from.host} ${problem}`);
}

/** Host and port, as routes know them. */
export function authorityOf(
  { protocol, hostname, port }: URL,
): { host: string; port: number } {
  return {
    host: hostname,
    port: port ? Number(port) : protocol === "https:" ? 443 : 80,
  };
}

/** The head of a request as the proxy would see it. */
export function requestHead(request: Outgoing): RequestHead {
  const { url, method, headers } = request;
  return {
    method,
    target: url.pathname + url.search,
    minor: 1,
    fields: [
      { name: "host", value: url.host },
      ...[...headers].filter(([name]) => name !== "host")
        .map(([name, value]) => ({ name, value })),
    ],
    framing: framingOf(request),
  };
}

/** The headers of `head`, without those that only `fetch` itself may set (fetch standard §2.2.2). */
export function headersOf({ fields }: Pick<ForwardedHead, "fields">): Headers {
  return new Headers(
    fields.filter(({ name }) => !/^(?:host|connection|te|upgrade)$/i.test(name))
      .map(({ name, value }): [string, string] => [name, value]),
  );
}

/** The body of `request` as it is sent. Reads it, so it must not be streamed. */
export async function bytesOf({ body }: Outgoing): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

function framingOf({ body, streamed }: Outgoing): Framing {
  if (body === null) return { kind: "none" };
  if (streamed) return { kind: "chunked" };
  return {
    kind: "length",
    length: body instanceof Blob
      ? body.size
      : body instanceof ArrayBuffer || ArrayBuffer.isView(body)
      ? body.byteLength
      : new TextEncoder().encode(String(body)).length,
  };
}

function isRepeatable(body: unknown): body is BodyInit {
  return typeof body === "string" || body instanceof Blob ||
    body instanceof URLSearchParams || body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body);
}
