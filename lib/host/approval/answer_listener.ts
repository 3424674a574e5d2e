/** Takes the answers of phones by HTTP. Only their seal is trusted, so it may stand behind whatever the person likes. @module */
import { boundedText } from "../../bounded_text.ts";
import { AuthsomeError } from "../../errors.ts";
import type { ListenForAnswers } from "../../ports/net.ts";
import { endServer, type Served } from "../login/loopback_server.ts";

/** Longest body that is read, in bytes, and how long it may take to come, in milliseconds. */
const MAX_BODY = 4_096;
const BODY_TIME = 5_000;
/** Requests that are answered at the same time. */
const MAX_OPEN = 16;
/** Milliseconds that the last answers have to leave. */
const LEAVE = 1_000;

/** See {@linkcode ListenForAnswers}. */
export const listenForAnswers: ListenForAnswers = async (
  { host, port },
  take,
) => {
  let open = 0;
  const handler = async (request: Request): Promise<Response> => {
    if (request.method !== "POST") return reply(405, "POST an answer");
    if (open >= MAX_OPEN) return reply(503, "Busy");
    open++;
    try {
      const limit = AbortSignal.timeout(BODY_TIME);
      const body = await boundedText(
        new Response(request.body),
        MAX_BODY,
        limit,
      ).catch(() => undefined);
      if (body === undefined) return reply(413, "Not an answer");
      return await take(body) ? reply(200, "Taken") : reply(403, "No request");
    } finally {
      open--;
    }
  };
  try {
    const server = await serve({ hostname: host, port }, handler);
    // It keeps no process: the run that asks does.
    return {
      port: server.port,
      close: () => endServer(server, LEAVE),
    };
  } catch (cause) {
    throw new AuthsomeError(
      "PortUnavailable",
      `cannot listen on ${host}:${port}: ${
        cause instanceof Deno.errors.AddrInUse
          ? "another program does, which may be another run"
          : cause instanceof Error
          ? cause.message
          : "the system refused"
      }`,
      'Choose another address: "approval.listen.address" in config.json',
      { cause },
    );
  }
};

async function serve(
  address: { hostname: string; port: number },
  handler: (request: Request) => Promise<Response>,
): Promise<Served> {
  if (!("serve" in Deno)) {
    const { serveOnNode } = await import("../node/serve.ts");
    return await serveOnNode(address, handler);
  }
  const server = Deno.serve({
    ...address,
    onListen() {},
    onError: () => reply(500, "Internal error"),
  }, handler);
  server.unref();
  return {
    port: server.addr.port,
    shutdown: () => server.shutdown(),
    unref: () => server.unref(),
  };
}

/** Pages of every origin may read it: it says nothing but whether a sealed answer counted. */
function reply(status: number, text: string): Response {
  return new Response(text, {
    status,
    headers: {
      "access-control-allow-origin": "*",
      "cache-control": "no-store",
      "content-type": "text/plain",
      "x-content-type-options": "nosniff",
    },
  });
}
