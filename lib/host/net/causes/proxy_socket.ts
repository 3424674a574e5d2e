/**
 * A tunnel through the machine's proxy as a socket of `node:net`. Unlike a proxy agent it says what the proxy answered,
 * on every runtime.
 *
 * @module
 */
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { concat, EMPTY } from "../../../wire/byte_stream.ts";
import { connectRequest, connectResponse } from "../../../wire/parent_proxy.ts";
import {
  type NamedProxy,
  reasonIn,
  RequestFailure,
} from "../../../wire/request_failure.ts";
import type { Endpoint } from "../../../wire/target.ts";

/** How long the proxy has to make the tunnel, in milliseconds. */
const TUNNEL_MS = 30_000;

/** A tunnel that the machine's proxy is asked for. */
export interface Tunnel {
  proxy: URL;
  target: Endpoint;
  /** How the proxy is called in messages. */
  named: NamedProxy;
}

/**
 * Opens a tunnel (RFC 9110 §9.3.6).
 *
 * @param trust what a proxy whose URL begins with `https:` is verified by.
 * @throws {RequestFailure} if the proxy was not reached or refused.
 */
export async function proxySocket(
  { proxy, target, named }: Tunnel,
  trust: ConnectionOptions = {},
): Promise<Socket> {
  const host = proxy.hostname.replace(/^\[(.*)\]$/, "$1");
  const secure = proxy.protocol === "https:";
  const port = Number(proxy.port || (secure ? 443 : 80));
  const socket: Socket = secure
    ? connectTls({
      ...trust,
      host,
      port,
      servername: isIP(host) ? "" : host,
      ALPNProtocols: ["http/1.1"],
    })
    : connect(port, host);
  socket.setNoDelay(true);
  const timer = setTimeout(
    () => socket.destroy(new DOMException("", "TimeoutError")),
    TUNNEL_MS,
  );
  try {
    await event(socket, secure ? "secureConnect" : "connect");
    const status = await ask(socket, proxy, target);
    if (status === 200) return socket;
    throw new RequestFailure({ kind: "status", status, proxy: named });
  } catch (cause) {
    socket.destroy();
    if (cause instanceof RequestFailure) throw cause;
    throw new RequestFailure({ ...reasonIn(cause), proxy: named }, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function ask(
  socket: Socket,
  proxy: URL,
  target: Endpoint,
): Promise<number> {
  socket.write(connectRequest(proxy, target));
  for (let bytes: Uint8Array = EMPTY;;) {
    const chunk: Uint8Array | null = socket.read();
    if (chunk === null) {
      await event(socket, "readable");
      continue;
    }
    bytes = concat(bytes, chunk);
    const answer = connectResponse(bytes);
    if (!answer) continue;
    // The server speaks only after the client has.
    if (answer.rest.length > 0) socket.unshift(answer.rest);
    return answer.status;
  }
}

/** Waits for `name`; rejects if the connection ends before. */
function event(socket: Socket, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      socket.off(name, came).off("error", failed).off("end", ended)
        .off("close", ended);
      // Until somebody else listens, an error must not end the process.
      socket.on("error", () => {});
      settle();
    };
    const came = () => done(resolve);
    const failed = (error: Error) => done(() => reject(error));
    const ended = () =>
      done(() => reject(new Error("the proxy closed the connection")));
    socket.on(name, came).on("error", failed).on("end", ended)
      .on("close", ended);
  });
}
