/** HTTP servers on loopback that answer by path and can also answer badly: not at all, without end, with a reset. @module */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** Answers one request; `origin` is the server's own. */
export type Answer = (
  response: ServerResponse,
  origin: string,
  request: IncomingMessage,
) => void;

/** A running server. */
export interface ScriptedServer {
  readonly origin: string;
  /** `METHOD /path?query` of each request, in order. */
  readonly asked: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** JSON with `status`; the body may name the origin. */
export const json = (
  body: unknown | ((origin: string) => unknown),
  status = 200,
  headers: Record<string, string> = {},
): Answer =>
(response, origin) => {
  response.writeHead(status, {
    "content-type": "application/json",
    ...headers,
  });
  response.end(
    JSON.stringify(typeof body === "function" ? body(origin) : body),
  );
};

/** A bare status with headers, which may name the origin. */
export const status = (
  code: number,
  headers: (origin: string) => Record<string, string> = () => ({}),
): Answer =>
(response, origin) => {
  response.writeHead(code, headers(origin));
  response.end();
};

/** Ways to have no document. */
export const BAD: Readonly<Record<string, Answer>> = {
  "no such page": status(404),
  "an internal error": status(500),
  "a redirect to a login page": status(302, () => ({ location: "/login" })),
  "a redirect to another origin": status(302, () => ({
    location: "http://127.0.0.1:9/elsewhere",
  })),
  "a redirect to itself": (response, _origin, request) => {
    response.writeHead(307, { location: request.url! });
    response.end();
  },
  "a redirect to nowhere": status(302),
  "a reset": (response) => {
    response.socket!.destroy();
  },
  "silence": () => {},
  "a body that stops": (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{");
  },
  "a huge body": (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ text: "x".repeat(2_000_000) }));
  },
  "HTML": (response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Welcome</title>");
  },
  "other JSON": json({ error: "not_found" }),
  "a JSON array": json([]),
  "nothing": status(204),
  "an event stream": (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write("event: endpoint\ndata: /messages\n\n");
  },
  "a document that cannot be unpacked": (response) => {
    response.writeHead(200, {
      "content-type": "application/json",
      "content-encoding": "gzip",
    });
    response.end("{}");
  },
};

/** Starts a server; what has no script is 404. A key may have a method: `POST /mcp`. */
export async function startScripted(
  scripts: Readonly<Record<string, Answer>>,
): Promise<ScriptedServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, "http://x");
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    const answer = scripts[`${request.method} ${pathname}`] ??
      scripts[pathname] ?? status(404);
    answer(response, origin, request);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}
