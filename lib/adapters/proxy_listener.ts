/** The proxy of a run: listens on loopback for the one command that knows its password. @module */
import { createServer, type Socket } from "node:net";
import type { AuditSink } from "../audit/event.ts";
import type { Authority } from "../proxy/authority.ts";
import type { CredentialSource } from "../proxy/credentials.ts";
import type { Phase } from "../proxy/exchange.ts";
import { Front } from "../proxy/front.ts";
import type { RouteTable } from "../proxy/route.ts";
import { ClientSocket, TlsContexts } from "./tls_server.ts";
import { dial } from "./upstream_deno.ts";

/** What the proxy of a run is started with. */
export interface ProxyOptions {
  /** The routes as they are now; asked for at each tunnel and request. */
  routes(): RouteTable | Promise<RouteTable>;
  credentials: CredentialSource;
  audit: AuditSink;
  profile: string;
  /** Whether hosts without a route are tunnelled (`open`) or refused. */
  policy: "open" | "deny";
  authority: Authority;
  upstream: {
    /** Roots to trust besides the runtime's own, PEM. */
    caPem?: string;
    /** The parent's proxy, with user information if it wants some. */
    proxy?: URL;
    /** The parent's `NO_PROXY`. */
    noProxy?: string;
  };
  /** Ports of this machine that the command is not led to, besides the proxy's own. Default: 7998. */
  refusedPorts?: readonly number[];
}

/** A running proxy. */
export interface Proxy {
  /** `http://authsome:<password>@127.0.0.1:<port>` */
  url: string;
  port: number;
  /** Drops every connection and stops. */
  close(): Promise<void>;
}

const LOGIN_PORT = 7998;
/** Most connections at a time; a command that holds more is refused new ones. */
const MAX_CONNECTIONS = 2_048;
const SWEEP_MS = 5_000;
/** How long a connection may be in a phase (`absolute`), or in it without a byte moving, in milliseconds. */
const LIMITS: Record<Phase, { ms: number; absolute?: true }> = {
  head: { ms: 60_000, absolute: true },
  idle: { ms: 600_000 },
  // A model may think for long before its first byte.
  exchange: { ms: 3_600_000 },
  raw: { ms: 7_200_000 },
  linger: { ms: 5_000, absolute: true },
};

/** Starts the proxy on a free port of 127.0.0.1. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const password = randomPassword();
  const refusedPorts = new Set(options.refusedPorts ?? [LOGIN_PORT]);
  const { caPem = "", proxy, noProxy = "" } = options.upstream;
  const upstream = {
    caCerts:
      caPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
        ?.map(String) ?? [],
    ...(proxy ? { proxy } : {}),
    noProxy,
    refusedPorts,
  };
  const context = {
    routes: () => options.routes(),
    credentials: options.credentials,
    audit: options.audit,
    profile: options.profile,
    policy: options.policy,
    authorization: `Basic ${btoa(`authsome:${password}`)}`,
    refusedPorts,
    dial: (endpoint: { host: string; port: number }, how: { tls: boolean }) =>
      dial(endpoint, how, upstream),
  };
  const contexts = new TlsContexts(options.authority);
  const fronts = new Map<Front, { moved: number; since: number }>();

  const server = createServer(
    { allowHalfOpen: true, noDelay: true },
    (socket: Socket) => {
      if (fronts.size >= MAX_CONNECTIONS) {
        socket.destroy();
        return;
      }
      const front: Front = new Front(
        new ClientSocket(socket, contexts),
        context,
        () => fronts.delete(front),
      );
      fronts.set(front, { moved: 0, since: Date.now() });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as { port: number };
  refusedPorts.add(port);

  const sweep = setInterval(() => {
    const now = Date.now();
    for (const [front, seen] of fronts) {
      const { ms, absolute } = LIMITS[front.phase];
      if (front.moved !== seen.moved) {
        seen.moved = front.moved;
        seen.since = now;
      }
      if (
        now - (absolute ? front.since : Math.max(seen.since, front.since)) > ms
      ) front.destroy();
    }
  }, SWEEP_MS);

  return {
    url: `http://authsome:${password}@127.0.0.1:${port}`,
    port,
    async close() {
      clearInterval(sweep);
      const closed = new Promise<void>((resolve) =>
        server.close(() => resolve())
      );
      for (const front of fronts.keys()) front.destroy();
      await closed;
    },
  };
}

function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll(
    "/",
    "_",
  ).replace(/=+$/, "");
}
