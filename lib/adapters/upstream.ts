/** Connections to servers: TCP, through the parent's proxy if need be, and verified TLS. @module */
import { type ByteStream, concat, EMPTY } from "../proxy/byte_stream.ts";
import { DialError } from "../proxy/planner.ts";
import type { DialOptions } from "../proxy/plan.ts";
import {
  bypasses,
  connectRequest,
  connectResponse,
} from "../proxy/parent_proxy.ts";
import { addressKind } from "../proxy/address.ts";
import { type Endpoint, formatAuthority, isLoopback } from "../proxy/target.ts";

/** How a runtime speaks on a connection that is open: `upstream_deno.ts`, `upstream_node.ts`. */
export interface Transport {
  /** The connection itself; `rest` was read from it already. */
  plain(tcp: Deno.TcpConn, rest: Uint8Array): ByteStream;
  /**
   * TLS whose certificate is verified for `host`, an address without brackets or a name. Never a session of another
   * connection. With `http2` the server must agree to that protocol, else to HTTP/1.1 if to any.
   *
   * @throws {UntrustedPeer}
   * @throws {NoHttp2}
   */
  secure(
    tcp: Deno.TcpConn,
    options: { host: string; caCerts: string[]; http2: boolean },
  ): Promise<ByteStream>;
}

/** The server's certificate is not to be trusted; the message says why. */
export class UntrustedPeer extends Error {}

/** The server does not speak HTTP/2. */
export class NoHttp2 extends Error {}

/** How servers are reached. */
export interface UpstreamOptions {
  transport: Transport;
  /** Roots to trust besides the runtime's own, PEM. */
  caCerts: string[];
  /** The parent's proxy. */
  proxy?: URL;
  /** The parent's `NO_PROXY`. */
  noProxy: string;
  /** Ports of this machine that are never connected to. */
  refusedPorts: ReadonlySet<number>;
  /** Whether connections without TLS of our own never lead to this machine or to metadata services. */
  refuseLocal?: boolean;
  /** How a name becomes a TCP connection. Default: as the runtime does it. */
  connect?: typeof Deno.connect;
}

const NONE: ReadonlySet<number> = new Set();
const CONNECT_MS = 30_000;

/** Opens a connection to `endpoint`. Rejects with a {@linkcode DialError}. */
export async function dial(
  endpoint: Endpoint,
  { tls, http2 = false }: DialOptions,
  options: UpstreamOptions,
): Promise<ByteStream> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), CONNECT_MS);
  let conn: Deno.TcpConn | undefined;
  try {
    // What is spelled out is refused before anybody is called.
    checkDestination(
      endpoint,
      endpoint.host,
      { tls, direct: false },
      { ...options, refusedPorts: NONE },
    );
    const { tcp, rest, direct } = await connectTcp(
      endpoint,
      options,
      abort.signal,
    );
    conn = tcp;
    const { hostname } = direct ? tcp.remoteAddr : { hostname: endpoint.host };
    checkDestination(endpoint, hostname, { tls, direct }, options);
    const { transport, caCerts } = options;
    if (!tls) return transport.plain(tcp, rest);
    if (rest.length > 0) throw new Error("the proxy spoke before the server");
    abort.signal.addEventListener("abort", () => close(conn!));
    const host = endpoint.host.replace(/^\[(.*)\]$/, "$1");
    return await transport.secure(tcp, { host, caCerts, http2 });
  } catch (error) {
    if (conn) close(conn);
    throw explained(error, endpoint);
  } finally {
    clearTimeout(timer);
  }
}

async function connectTcp(
  endpoint: Endpoint,
  { proxy, noProxy, connect = Deno.connect }: UpstreamOptions,
  signal: AbortSignal,
): Promise<{ tcp: Deno.TcpConn; rest: Uint8Array; direct: boolean }> {
  if (!proxy || bypasses(noProxy, endpoint)) {
    const tcp = await connect({
      hostname: endpoint.host.replace(/^\[(.*)\]$/, "$1"),
      port: endpoint.port,
      signal,
    });
    tcp.setNoDelay();
    return { tcp, rest: EMPTY, direct: true };
  }
  const tcp = await Deno.connect({
    hostname: proxy.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(proxy.port || 80),
    signal,
  });
  const stop = () => close(tcp);
  signal.addEventListener("abort", stop);
  try {
    tcp.setNoDelay();
    await writeAll(tcp, connectRequest(proxy, endpoint));
    const buffer = new Uint8Array(4_096);
    let bytes = EMPTY;
    for (;;) {
      const size = await tcp.read(buffer);
      if (size === null) throw new Error("the proxy closed the connection");
      bytes = concat(bytes, buffer.slice(0, size));
      const answer = connectResponse(bytes);
      if (!answer) continue;
      if (answer.status !== 200) {
        throw new DialError(
          "upstream_unreachable",
          `The proxy ${proxy.host} answered ${answer.status} for ${
            formatAuthority(endpoint)
          }`,
        );
      }
      return { tcp, rest: answer.rest, direct: false };
    }
  } catch (error) {
    close(tcp);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Refuses what no command is led to. Checked where the connection really leads, before anything is sent, so that no
 * name can lead around it; behind another proxy only an address that was asked for is known.
 */
function checkDestination(
  endpoint: Endpoint,
  address: string,
  { tls, direct }: { tls: boolean; direct: boolean },
  { refusedPorts, refuseLocal }: UpstreamOptions,
): void {
  const kind = addressKind(address);
  if (kind === undefined && direct) throw new Error("the address is unknown");
  if (kind === "loopback" && refusedPorts.has(endpoint.port)) {
    throw new DialError(
      "destination_refused",
      `Port ${endpoint.port} of this machine is not for commands`,
    );
  }
  if (refuseLocal && !tls && (isLoopback(address) || kind === "metadata")) {
    throw new DialError(
      "destination_refused",
      `${endpoint.host} is not for sandboxed commands`,
    );
  }
  // TLS is spoken where credentials go.
  if (
    tls &&
    (kind === "metadata" || kind === "loopback" && !isLoopback(endpoint.host))
  ) {
    throw new DialError(
      "destination_refused",
      `${endpoint.host} leads to ${address}, where no credential is sent`,
    );
  }
}

function explained(error: unknown, endpoint: Endpoint): DialError {
  if (error instanceof DialError) return error;
  const name = formatAuthority(endpoint);
  if (error instanceof NoHttp2) {
    return new DialError(
      "upstream_unreachable",
      `${name} does not speak HTTP/2, and the command speaks nothing else`,
      { cause: error },
    );
  }
  return error instanceof UntrustedPeer
    ? new DialError(
      "upstream_untrusted",
      `The certificate of ${name} is not trusted: ${error.message}`,
      { cause: error.cause },
    )
    : new DialError("upstream_unreachable", `Cannot reach ${name}`, {
      cause: error,
    });
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* It was closed already. */ }
}
