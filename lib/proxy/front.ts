/**
 * The first moments of a connection from the command: who it is, where it wants to go, and whether its tunnel is opened.
 *
 * Invariant: nobody is served without the password of the run. A tunnel is opened only for the host and port of a route,
 * with a server name that is that host; every other tunnel is blind.
 *
 * @module
 */
import { sameText } from "../bytes.ts";
import {
  type ByteStream,
  concat,
  EMPTY,
  latin1,
  splice,
} from "../wire/byte_stream.ts";
import { readClientHello } from "../wire/client_hello.ts";
import { auditor, portOf } from "../request/auditor.ts";
import { decideTunnel } from "../request/decide.ts";
import { HttpSession } from "./exchange.ts";
import {
  headEnd,
  HeadError,
  parseRequestHead,
  type RequestHead,
  values,
} from "../wire/http1.ts";
import {
  type DialOptions,
  plainPlanner,
  type ProxyContext,
  tunnelPlanner,
} from "./plan.ts";
import {
  DialError,
  type Phase,
  type Planner,
  type Session,
  type SessionEvents,
} from "./planner.ts";
import { type Refusal, refusalResponse } from "../request/refusal.ts";
import type { BoundedAudit } from "./bounded_audit.ts";
import {
  type Endpoint,
  formatAuthority,
  isLoopback,
  parseAbsoluteTarget,
  parseAuthority,
} from "../wire/target.ts";

/** A connection that can become the server's side of TLS. */
export interface ClientStream extends ByteStream {
  /**
   * Shakes hands for `host`; `hello` is what was read already. Rejects if the client does not agree.
   *
   * @returns the connection, and whether the client speaks HTTP/2 on it: only one that offers nothing else does.
   */
  secure(
    host: string,
    hello: Uint8Array,
  ): Promise<{ stream: ByteStream; http2: boolean }>;
}

/** What a {@linkcode Front} works with. */
export interface FrontContext extends ProxyContext {
  /** The value of `Proxy-Authorization` that is let in. */
  authorization: string;
  /** Ports of this machine that nobody is led to: the proxy's own and the login server's. */
  refusedPorts: ReadonlySet<number>;
  /** Serves a client that speaks HTTP/2. */
  serveHttp2(
    client: ByteStream,
    plan: Planner,
    events: SessionEvents,
  ): Promise<Session>;
  /** Takes what is refused unread. */
  unread: Pick<BoundedAudit, "deny">;
}

/** Told what becomes of a connection. */
export interface FrontEvents {
  /** It has shown the password. Whether there is a place for it. */
  admitted(): boolean;
  /** It is gone; told once. */
  closed(): void;
}

const ESTABLISHED = latin1("HTTP/1.1 200 Connection Established\r\n\r\n");
/** The TLS alert `unrecognized_name`, fatal (RFC 6066 §3). */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112);

/** One connection from the command, from its first byte on. */
export class Front {
  readonly #client: ClientStream;
  readonly #context: FrontContext;
  readonly #events: FrontEvents;
  #phase: Phase = "stranger";
  #since = Date.now();
  #session: Session | undefined;
  #upstream: ByteStream | undefined;
  #open = true;

