/** An API that speaks gRPC over HTTP/2: every call with the real credential is answered with one message. @module */
import { createSecureServer, type IncomingHttpHeaders } from "node:http2";
import type { Leaf } from "../../../lib/wire/certificate_authority.ts";
import type { Imitation } from "./imitation.ts";

/** Frame of gRPC around an empty protobuf message: not compressed, length 0. */
const EMPTY = new Uint8Array(5);
const OK = "0";
const UNAUTHENTICATED = "16";

/** Serves until closed. */
export async function serveGrpc(leaf: Leaf, api: Imitation) {
  const server = createSecureServer({ cert: leaf.certPem, key: leaf.keyPem });
  const open = new Set<{ destroy(): void }>();
  server.on("session", (session) => {
    open.add(session);
    session.on("error", () => {});
    session.on("close", () => open.delete(session));
  });
  server.on("stream", (stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {});
    const carries = api.admits(
      `https://${headers[":authority"]}${headers[":path"]}`,
      Object.entries(headers).map(([name, value]) => [name, String(value)]),
    );
    stream.resume();
    stream.on("end", () => {
      stream.respond({
        ":status": 200,
        "content-type": "application/grpc+proto",
      }, { waitForTrailers: true });
      stream.on("wantTrailers", () =>
        stream.sendTrailers({
          "grpc-status": carries ? OK : UNAUTHENTICATED,
        }));
      stream.end(carries ? EMPTY : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    async close() {
      open.forEach((session) => session.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
