/** The proxy of a run: listens on loopback for the one command that knows its password. @module */
import { createServer, type Server, type Socket } from "node:net";
import { basicAuthorization, randomText } from "../../bytes.ts";
import type { Authority } from "../../wire/certificate_authority.ts";
import { LIMITS, type Limits, Watch } from "../../proxy/limits.ts";
import { ClientConnection } from "../../proxy/client_connection.ts";
import type { ClientContext } from "../../proxy/client_context.ts";
import { InjectedValues } from "../../request/response_head_scrub.ts";
import { proxyUrl } from "../../run/proxy_url.ts";
import { PassedHosts } from "../../audit/passed_hosts.ts";
import type { RequestContext } from "../../request/request_context.ts";
import { Strangers } from "../../proxy/strangers.ts";
import { BoundedAudit } from "../../proxy/bounded_audit.ts";
import type { Reach, ServerLookup } from "./connect.ts";
import { listenPrivately } from "../private_socket.ts";
import { ClientSocket, TlsContexts } from "./tls_server.ts";
import { dial } from "./upstream.ts";

/** What the proxy of a run is started with. */
export interface ProxyOptions {
  requests: RequestContext;
  authority: Authority;
  /** How servers are found; `caPem`: roots to trust besides the runtime's own, PEM. */
  upstream: ServerLookup & { caPem?: string };
  /** Ports of this machine that the command is not led to, besides the proxy's own: the login server's. */
  refusedPorts: readonly number[];
  /** A socket to listen on besides. */
  socket?: ProxySocket;
  /** Of the one command. Default: a random one. */
  password?: string;
  reach?: Reach;
  /** Default: {@linkcode LIMITS}. */
  limits?: Limits;
}

/**
 * A Unix socket of the proxy. With `port`, nothing listens on TCP: it is where the command finds the proxy, and the path,
 * which must be real, may be of any length.
 */
export interface ProxySocket {
  path: string;
  port?: number;
}

/** A running proxy. */
export interface Proxy {
  /** `http://authsome:<password>@127.0.0.1:<port>` */
  url: string;
  port: number;
  /** Drops every connection and stops. */
  close(): Promise<void>;
}

/** Loaded while the authority of the run is made. */
const transport = "startTls" in Deno
  ? import("./upstream_deno.ts")
  : import("./upstream_node.ts");

/** Starts the proxy on a free port of 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { password = randomText() } = options;
  const refusedPorts = new Set(options.refusedPorts);
  const { caPem = "", ...lookup } = options.upstream;
  const upstream = {
    transport: (await transport).transport,
    caCerts:
      caPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
        ?.map(String) ?? [],
    ...lookup,
    ...options.reach,
    refusedPorts,
  };
  const { requests } = options;
  const unread = new BoundedAudit(requests.audit, requests.profile);
  const passed = new PassedHosts(requests.audit, requests.profile);
  const context: ClientContext = {
    ...requests,
    injected: new InjectedValues(),
    authorization: basicAuthorization("authsome", password),
    refusedPorts,
    unread,
    passed,
    dial: (endpoint, how) => dial(endpoint, how, upstream),
    async serveHttp2(client, plan, events) {
      // Few commands need it.
      const { Http2Session } = await import("./http2_session.ts");
      return new Http2Session(client, plan, events);
    },
  };
  const contexts = new TlsContexts(options.authority);
  const { limits = LIMITS } = options;
  const clients = new Map<ClientConnection, Watch>();
  const strangers = new Strangers<ClientConnection>(limits.strangers);
  const admitted = new Set<ClientConnection>();

  const accept = (noDelay: boolean) =>
    createServer({ allowHalfOpen: true, noDelay }, (socket: Socket) => {
      const client: ClientConnection = new ClientConnection(
        new ClientSocket(socket, contexts),
        context,
        {
          admitted() {
            strangers.delete(client);
            if (admitted.size >= limits.connections) return false;
            admitted.add(client);
            return true;
          },
          closed() {
            strangers.delete(client);
            admitted.delete(client);
            clients.delete(client);
          },
        },
      );
      const now = Date.now();
      clients.set(client, new Watch(now));
      for (const gone of strangers.add(client, now)) gone.destroy();
    });
  const servers: Server[] = [];
  const { socket } = options;
  if (socket) {
    const server = accept(false);
    await listenPrivately(server, socket.path, socket.port !== undefined);
    servers.push(server);
  }
  let port = socket?.port;
  if (port === undefined) {
    const server = accept(true);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    servers.push(server);
    port = (server.address() as { port: number }).port;
    refusedPorts.add(port);
  }

  const sweep = setInterval(() => {
    const now = Date.now();
    for (const [client, watch] of clients) {
      if (watch.isOverdue(client, limits, now)) client.expire();
    }
  }, limits.sweepMs);

  return {
    url: proxyUrl(password, port),
    port,
    async close() {
      clearInterval(sweep);
      const closed = Promise.all(
        servers.map((server) =>
          new Promise<void>((resolve) => server.close(() => resolve()))
        ),
      );
      for (const client of clients.keys()) client.destroy();
      await closed;
      unread.flush();
      passed.flush();
    },
  };
}
