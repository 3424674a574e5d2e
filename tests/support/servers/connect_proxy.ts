/**
 * A CONNECT proxy that leads every host to one port of loopback: the parent's proxy of a test, so that clients and the
 * proxy under test use real names.
 *
 * @module
 */
import { connect, createServer, type Socket } from "node:net";

/** A running proxy. */
export interface ConnectProxy {
  /** `http://127.0.0.1:port` */
  url: string;
  /** Heads of the requests, in order. */
  heads: string[];
  close(): Promise<void>;
}

/** Starts the proxy. `portOf` says where on loopback a `host:port` is, or `undefined` to answer 502. */
export async function startConnectProxy(
  portOf: (authority: string) => number | undefined,
): Promise<ConnectProxy> {
  const open = new Set<Socket>();
  const heads: string[] = [];
  const server = createServer((client) => {
    track(client);
    let head = "";
    client.on("data", function read(bytes: Uint8Array) {
      head += String.fromCharCode(...bytes);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0) return;
      client.off("data", read);
      client.pause();
      heads.push(head.slice(0, end + 4));
      const rest = Uint8Array.from(head.slice(end + 4), (c) => c.charCodeAt(0));
      const port = portOf(head.split(" ")[1]!);
      if (port === undefined) {
        client.end("HTTP/1.1 502 Unknown Host\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      const upstream = connect(port, "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connected\r\n\r\n");
        upstream.write(rest);
        client.pipe(upstream).pipe(client);
      });
      track(upstream);
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
  });
  const track = (socket: Socket) => {
    open.add(socket.setNoDelay(true));
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    heads,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      open.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
