/**
 * The first moments of a connection from the command: who it is, where it wants to go, and whether its tunnel is opened.
 *
 * Invariant: no client is served without the password of the run. A tunnel is opened only for the host and port of a route,
 * with a server name that is that host; every other tunnel is blind.
 *
 * @module
 */
import { defined } from "../object.ts";
import { sameText } from "../bytes.ts";
import { Leaver } from "../request/control/asker.ts";
import { auditor, denied, portOf } from "../request/auditor.ts";
import { decideTunnel } from "../request/decide.ts";
import {
  type Refusal,
  refusalResponse,
  UNTRUSTED_CA,
} from "../request/refusal.ts";
import type { ClientReport } from "../ports/client_report.ts";
import type { ByteStream } from "../ports/net.ts";
import { readClientHello } from "../wire/client_hello.ts";
import { concat, EMPTY, latin1 } from "../wire/byte_stream.ts";
import {
  headEnd,
  HeadError,
  parseRequestHead,
  type RequestHead,
  values,
} from "../wire/http1.ts";
import {
  type Endpoint,
  formatAuthority,
  isLoopback,
  parseAbsoluteTarget,
  parseAuthority,
} from "../wire/target.ts";
import type {
  ClientContext,
  ClientEvents,
  ClientStream,
} from "./client_context.ts";
import { judgeClientHello, readConnect } from "./connect_request.ts";
import { HttpSession } from "./http_session.ts";
import { plainPlanner } from "./plain/plain_planner.ts";
import { type DialOptions, tunnelPlanner } from "./plan.ts";
import {
  DialError,
  dialError,
  type Phase,
  type Planner,
  type Session,
  type SessionEvents,
  unreachable,
} from "./planner.ts";
import { RawTunnel } from "./raw_tunnel.ts";
import { WaitingClient } from "./waiting_client.ts";

const ESTABLISHED = latin1("HTTP/1.1 200 Connection Established\r\n\r\n");
/** The TLS alert `unrecognized_name`, fatal (RFC 6066 §3). */
const UNRECOGNIZED_NAME = Uint8Array.of(21, 3, 3, 0, 2, 2, 112);

