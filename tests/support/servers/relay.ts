/** A TCP relay on loopback that can stop reading, which sockets of `node:tls` on Deno cannot be trusted to do. @module */
import { connect, createServer, type Socket } from "node:net";

/** A running relay. */
export interface Relay {
  port: number;
  /** From now on nothing is read from either side. */
  stall(): void;
  /** Closes every connection, on both sides. */
  drop(): void;
  close(): Promise<void>;
}

/** Relays connections to `port` of loopback. */
export async function startRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (
      const [from, to] of [[client, upstream], [upstream, client]] as const
    ) {
      sockets.add(from.setNoDelay(true));
      from.on("error", () => {});
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    stall() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    drop() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
