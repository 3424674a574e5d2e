/** The proxy of a run: listens on loopback for the one command that knows its password. @module */
import { createServer, type Server, type Socket } from "node:net";
import { AuthsomeError } from "../../errors.ts";
import type { AuditSink } from "../../audit/event.ts";
import { basicAuthorization, randomText } from "../../bytes.ts";
import type { Authority } from "../../wire/authority.ts";
import type { CredentialSource } from "../../connection/credentials.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import type { Planner, SessionEvents } from "../../proxy/planner.ts";
import { LIMITS, type Limits, Watch } from "../../proxy/limits.ts";
import type { DialOptions } from "../../proxy/plan.ts";
import type { Endpoint } from "../../wire/target.ts";
import { Front } from "../../proxy/front.ts";
import { InjectedValues } from "../../request/response_head_scrub.ts";
import type { RouteTable } from "../../request/route.ts";
import { SOCKET_PATH_BYTES } from "../../wire/socket_path.ts";
import { Strangers } from "../../proxy/strangers.ts";
import { BoundedAudit } from "../../proxy/bounded_audit.ts";
import {
  NO_PRIVATE_HOSTS,
  type PrivateHosts,
} from "../../request/destination/private_hosts.ts";
import type { ConnectOptions } from "./connect.ts";
import { ClientSocket, TlsContexts } from "./tls_server.ts";
import { dial } from "./upstream.ts";

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
    /** How a name becomes a TCP connection. Default: as the runtime does it. */
    connect?: typeof Deno.connect;
    /** The addresses of a name. Default: as the system has them. */
    resolve?: ConnectOptions["resolve"];
    /** Keys of this machine's addresses. Default: of its interfaces. */
    own?: ConnectOptions["own"];
  };
  /** Ports of this machine that the command is not led to, besides the proxy's own: the login server's. */
  refusedPorts: readonly number[];
  /**
   * A socket to listen on besides. With `port`, nothing listens on TCP: it is where the command finds the proxy, and the
   * path, which must be real, may be of any length.
   */
  socket?: { path: string; port?: number };
  /** Whether this machine, private networks and metadata services are refused, unless named. */
  refuseLocal?: boolean;
  /** What of those is opened all the same. Default: nothing. */
  opened?: PrivateHosts;
  /** Default: {@linkcode LIMITS}. */
  limits?: Limits;
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
  const password = randomText();
  const refusedPorts = new Set(options.refusedPorts);
  const { caPem = "", noProxy = "", ...ways } = options.upstream;
  const upstream = {
    transport: (await transport).transport,
    caCerts:
      caPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
        ?.map(String) ?? [],
    ...ways,
    noProxy,
    refusedPorts,
    refuseLocal: options.refuseLocal ?? false,
    opened: options.opened ?? NO_PRIVATE_HOSTS,
  };
  const unread = new BoundedAudit(options.audit, options.profile);
  const context = {
    routes: () => options.routes(),
    credentials: options.credentials,
    audit: options.audit,
    profile: options.profile,
    injected: new InjectedValues(),
    policy: options.policy,
    authorization: basicAuthorization("authsome", password),
    refusedPorts,
    unread,
    dial: (endpoint: Endpoint, how: DialOptions) =>
      dial(endpoint, how, upstream),
    serveHttp2: async (
      client: ByteStream,
      plan: Planner,
      events: SessionEvents,
    ) => {
      // Few commands need it.
      const { Http2Session } = await import("./http2_session.ts");
      return new Http2Session(client, plan, events);
    },
  };
  const contexts = new TlsContexts(options.authority);
  const { limits = LIMITS } = options;
  const fronts = new Map<Front, Watch>();
  const strangers = new Strangers<Front>(limits.strangers);
  const admitted = new Set<Front>();

  const accept = (noDelay: boolean) =>
    createServer({ allowHalfOpen: true, noDelay }, (socket: Socket) => {
      const front: Front = new Front(
        new ClientSocket(socket, contexts),
        context,
        {
          admitted() {
            strangers.delete(front);
            if (admitted.size >= limits.connections) return false;
            admitted.add(front);
            return true;
          },
          closed() {
            strangers.delete(front);
            admitted.delete(front);
            fronts.delete(front);
          },
        },
      );
      const now = Date.now();
      fronts.set(front, new Watch(now));
      for (const gone of strangers.add(front, now)) gone.destroy();
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
    for (const [front, watch] of fronts) {
      if (watch.isOverdue(front, limits, now)) front.expire();
    }
  }, limits.sweepMs);

  return {
    url: `http://authsome:${password}@127.0.0.1:${port}`,
    port,
    async close() {
      clearInterval(sweep);
      const closed = Promise.all(
        servers.map((server) =>
          new Promise<void>((resolve) => server.close(() => resolve()))
        ),
      );
      for (const front of fronts.keys()) front.destroy();
      await closed;
      unread.flush();
    },
  };
}

/**
 * Listens on a socket that only this user may connect to. One that a process left behind is replaced.
 *
 * @throws {AuthsomeError} `PortUnavailable` if something else is at `path`, or another process listens there.
 */
async function listenPrivately(
  server: Server,
  path: string,
  anyLength: boolean,
): Promise<void> {
  await removeLeftover(path);
  const address = anyLength ? shortAddress(server, path) : path;
  // The mode is set from the beginning, so there is no race.
  const umask = Deno.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address, resolve);
    });
  } catch (cause) {
    throw new AuthsomeError(
      "PortUnavailable",
      `Cannot listen on "${path}": ${
        cause instanceof Error ? cause.message : "unknown failure"
      }`,
      `Choose a path of at most ${SOCKET_PATH_BYTES} bytes in a folder that you may write`,
      { cause },
    );
  } finally {
    Deno.umask(umask);
  }
}

/**
 * A short way to `path` for `server` as long as it listens: by its folder, which this process holds open. It is for
 * whoever cannot choose the path; others reach the socket from its folder too.
 */
function shortAddress(server: Server, path: string): string {
  if (new TextEncoder().encode(path).length <= SOCKET_PATH_BYTES) return path;
  const at = path.lastIndexOf("/");
  const folder = Deno.openSync(path.slice(0, at));
  const held = [...Deno.readDirSync("/proc/self/fd")]
    .map(({ name }) => `/proc/self/fd/${name}`)
    .find((each) => targetOf(each) === path.slice(0, at));
  if (held === undefined) {
    folder.close();
    return path;
  }
  server.once("close", () => folder.close());
  return held + path.slice(at);
}

function targetOf(link: string): string | undefined {
  try {
    return Deno.readLinkSync(link);
  } catch {
    return undefined;
  }
}

async function removeLeftover(path: string): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch {
    return;
  }
  let reason = "it is there already and is no socket";
  if (info.isSocket) {
    try {
      (await Deno.connect({ transport: "unix", path })).close();
      reason = "another program listens there";
    } catch {
      Deno.removeSync(path);
      return;
    }
  }
  throw new AuthsomeError(
    "PortUnavailable",
    `Cannot listen on "${path}": ${reason}`,
    "Choose another path",
  );
}
