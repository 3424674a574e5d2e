// Who does not read holds back who writes: the proxy keeps no body in its memory.
import { expect } from "expect";
import type { Socket } from "node:net";
import { test } from "node:test";
import { HOST, withRig } from "../support/proxy/proxy_rig.ts";

/**
 * Many times what the kernel's buffers hold: four hops, each with a receive buffer that Linux lets grow to 32 MB and a send
 * buffer of 4 MB. How far they grow in a run is the kernel's affair; that the writer was stopped at all is ours.
 */
const TOTAL = 600_000_000;
const HEAD = /^[\s\S]*?\r\n\r\n/;

/** Writes until the socket takes no more for a while, and gives how much it took. */
function flood(socket: Socket): Promise<number> {
  const piece = new Uint8Array(65_536);
  let written = 0;
  return new Promise((resolve) => {
    let idle: ReturnType<typeof setTimeout>;
    const stop = () => resolve(written);
    const go = () => {
      clearTimeout(idle);
      while (written < TOTAL) {
        written += piece.length;
        if (!socket.write(piece)) {
          // Any pause this long is back-pressure; on a slow machine it only makes the test weaker, never wrong.
          idle = setTimeout(stop, 1_500);
          socket.once("drain", go);
          return;
        }
      }
      stop();
    };
    go();
  });
}

for (const kind of ["routed", "blind"] as const) {
  const host = kind === "routed" ? HOST : "other.example.com";

  test(`a server that does not read holds its client back: ${kind}`, () =>
    withRig({ certificateFor: host }, async (rig) => {
      const client = await rig.tunnel(`${host}:443`);
      client.send(
        `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${
          TOTAL * 2
        }\r\n\r\n`,
      );
      while (!rig.upstream.connections[0]?.received) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      rig.relays.upstream.stall();
      expect(await flood(client.socket)).toBeLessThan(TOTAL);
    }));

  test(`a client that does not read holds its server back: ${kind}`, () =>
    withRig({
      certificateFor: host,
      script: async (connection) => {
        await connection.until(HEAD);
        connection.send(
          `HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL * 2}\r\n\r\n`,
        );
      },
    }, async (rig) => {
      const client = await rig.tunnel(`${host}:443`);
      client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await client.until(/\r\n\r\n/);
      rig.relays.client.stall();
      expect(await flood(rig.upstream.connections[0]!.socket)).toBeLessThan(
        TOTAL,
      );
    }));
}
