/** Tunnels through the parent's proxy. @module */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { concat, EMPTY, latin1 } from "../../wire/byte_stream.ts";
import { connectRequest, connectResponse } from "../../wire/parent_proxy.ts";
import type { Endpoint } from "../../wire/target.ts";
import { close } from "./connect_first.ts";

/** How long the parent's proxy is waited for that is to connect to us, in milliseconds. */
const TRY_MS = 3_000;

/**
 * Asks `proxy` for a tunnel to `target` (RFC 9110 §9.3.6).
 *
 * @returns the status that it answered, and what was read after that.
 */
export async function openTunnel(
  proxy: URL,
  target: Endpoint,
  signal: AbortSignal,
): Promise<{ tcp: Deno.TcpConn; rest: Uint8Array; status: number }> {
  const tcp = await Deno.connect({
    hostname: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(proxy.port || 80),
    signal,
  });
  const stop = () => close(tcp);
  signal.addEventListener("abort", stop);
  try {
    tcp.setNoDelay();
    await writeAll(tcp, connectRequest(proxy, target));
    const buffer = new Uint8Array(4_096);
    let bytes = EMPTY;
    for (;;) {
      const size = await tcp.read(buffer);
      if (size === null) throw new Error("the proxy closed the connection");
      bytes = concat(bytes, buffer.slice(0, size));
      const answer = connectResponse(bytes);
      if (answer) return { tcp, ...answer };
    }
  } catch (error) {
    close(tcp);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const connecting = new Map<string, Promise<boolean>>();

/**
 * Whether the parent's proxy itself connects to addresses from this machine, rather than to hand everything on to
 * another one. Found out once, by having it connect to us.
 */
export function connectsHere(proxy: URL): Promise<boolean> {
  let known = connecting.get(proxy.href);
  if (!known) connecting.set(proxy.href, known = tryHere(proxy));
  return known;
}

async function tryHere(proxy: URL): Promise<boolean> {
  const ours = crypto.randomUUID();
  const came = Promise.withResolvers<boolean>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      text += String(bytes);
      if (text.startsWith(ours)) came.resolve(true);
    });
  });
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
    came.resolve(false);
  }, TRY_MS);
  let tcp: Deno.TcpConn | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const target = { host: "127.0.0.1", port };
    const tunnel = await openTunnel(proxy, target, abort.signal);
    tcp = tunnel.tcp;
    if (tunnel.status !== 200) return false;
    await writeAll(tcp, latin1(ours));
    // Bytes or an end on the tunnel itself mean that it leads to another server.
    const other = tcp.read(new Uint8Array(1)).then(() => false, () => false);
    return await Promise.race([came.promise, other]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    if (tcp) close(tcp);
    sockets.forEach((socket) => socket.destroy());
    server.close();
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}
