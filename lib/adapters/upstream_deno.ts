/** Connections to servers on Deno: TCP, through the parent's proxy if need be, and verified TLS. @module */
import {
  type ByteStream,
  concat,
  EMPTY,
  type StreamOwner,
} from "../proxy/byte_stream.ts";
import { DialError } from "../proxy/exchange.ts";
import {
  bypasses,
  connectRequest,
  connectResponse,
} from "../proxy/parent_proxy.ts";
import { addressKind } from "../proxy/address.ts";
import { type Endpoint, formatAuthority, isLoopback } from "../proxy/target.ts";

/** How servers are reached. */
export interface UpstreamOptions {
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
const READ_BYTES = 65_536;
/** Above this a chunk is given away with its buffer; below, it is copied and the buffer used again. */
const COPY_BYTES = 16_384;
const HIGH_WATER_BYTES = 262_144;

/** Opens a connection to `endpoint`. Rejects with a {@linkcode DialError}. */
export async function dial(
  endpoint: Endpoint,
  { tls }: { tls: boolean },
  options: UpstreamOptions,
): Promise<ByteStream> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), CONNECT_MS);
  let conn: Deno.Conn | undefined;
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
    if (!tls) return new DenoStream(tcp, rest);
    if (rest.length > 0) throw new Error("the proxy spoke before the server");
    abort.signal.addEventListener("abort", () => close(conn!));
    const secure = await Deno.startTls(tcp, {
      hostname: endpoint.host.replace(/^\[(.*)\]$/, "$1"),
      caCerts: options.caCerts,
      alpnProtocols: ["http/1.1"],
    });
    conn = secure;
    await secure.handshake();
    return new DenoStream(secure, EMPTY);
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
  const message = error instanceof Error ? error.message : "";
  const [, detail] = /invalid peer certificate: (.*)/i.exec(message) ?? [];
  return detail === undefined
    ? new DialError("upstream_unreachable", `Cannot reach ${name}`, {
      cause: error,
    })
    : new DialError(
      "upstream_untrusted",
      `The certificate of ${name} is not trusted: ${detail}`,
      { cause: error },
    );
}

/** A `Deno.Conn` as the proxy's engine wants it. */
class DenoStream implements ByteStream {
  moved = 0;
  #owner: StreamOwner | undefined;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #writing = false;
  #full = false;
  #ending = false;
  #readEnded = false;
  #writeEnded = false;
  #closed = false;
  #paused = false;
  #wake: (() => void) | undefined;
  #buffer = new Uint8Array(COPY_BYTES);

  constructor(
    private readonly conn: Deno.TcpConn | Deno.TlsConn,
    private first: Uint8Array,
  ) {}

  own(owner: StreamOwner): void {
    const started = this.#owner !== undefined;
    this.#owner = owner;
    if (!started) this.#read();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (!this.#writing) this.#flush();
    if (this.#queued < HIGH_WATER_BYTES) return true;
    this.#full = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#writing) this.#flush();
  }

  destroy(): void {
    this.#close(false);
  }

  async #read(): Promise<void> {
    try {
      if (this.first.length > 0) this.#owner!.data(this.first);
      for (;;) {
        if (this.#paused) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#closed) return;
        const size = await this.conn.read(this.#buffer);
        if (this.#closed) return;
        if (size === null) break;
        this.moved += size;
        this.#owner!.data(this.#take(size));
      }
      this.#readEnded = true;
      this.#owner!.end();
      if (this.#writeEnded) this.#close(false);
    } catch {
      this.#close(true);
    }
  }

  #take(size: number): Uint8Array {
    const buffer = this.#buffer;
    if (size < COPY_BYTES) return buffer.slice(0, size);
    // A body of some length: it is worth a larger buffer, which is given away with each chunk.
    this.#buffer = new Uint8Array(
      size === buffer.length ? READ_BYTES : COPY_BYTES,
    );
    return size === buffer.length ? buffer : buffer.subarray(0, size);
  }

  async #flush(): Promise<void> {
    this.#writing = true;
    try {
      while (this.#queue.length > 0) {
        const bytes = this.#queue.length === 1
          ? this.#queue[0]!
          : this.#queue.shift()!;
        if (this.#queue.length === 1 && bytes === this.#queue[0]) {
          this.#queue = [];
        }
        for (let at = 0; at < bytes.length;) {
          const size = await this.conn.write(
            at === 0 ? bytes : bytes.subarray(at),
          );
          if (this.#closed) return;
          at += size;
          this.moved += size;
          this.#queued -= size;
        }
        if (this.#full && this.#queued < HIGH_WATER_BYTES / 2) {
          this.#full = false;
          this.#owner?.drain();
        }
      }
      if (this.#ending && !this.#writeEnded) {
        await this.conn.closeWrite();
        this.#writeEnded = true;
        if (this.#readEnded) this.#close(false);
      }
    } catch {
      this.#close(true);
    } finally {
      this.#writing = false;
      if (
        !this.#closed &&
        (this.#queue.length > 0 || this.#ending && !this.#writeEnded)
      ) this.#flush();
    }
  }

  #close(failed: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    close(this.conn);
    this.resume();
    this.#owner?.close(failed);
  }
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
