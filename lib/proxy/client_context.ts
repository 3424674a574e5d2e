/** What a connection from the command is, works with, and tells. @module */
import type { ByteStream } from "../ports/net.ts";
import type { BoundedAudit } from "./bounded_audit.ts";
import type { ProxyContext } from "./plan.ts";
import type { Planner, Session, SessionEvents } from "./planner.ts";

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

/** What a connection from the command works with. */
export interface ClientContext extends ProxyContext {
  /** The value of `Proxy-Authorization` that is let in. */
  authorization: string;
  /** Ports of this machine that are never connected to: the proxy's own and the login server's. */
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
export interface ClientEvents {
  /** It has shown the password. Whether there is a place for it. */
  admitted(): boolean;
  /** The client has gone; called once. */
  closed(): void;
}
