/** Connections to servers: TCP, through the parent's proxy if need be, and verified TLS. @module */
import type { ByteStream } from "../../ports/net.ts";
import { DialError } from "../../proxy/planner.ts";
import type { DialOptions } from "../../proxy/plan.ts";
import { type Endpoint, formatAuthority } from "../../wire/target.ts";
import { type ConnectOptions, connectTcp } from "./connect.ts";
import { close } from "./connect_first.ts";

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
interface UpstreamOptions extends ConnectOptions {
  transport: Transport;
  /** Roots to trust besides the runtime's own, PEM. */
  caCerts: string[];
}

const CONNECT_MS = 30_000;

/** Opens a connection to `endpoint`. Rejects with a {@linkcode DialError}. */
export async function dial(
  endpoint: Endpoint,
  { tls, http2 = false, named = false }: DialOptions,
  options: UpstreamOptions,
): Promise<ByteStream> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), CONNECT_MS);
  let conn: Deno.TcpConn | undefined;
  try {
    const { tcp, rest } = await connectTcp(
      endpoint,
      { tls, named },
      options,
      abort.signal,
    );
    conn = tcp;
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

function explained(error: unknown, endpoint: Endpoint): DialError {
  if (error instanceof DialError) return error;
  const name = formatAuthority(endpoint);
  if (error instanceof NoHttp2) {
    return new DialError(
      "upstream_unreachable",
      `${name} does not support HTTP/2, and the client supports nothing else`,
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
