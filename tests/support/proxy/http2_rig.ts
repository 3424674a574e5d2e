/** A rig whose upstream speaks nothing but HTTP/2, and a client that does. @module */
import { expect } from "expect";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { HOST, type Rig } from "./proxy_rig.ts";

/** Answers a request. */
export type Handler = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
) => void;

/** What came to the upstream. */
export interface Seen {
  requests: { headers: IncomingHttpHeaders; raw: string[] }[];
  sessions: number;
}

/** Serves `handler` and notes what comes in `seen`. */
export async function serveHttp2(
  leaf: { certPem: string; keyPem: string },
  handler: Handler,
  seen: Seen,
) {
  const server = createSecureServer({
    cert: leaf.certPem,
    key: leaf.keyPem,
    settings: { initialWindowSize: 65_535 },
  });
  const open = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    seen.sessions++;
    open.add(session);
    session.on("error", () => {});
  });
  const serve = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    raw: string[],
  ) => {
    stream.on("error", () => {});
    seen.requests.push({ headers, raw });
    handler(stream, headers);
  };
  server.on("stream", serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      open.forEach((session) => session.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A session through the proxy. */
export async function sessionOf(
  rig: Rig,
  authority = `${HOST}:443`,
): Promise<ClientHttp2Session> {
  const socket = await rig.secure(authority, { protocols: ["h2"] });
  expect(socket.alpnProtocol).toBe("h2");
  const session = connect(`https://${HOST}`, {
    createConnection: () => socket,
  });
  session.on("error", () => {});
  return session;
}

/** What came of a request. */
export interface Outcome {
  headers?: IncomingHttpHeaders;
  informational: IncomingHttpHeaders[];
  body: string;
  trailers?: IncomingHttpHeaders;
  code: number;
}

/** What comes of the request, when its stream is closed. */
export function outcomeOf(stream: ClientHttp2Stream): Promise<Outcome> {
  const outcome: Outcome = { informational: [], body: "", code: 0 };
  stream.setEncoding("latin1");
  stream.on("headers", (headers) => outcome.informational.push(headers));
  stream.on("response", (headers) => outcome.headers = headers);
  stream.on("trailers", (trailers) => outcome.trailers = trailers);
  stream.on("data", (text) => outcome.body += text);
  stream.on("error", () => {});
  return new Promise((resolve) =>
    stream.on("close", () => {
      outcome.code = stream.rstCode ?? 0;
      resolve(outcome);
    })
  );
}

/** Sends a request without a body. */
export async function get(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
): Promise<Outcome> {
  return await outcomeOf(session.request(headers));
}