  constructor(
    client: ClientStream,
    context: FrontContext,
    events: FrontEvents,
  ) {
    this.#client = client;
    this.#context = context;
    this.#events = events;
    let bytes = EMPTY;
    this.#own((chunk) => {
      bytes = concat(bytes, chunk);
      this.#head(bytes);
    });
  }

  get phase(): Phase {
    return this.#session?.phase ?? this.#phase;
  }

  /** Since when the connection has been in its phase, epoch milliseconds. */
  get since(): number {
    return this.#session?.since ?? this.#since;
  }

  /** Bytes moved so far on all sides. */
  get moved(): number {
    return this.#client.moved + (this.#session?.moved ?? 0) +
      (this.#upstream?.moved ?? 0);
  }

  /** Bytes that wait to be sent, on all sides. */
  get queued(): number {
    return this.#session?.queued ??
      this.#client.queued + (this.#upstream?.queued ?? 0);
  }

  /** Ends what has lasted too long, so that the client sees that something is missing. */
  expire(): void {
    if (this.#session) this.#session.expire();
    else if (this.#phase === "raw") {
      this.#client.finish("reset");
      this.#upstream?.destroy();
    } else this.destroy();
  }

  destroy(): void {
    this.#session?.destroy();
    this.#upstream?.destroy();
    this.#client.destroy();
  }

  #own(data: (bytes: Uint8Array) => void): void {
    this.#client.own({
      data,
      end: () => this.#client.destroy(),
      drain: () => {},
      close: () => this.#close(),
    });
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#events.closed();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#since = Date.now();
  }

  #head(bytes: Uint8Array): void {
    let head: RequestHead;
    let end: number;
    try {
      end = headEnd(bytes);
      if (end < 0) return;
      head = parseRequestHead(bytes.subarray(0, end));
    } catch (error) {
      if (!(error instanceof HeadError)) throw error;
      this.#turnAway({
        status: error.status,
        reason: "bad_request",
        message: `Cannot read the request: ${error.message}`,
        hint: "",
      });
      return;
    }
    if (!this.#admits(head)) {
      const target = head.method === "CONNECT"
        ? parseAuthority(head.target)
        : parseAbsoluteTarget(head.target);
      this.#turnAway(UNAUTHENTICATED, { method: head.method, ...target });
    } else if (!this.#events.admitted()) {
      this.destroy();
    } else if (head.method === "CONNECT") {
      this.#connect(head, bytes.subarray(end));
    } else {
      this.#plain(bytes);
    }
  }

  #admits(head: RequestHead): boolean {
    const given = values(head.fields, "proxy-authorization");
    return given.length === 1 &&
      sameText(given[0]!, this.#context.authorization);
  }

  /** Refuses whoever has not shown the password. */
  #turnAway(
    refusal: Refusal,
    { method, host }: { method?: string; host?: string } = {},
  ): void {
    this.#context.unread.deny({
      reason: refusal.reason,
      status: refusal.status,
      ...(method === undefined ? {} : { method }),
      ...(host === undefined ? {} : { host }),
    });
    this.#refuse(refusal);
  }

  /** Answers, and throws away what still comes. */
  #refuse(
    refusal: Refusal,
    head?: { method: string; target: string },
    endpoint?: Endpoint,
  ): void {
    if (head) {
      auditor(this.#context, endpoint ?? { host: "", port: 0 }, {
        method: head.method,
        target: "",
      })({
        event: "deny",
        ok: false,
        reason: refusal.reason,
        status: refusal.status,
      });
      this.#enter("linger");
    }
    // Else it stays a stranger, whose time goes on.
    this.#own(() => {});
    this.#client.write(
      refusalResponse(refusal, {
        close: true,
        ...(head ? { method: head.method } : {}),
      }),
    );
    this.#client.finish("closed");
  }

  #plain(bytes: Uint8Array): void {
    this.#enter("head");
    const context = this.#context;
    const planner = plainPlanner({
      ...context,
      dial: (to, options) => this.#dial(to, options),
    }, (head) => this.#admits(head) ? undefined : UNAUTHENTICATED);
    this.#session = new HttpSession(
      this.#client,
      planner,
      this.#sessionEvents(),
      bytes,
    );
  }

  #sessionEvents(host?: string): SessionEvents {
    return {
      unreadable: ({ reason, status }) =>
        this.#context.unread.deny({
          reason,
          status,
          ...(host === undefined ? {} : { host }),
        }),
      closed: () => this.#close(),
    };
  }

  #connect(head: RequestHead, rest: Uint8Array): void {
    const endpoint = parseAuthority(head.target);
    const [host] = values(head.fields, "host");
    const named = host === undefined
      ? endpoint
      : parseAuthority(host, endpoint?.port);
    if (!endpoint || head.framing.kind !== "none") {
      this.#refuse(
        {
          status: 400,
          reason: "bad_request",
          message: "CONNECT needs host:port and no body",
          hint: "",
        },
        head,
        endpoint,
      );
    } else if (named?.host !== endpoint.host || named.port !== endpoint.port) {
      this.#refuse(
        {
          status: 421,
          reason: "authority_mismatch",
          message:
            "The Host header and the target of CONNECT name different servers",
          hint: `Send Host: ${head.target}`,
        },
        head,
        endpoint,
      );
    } else {
      this.#lead(head, endpoint, rest);
    }
  }

  /** Opens the tunnel, or leads it on blind. */
  async #lead(
    head: RequestHead,
    endpoint: Endpoint,
    rest: Uint8Array,
  ): Promise<void> {
    this.#enter("exchange");
    let early = rest;
    this.#own((bytes) => {
      early = concat(early, bytes);
      this.#client.pause();
    });
    try {
      const verdict = decideTunnel(
        endpoint,
        await this.#context.routes(),
        this.#context.policy,
      );
      if (!this.#open) return;
      if (!verdict) {
        this.#opened(endpoint, early);
      } else if (verdict.kind === "refuse") {
        this.#refuse(verdict.refusal, head, endpoint);
      } else {
        const upstream = await this.#dial(endpoint, { tls: false });
        if (!this.#open) {
          upstream.destroy();
          return;
        }
        this.#enter("raw");
        this.#upstream = upstream;
        this.#client.write(ESTABLISHED);
        splice(this.#client, upstream, early, {
          parted: () => this.#enter("linger"),
          closed: () => this.#close(),
        });
        this.#client.resume();
      }
    } catch (error) {
      if (!this.#open) return;
      const known = error instanceof DialError ? error : new DialError(
        "upstream_unreachable",
        `Cannot reach ${formatAuthority(endpoint)}`,
      );
      this.#refuse(
        {
          status: known.reason === "destination_refused" ? 403 : 502,
          reason: known.reason,
          message: known.message,
          hint: known.hint,
        },
        head,
        endpoint,
      );
    }
  }

  /** Opens the tunnel to a routed host, so that its requests can be given a credential. */
  #opened(endpoint: Endpoint, early: Uint8Array): void {
    this.#enter("head");
    this.#client.write(ESTABLISHED);
    let bytes = early;
    const read = (chunk: Uint8Array) => {
      bytes = concat(bytes, chunk);
      const hello = readClientHello(bytes);
      if (hello.kind === "incomplete") return;
      if (
        hello.kind === "invalid" || !speaksFor(hello.serverName, endpoint.host)
      ) {
        // A name that is not the tunnel's would let one host's requests reach another.
        auditor(this.#context, endpoint, { method: "CONNECT", target: "" })({
          event: "deny",
          ok: false,
          reason: hello.kind === "invalid"
            ? "bad_request"
            : "authority_mismatch",
        });
        this.#own(() => {});
        if (hello.kind === "hello") this.#client.write(UNRECOGNIZED_NAME);
        this.#enter("linger");
        this.#client.finish("closed");
        return;
      }
      this.#own(() => {});
      this.#secure(endpoint, bytes);
    };
    this.#own(read);
    // First, since reading a whole ClientHello gives the socket away.
    this.#client.resume();
    if (early.length > 0) read(EMPTY);
  }

  async #secure(endpoint: Endpoint, hello: Uint8Array): Promise<void> {
    try {
      const { stream, http2 } = await this.#client.secure(endpoint.host, hello);
      const planner = tunnelPlanner(this.#context, endpoint);
      const events = this.#sessionEvents(endpoint.host);
      this.#session = http2
        ? await this.#context.serveHttp2(stream, planner, events)
        : new HttpSession(stream, planner, events);
    } catch {
      this.#context.unread.deny({
        reason: "handshake_failed",
        method: "CONNECT",
        host: endpoint.host,
        ...portOf(endpoint),
      });
      this.#client.destroy();
      this.#close();
    }
  }

  async #dial(
    endpoint: Endpoint,
    options: DialOptions,
  ): Promise<ByteStream> {
    if (
      isLoopback(endpoint.host) && this.#context.refusedPorts.has(endpoint.port)
    ) {
      throw new DialError(
        "destination_refused",
        `Commands may not connect to port ${endpoint.port} of this machine`,
      );
    }
    return await this.#context.dial(endpoint, options);
  }
}

const UNAUTHENTICATED: Refusal = {
  status: 407,
  reason: "proxy_authentication_required",
  message: "The proxy serves only the command that authsome started",
  hint: "Use the whole URL in HTTPS_PROXY, with its user and password",
};

/** An IP address is never sent as a server name (RFC 6066 §3). */
function speaksFor(serverName: string | undefined, host: string): boolean {
  if (serverName === undefined) return /^\[|^\d+(\.\d+){3}$/.test(host);
  return serverName.toLowerCase() === host;
}
