/**
 * The network of a sandbox: a process that owns a network of its own, where every address of the world leads to
 * itself. `127.0.0.1:3128` is the proxy there; a program that ignores proxies and connects to port 80 or 443 of any
 * address ends here too, and is led to the proxy by the name that it asks for. Nothing else is reachable.
 *
 * The sandboxed command shares this network, and no right over it. This process lives outside the sandbox's files and
 * processes, so the command can neither see nor stop it. It ends with its input, which authsome holds.
 *
 * Started at each sandboxed run, so it loads what most runs never need only when it is needed.
 *
 * @module
 */
import type { AddressMap } from "../../sandbox/dns.ts";

/** Where the command finds the proxy. */
export const PROXY_PORT = 3128;

/** Said by authsome on the input: one line of JSON. */
export interface ProxySocket {
  /** Path of the Unix socket that the proxy listens on. */
  socket: string;
  /** Value of `Proxy-Authorization`, for programs that know of no proxy. */
  authorization: string;
}

/** Ports that programs without a proxy are served on. */
const PORTS = [80, 443];
const HEAD_LIMIT = 65_536;
/** How long a program is waited for that says nothing, as one whose server speaks first. Milliseconds. */
const SILENCE_MS = 30_000;
/** Most connections at a time, as many as the proxy takes. */
const MAX_CONNECTIONS = 2_048;

/** Serves until the input ends; says `ready` once everything is served. */
export async function serveSandboxNetwork(): Promise<void> {
  const said = Promise.withResolvers<ProxySocket>();
  await Promise.all([
    listen("127.0.0.1", PROXY_PORT, async (conn) => {
      await forward(conn, await said.promise, undefined);
    }),
    ...PORTS.map((port) =>
      listenEverywhere(port, async (conn) => {
        await forward(conn, await said.promise, {
          ...await destination(conn, port),
          port,
        });
      })
    ),
    bound(answerNames()),
  ]);
  Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));

  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4_096);
  for (;;) {
    const size = await Deno.stdin.read(buffer);
    if (size === null) return;
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
    if (text.endsWith("\n")) said.resolve(fromItsFolder(JSON.parse(text)));
  }
}

/** How often, and how long in milliseconds, a port is waited for. */
const [TRIES, PAUSE_MS] = [1_000, 1];

/** Waits until connections are taken: on Node that is a moment after the call. Rejects if they never are. */
export async function bound(listener: { addr: Deno.Addr }): Promise<void> {
  for (let tries = 0; !("port" in listener.addr); tries++) {
    if (tries > TRIES) throw new Error("a port of the sandbox is taken");
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** A path of a socket has at most 107 bytes, and a home may be longer; its name alone is short. */
function fromItsFolder({ socket, authorization }: ProxySocket): ProxySocket {
  const at = socket.lastIndexOf("/");
  Deno.chdir(socket.slice(0, at));
  return { socket: socket.slice(at + 1), authorization };
}

let map: AddressMap | undefined;

/** The names that were asked for, and how one asks. */
async function names() {
  const { AddressMap, answerQuery } = await import("../../sandbox/dns.ts");
  return { addresses: map ??= new AddressMap(), answerQuery };
}

let connections = 0;

async function listen(
  hostname: string,
  port: number,
  serve: (conn: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname, port });
  await bound(listener);
  (async () => {
    for (;;) {
      const conn = await accepted(listener);
      if (connections >= MAX_CONNECTIONS) {
        conn.close();
        continue;
      }
      connections++;
      serve(conn).catch(() => {}).finally(() => {
        connections--;
        close(conn);
      });
    }
  })();
}

/** The next connection. One whose program has reset it by now is an error, after which there are others. */
async function accepted(listener: Deno.TcpListener): Promise<Deno.TcpConn> {
  for (;;) {
    try {
      const conn = await listener.accept();
      conn.setNoDelay();
      return conn;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** On every address of both families, or of the only one that there is. */
async function listenEverywhere(
  port: number,
  serve: (conn: Deno.TcpConn) => Promise<void>,
): Promise<void> {
  try {
    await listen("::", port, serve);
  } catch {
    await listen("0.0.0.0", port, serve);
  }
}

function answerNames(): Deno.DatagramConn {
  const socket = Deno.listenDatagram({
    transport: "udp",
    hostname: "0.0.0.0",
    port: 53,
  });
  (async () => {
    for await (const [query, from] of socket) {
      const { addresses, answerQuery } = await names();
      const answer = answerQuery(query, addresses);
      if (answer) socket.send(answer, from).catch(() => {});
    }
  })();
  return socket;
}

/** The name that `conn` asks for, else the one that its address was given for, else the address. */
async function destination(
  conn: Deno.TcpConn,
  port: number,
): Promise<{ host: string; first: Uint8Array }> {
  const [{ namedHost }, { addresses }] = await Promise.all([
    import("../../sandbox/named_host.ts"),
    names(),
  ]);
  const address = conn.localAddr.hostname.replace(/^::ffff:/, "");
  const timer = setTimeout(() => close(conn), SILENCE_MS);
  let first: Uint8Array = new Uint8Array();
  const buffer = new Uint8Array(16_384);
  try {
    for (;;) {
      const size = await conn.read(buffer);
      if (size === null) throw new Error("closed before it said anything");
      const bytes = new Uint8Array(first.length + size);
      bytes.set(first);
      bytes.set(buffer.subarray(0, size), first.length);
      first = bytes;
      const named = namedHost(first, port);
      if (named.kind === "incomplete") continue;
      const host = named.kind === "host"
        ? named.host
        : addresses.nameOf(address) ??
          (address.includes(":") ? `[${address}]` : address);
      return { host, first };
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Joins `conn` and the proxy; through a tunnel to `wanted` if the program knows of no proxy. */
async function forward(
  conn: Deno.TcpConn,
  { socket, authorization }: ProxySocket,
  wanted: { host: string; port: number; first: Uint8Array } | undefined,
): Promise<void> {
  const proxy = await Deno.connect({ transport: "unix", path: socket });
  try {
    if (wanted) await openTunnel(proxy, wanted, authorization);
    // Whatever ends one way, what comes the other way still arrives.
    await Promise.all([copy(conn, proxy), copy(proxy, conn)]);
  } finally {
    close(proxy);
  }
}

/** Copies until `from` ends or `to` takes no more, then shuts down the write side of `to`. */
async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let size; (size = await from.read(buffer)) !== null;) {
      await writeAll(to, buffer.subarray(0, size));
    }
  } catch { /* The other way tells what is left. */ }
  try {
    await to.closeWrite();
  } catch { /* It is gone. */ }
}

/** Asks the proxy for a tunnel (RFC 9110 §9.3.6) and sends the first bytes into it. Rejects if it is refused. */
async function openTunnel(
  proxy: Deno.Conn,
  { host, port, first }: { host: string; port: number; first: Uint8Array },
  authorization: string,
): Promise<void> {
  const target = `${host}:${port}`;
  await writeAll(
    proxy,
    new TextEncoder().encode(
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${authorization}\r\n\r\n`,
    ),
  );
  let head = "";
  const byte = new Uint8Array(1);
  // What follows the head belongs to the tunnel; it is some 40 bytes.
  while (!head.endsWith("\r\n\r\n")) {
    if (head.length > HEAD_LIMIT || await proxy.read(byte) === null) {
      throw new Error("the proxy closed the connection");
    }
    head += String.fromCharCode(byte[0]!);
  }
  if (!/^HTTP\/1\.1 200 /.test(head)) throw new Error("refused by the proxy");
  await writeAll(proxy, first);
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* Its streams have closed it. */ }
}
