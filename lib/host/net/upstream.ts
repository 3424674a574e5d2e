/** Connections to servers: TCP, through the parent's proxy if need be, and verified TLS. @module */
import type { ByteStream } from "../../ports/net.ts";
import { DialError } from "../../proxy/planner.ts";
import type { DialOptions } from "../../proxy/plan.ts";
import { type Endpoint, formatAuthority } from "../../wire/target.ts";
import { type ConnectOptions, connectTcp } from "./connect.ts";
import type { ShownBy } from "./causes/certificate_flaw.ts";
import { close } from "./connect_first.ts";

/** How a runtime speaks on a connection that is open: `upstream_deno.ts`, `upstream_node.ts`. */
export interface Transport {
  /** The connection itself; `rest` was read from it already. */
  plain(tcp: Deno.TcpConn, rest: Uint8Array): ByteStream;
  /**
   * TLS whose certificate is verified for `host`, an address without brackets or a name. Never a session of another
   * connection. With `http2` the server must agree to that protocol, else to HTTP/1.1 if to any.
   *
   * @throws {NoHttp2}
   */
  secure(
    tcp: Deno.TcpConn,
    options: { host: string; caCerts: string[]; http2: boolean },
  ): Promise<ByteStream>;
}

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
  const timer = setTimeout(
    () => abort.abort(new DOMException("", "TimeoutError")),
    CONNECT_MS,
  );
  let conn: Deno.TcpConn | undefined;
  let shown: ShownBy | undefined;
  try {
    const { tcp, rest, tunnel } = await connectTcp(
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
    shown = { ...endpoint, address: tcp.remoteAddr.hostname, tunnel };
    return await transport.secure(tcp, { host, caCerts, http2 });
  } catch (error) {
    if (conn) close(conn);
    if (error instanceof DialError) throw error;
    if (error instanceof NoHttp2) throw noHttp2(endpoint, error);
    const { explained } = await import("./causes/dial_failure.ts");
    // What is a TypeError has its reason already.
    throw await explained(
      abort.signal.aborted && !(error instanceof TypeError)
        ? abort.signal.reason
        : error,
      endpoint,
      shown,
    );
  } finally {
    clearTimeout(timer);
  }
}

function noHttp2(endpoint: Endpoint, cause: NoHttp2): DialError {
  return new DialError(
    "upstream_unreachable",
    `${
      formatAuthority(endpoint)
    } does not support HTTP/2, and the client supports nothing else`,
    { cause },
  );
}
