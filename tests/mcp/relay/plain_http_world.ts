/**
 * The servers of a test that listens on `http://localhost:<port>`, under the names that authsome insists on: each is
 * `https://p<port>.relay-conformance.com`, and both spellings of an address take each other's place in heads and bodies.
 *
 * @module
 */
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";

const DOMAIN = "relay-conformance.com";

/** `http://localhost:1/mcp` → `https://p1.relay-conformance.com/mcp`, in any text, escaped for a query too. */
export function toPublic(text: string): string {
  return text
    .replace(
      /http:\/\/(?:localhost|127\.0\.0\.1):(\d+)(?!\d|\/auth\/callback)/g,
      `https://p$1.${DOMAIN}`,
    )
    .replace(/http%3A%2F%2Flocalhost%3A(\d+)/gi, `https%3A%2F%2Fp$1.${DOMAIN}`);
}

/** The other way round. */
export function toLocal(text: string): string {
  return text
    .replace(/https:\/\/p(\d+)\.relay-conformance\.com/g, "http://localhost:$1")
    .replace(
      /https%3A%2F%2Fp(\d+)\.relay-conformance\.com/gi,
      "http%3A%2F%2Flocalhost%3A$1",
    );
}

/** Starts the internet in which that is so. */
export async function startPlainHttpWorld(): Promise<LocalApi> {
  return await startLocalApi([`*.${DOMAIN}`], forward);
}

async function forward(request: Request): Promise<Response> {
  const url = new URL(toLocal(request.url.replace(/^http:/, "https:")));
  const headers = new Headers();
  for (const [name, value] of request.headers) {
    if (!/^(?:host|content-length|connection)$/.test(name)) {
      headers.set(name, toLocal(value));
    }
  }
  const response = await fetch(url, {
    method: request.method,
    headers,
    ...request.body ? { body: toLocal(await request.text()) } : {},
    redirect: "manual",
  });
  const answered = new Headers();
  for (const [name, value] of response.headers) {
    if (!/^(?:content-length|content-encoding|transfer-encoding)$/.test(name)) {
      answered.append(name, toPublic(value));
    }
  }
  const isStream = /event-stream/.test(
    response.headers.get("content-type") ?? "",
  );
  const { status } = response;
  return new Response(
    isStream || !response.body
      ? response.body
      : toPublic(await response.text()),
    { status, headers: answered },
  );
}
