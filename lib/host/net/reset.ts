/** A connection that ends broken, as the one behind it did. @module */
import type { Socket } from "node:net";

/** Milliseconds between looks. */
const LOOK = 20;

/**
 * Resets a connection once the other side's system has taken all that was written: a reset throws away what has not left
 * yet (RFC 9293 §3.10.7.4). Where that cannot be known (not Linux, not TCP) it just ends.
 */
export function resetWhenTaken(socket: Socket): void {
  const look = () => {
    if (socket.destroyed) return;
    const left = untaken(socket);
    if (left === undefined) socket.end();
    else if (left === 0) socket.resetAndDestroy();
    else setTimeout(look, LOOK);
  };
  look();
}

/** Bytes written to `socket` that the other side's system has not acknowledged. */
function untaken(socket: Socket): number | undefined {
  const { localPort, remotePort } = socket;
  if (Deno.build.os !== "linux" || !localPort || !remotePort) return undefined;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    try {
      for (const line of Deno.readTextFileSync(table).split("\n")) {
        // Number, local and remote address with port, state, bytes to send and to read (proc_net_tcp.txt).
        const [, local, remote, sending] =
          /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/
            .exec(line) ?? [];
        if (
          parseInt(local ?? "", 16) === localPort &&
          parseInt(remote ?? "", 16) === remotePort
        ) return parseInt(sending!, 16);
      }
    } catch { /* There is no such table. */ }
  }
  return undefined;
}