/** One connection from the command, from its first byte on. */
export class ClientConnection implements Session {
  readonly #client: ClientStream;
  readonly #context: ClientContext;
  readonly #events: ClientEvents;
  readonly #report: ClientReport = {
    ...{ admitted: false, opened: false, tls: "none", requests: 0 },
  };
  #session: Session;
  /** Set while the rules are asked about a tunnel. */
  #asker: Leaver | undefined;
  #open = true;

  constructor(
    client: ClientStream,
    context: ClientContext,
    events: ClientEvents,
  ) {
    this.#client = client;
    this.#context = context;
    this.#events = events;
    this.#session = new WaitingClient(client, "stranger");
    context.observe?.(this.#report);
    let bytes = EMPTY;
    this.#own((chunk) => {
      bytes = concat(bytes, chunk);
      this.#head(bytes);
    });
  }

  get phase(): Phase {
    return this.#session.phase;
  }

  get since(): number {
    return this.#session.since;
  }

  get moved(): number {
    return this.#session.moved;
  }

  get queued(): number {
    return this.#session.queued;
  }

  expire(): void {
    this.#session.expire();
  }

  destroy(): void {
    this.#session.destroy();
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
    this.#asker?.leave();
    this.#events.closed();
  }

  #wait(phase: Phase): void {
    this.#session = new WaitingClient(this.#client, phase);
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
    const { method } = head;
    const target = method === "CONNECT"
      ? parseAuthority(head.target)
      : parseAbsoluteTarget(head.target);
    Object.assign(this.#report, {
      method,
      host: target?.host,
      port: target?.port,
    });
    if (!this.#admits(head)) {
      this.#turnAway(UNAUTHENTICATED, { method, ...target });
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
    return this.#report.admitted = given.length === 1 &&
      sameText(withBasic(given[0]!), this.#context.authorization);
  }

  /** Refuses a client that has not shown the password. */
  #turnAway(
    refusal: Refusal,
    { method, host }: { method?: string; host?: string } = {},
  ): void {
    this.#context.unread.deny({
      reason: refusal.reason,
      status: refusal.status,
      ...defined({ method, host }),
    }, refusal);
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
      })(denied(refusal), refusal);
      this.#wait("linger");
    }
    // Else it stays a stranger, whose time goes on.
    this.#own(() => {});
    this.#client.write(
      refusalResponse(refusal, {
        close: true,
        ...defined({ method: head?.method }),
      }),
    );
    this.#client.finish("closed");
  }

  #plain(bytes: Uint8Array): void {
    this.#wait("head");
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
      unreadable: (refusal) =>
        this.#context.unread.deny({
          reason: refusal.reason,
          status: refusal.status,
          ...defined({ host }),
        }, refusal),
      closed: () => this.#close(),
    };
  }

  #connect(head: RequestHead, rest: Uint8Array): void {
    const request = readConnect(head);
    if (request.kind === "refuse") {
      this.#refuse(request.refusal, head, request.endpoint);
    } else this.#lead(head, request.endpoint, rest);
  }

  /** Opens the tunnel, or leads it on blind. */
  async #lead(
    head: RequestHead,
    endpoint: Endpoint,
    rest: Uint8Array,
  ): Promise<void> {
    this.#wait("exchange");
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
        const { control } = this.#context;
        const refusal = control && await control.tunnel(
          endpoint,
          this.#asker = new Leaver(),
        );
        if (!this.#open) return;
        if (refusal) {
          this.#refuse(refusal, head, endpoint);
          return;
        }
        const upstream = await this.#dial(endpoint, { tls: false });
        this.#context.passed?.note(endpoint, head.method);
        if (!this.#open) {
          upstream.destroy();
          return;
        }
        this.#client.write(ESTABLISHED);
        this.#session = new RawTunnel(
          this.#client,
          upstream,
          { toServer: early },
          () => this.#close(),
        );
        this.#client.resume();
      }
    } catch (error) {
      if (!this.#open) return;
      const known = dialError(error, formatAuthority(endpoint));
      this.#refuse(unreachable(known), head, endpoint);
    }
  }

  /** Opens the tunnel to a routed host, so that its requests can be given a credential. */
  #opened(endpoint: Endpoint, early: Uint8Array): void {
    this.#wait("head");
    this.#report.opened = true;
    this.#client.write(ESTABLISHED);
    let bytes = early;
    const read = (chunk: Uint8Array) => {
      bytes = concat(bytes, chunk);
      const verdict = judgeClientHello(bytes, endpoint.host);
      if (verdict === "incomplete") return;
      this.#own(() => {});
      if (verdict === "accepted") {
        this.#secure(endpoint, bytes);
        return;
      }
      auditor(this.#context, endpoint, { method: "CONNECT", target: "" })({
        event: "deny",
        ok: false,
        reason: verdict,
      });
      this.#report.strange = verdict === "bad_request"
        ? "no TLS"
        : "another host";
      if (verdict === "authority_mismatch") {
        this.#client.write(UNRECOGNIZED_NAME);
      }
      this.#wait("linger");
      this.#client.finish("closed");
    };
    this.#own(read);
    // First, since reading a whole ClientHello gives the socket away.
    this.#client.resume();
    if (early.length > 0) read(EMPTY);
  }

  async #secure(endpoint: Endpoint, hello: Uint8Array): Promise<void> {
    const report = this.#report;
    report.tls = "begun";
    if (this.#context.observe) {
      const read = readClientHello(hello);
      if (read.kind === "hello") report.hello = read;
    }
    try {
      const { stream, http2 } = await this.#client.secure(endpoint.host, hello);
      report.tls = "done";
      const plan = tunnelPlanner(this.#context, endpoint);
      const planner: Planner = (head, asker) => {
        report.requests++;
        return plan(head, asker);
      };
      const events = this.#sessionEvents(endpoint.host);
      this.#session = http2
        ? await this.#context.serveHttp2(stream, planner, events)
        : new HttpSession(stream, planner, events);
    } catch (error) {
      report.tls = "failed";
      report.failure = error instanceof Error ? error.message : "";
      this.#context.unread.deny({
        reason: "handshake_failed",
        method: "CONNECT",
        host: endpoint.host,
        ...portOf(endpoint),
      }, UNTRUSTED_CA);
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

/** A scheme has no case, and clients differ in it and in the white space behind it (RFC 9110 §11.1). */
function withBasic(value: string): string {
  return value.replace(/^basic[ \t]+/i, "Basic ");
}

const UNAUTHENTICATED: Refusal = {
  status: 407,
  reason: "proxy_authentication_required",
  message: "The proxy serves only the command that authsome started",
  hint: "Use the whole URL in HTTPS_PROXY, with its user and password",
};
