/** Requests to a port, answered by a function, over `node:http`. @module */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";

/** Listens on `hostname`:`port` and resolves when it does. Rejects with the system's error. */
export async function serveOnNode(
  { hostname, port }: { hostname: string; port: number },
  handler: (
    request: Request,
    ends: Record<"from" | "to", { hostname: string; port: number }>,
  ) => Response | Promise<Response>,
): Promise<{ port: number; shutdown(): Promise<void>; unref(): void }> {
  const server: Server = createServer(
    getRequestListener(async (request, { incoming }) => {
      try {
        const { socket } = incoming;
        return await handler(request, {
          from: end(socket.remoteAddress, socket.remotePort),
          to: end(socket.localAddress, socket.localPort),
        });
      } catch {
        return new Response("Internal error", { status: 500 });
      }
    }, { overrideGlobalObjects: false }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    shutdown: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    unref() {
      server.unref();
      server.closeAllConnections();
    },
  };
}

/** A connection that is gone already has none. */
function end(hostname = "", port = 0): { hostname: string; port: number } {
  return { hostname, port };
}
