/**
 * The proxy between raw clients and a raw upstream: `api.example.com` is routed to the connection `example/default`, whose
 * key is {@linkcode KEY}, and every host leads to the same upstream on loopback.
 *
 * @module
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import {
  type Proxy,
  type ProxyOptions,
  startProxy,
} from "../../../lib/host/net/proxy_listener.ts";
import type { AuditEvent } from "../../../lib/audit/event.ts";
import {
  type Authority,
  createAuthority,
  type Leaf,
} from "../../../lib/wire/certificate_authority.ts";
import type {
  CredentialResult,
  CredentialSource,
} from "../../../lib/connection/credentials.ts";
import type { Control } from "../../../lib/request/control/control.ts";
import type { Route, RouteTable } from "../../../lib/request/route.ts";
import { Secret } from "../../../lib/secret.ts";
import { type Relay, startRelay } from "../servers/relay.ts";
import {
  type ConnectProxy,
  startConnectProxy,
} from "../servers/connect_proxy.ts";
import {
  type Connection,
  startUpstream,
  type Upstream,
} from "../servers/tls_upstream.ts";

export const HOST = "api.example.com";
/** The real credential: it must never reach a client. */
export const KEY = "sk-real-canary-7f3a";

/** The credential of a {@linkcode KEY}, or another. */
export function keyCredential(key = KEY): CredentialResult {
  return {
    ok: true,
    credential: { type: "api_key", fields: { api_key: new Secret(key) } },
    values: {},
  };
}

/** A route of `example/default` with a bearer header on {@linkcode HOST}. */
export function route(change: Partial<Route> = {}): Route {
  return {
    provider: "example",
    connection: "default",
    host: { kind: "exact", host: HOST },
    port: 443,
    pathPrefix: "/",
    injections: [{
      kind: "header",
      name: "Authorization",
      value: "Bearer {api_key}",
    }],
    defaultHeaders: {},
    ...change,
  };
}

/** What a test may change. */
export interface RigOptions {
  script?: (connection: Connection) => Promise<void> | void;
  table?: RouteTable;
  fresh?: (
    provider: string,
    connection: string,
  ) => CredentialResult | Promise<CredentialResult>;
  /** In the place of what only counts in {@linkcode Rig.rejected}. */
  rejected?: CredentialSource["rejected"];
  policy?: "open" | "deny";
  /** The person's rules. Default: none. */
  control?: Control;
  /** Another certificate of the upstream, and the CA that the proxy trusts. */
  certificate?: { leaf: Leaf; caPem: string };
  /** Hosts on the upstream's certificate. Default: {@linkcode HOST} and what is asked for. */
  certificateFor?: string;
  /** Domain of every certificate. Default: `example.com`. */
  domain?: string;
  /** Whether the proxy trusts the upstream's CA. Default: true. */
  trusted?: boolean;
  /** Whether the upstream speaks TLS. Default: true. */
  tls?: boolean;
  /** Leads names to the upstream at `port` without a parent's proxy. */
  connect?: (port: number) => typeof Deno.connect;
  /** Another server in the upstream's place. */
  serve?: (leaf: Leaf) => Promise<{ port: number; close(): Promise<void> }>;
  options?:
    | Partial<ProxyOptions>
    | ((upstream: { caPem: string }) => Partial<ProxyOptions>);
}

/** A raw client. */
export interface Client {
  socket: Socket;
  received: string;
  send(text: string): void;
  /** Waits until what was received matches, from `from` on; rejects if the proxy closes before. */
  until(pattern: RegExp, from?: number): Promise<string>;
  /** Waits until the proxy has closed, and gives all that was received. */
  closed(): Promise<string>;
}

/** What the client says of itself. */
export interface TunnelOptions {
  serverName?: string | false;
  /** Protocols that it offers. Default: none. */
  protocols?: string[];
}

/** The parts of a running rig. */
export interface Rig {
  proxy: Proxy;
  authority: Authority;
  upstream: Upstream;
  parent: ConnectProxy;
  /** What lies between the parent's proxy and the upstream, and between {@linkcode Rig.tunnel} and the proxy. */
  relays: { upstream: Relay; client: Relay };
  events: AuditEvent[];
  /** Connections that an upstream answered 401 to. */
  rejected: string[];
  /** A connection to the proxy, nothing sent. */
  dial(): Promise<Client>;
  /** The head of a CONNECT with the run's password. */
  connectHead(authority: string, fields?: string): string;
  /** TLS through the proxy to `authority`; `serverName` as the client sends it (false: none). */
  tunnel(authority?: string, options?: TunnelOptions): Promise<Client>;
  /** The same as a socket. */
  secure(authority?: string, options?: TunnelOptions): Promise<TLSSocket>;
}

/** Runs `body` with a rig, and takes the rig down. */
export async function withRig(
  options: RigOptions,
  body: (rig: Rig) => Promise<void>,
): Promise<void> {
  const { domain = "example.com" } = options;
  const issuer = await createAuthority({ hosts: [domain] });
  const leaf = options.certificate?.leaf ??
    await issuer.leafFor(options.certificateFor ?? HOST);
  const { caPem } = options.certificate ?? issuer;
  const upstream = await startUpstream(
    options.script ?? (() => {}),
    options.tls === false ? undefined : leaf,
  );
  const server = await options.serve?.(leaf);
  const upstreamRelay = await startRelay((server ?? upstream).port);
  const parent = await startConnectProxy(() => upstreamRelay.port);
  const authority = await createAuthority({ hosts: [domain] });
  const events: AuditEvent[] = [];
  const rejected: string[] = [];
  const table = options.table ?? { routes: [route()], forbidden: [] };
  const fresh = options.fresh ?? (() => keyCredential());
  const proxy = await startProxy({
    requests: {
      routes: () => table,
      credentials: {
        fresh: async (provider, connection) =>
          await fresh(provider, connection),
        rejected: async (sent) => {
          rejected.push(`${sent.provider}/${sent.connection}`);
          return await options.rejected?.(sent) ?? false;
        },
      },
      audit: {
        record: (event) => events.push(event),
        flush: () => Promise.resolve(),
      },
      profile: "default",
      policy: options.policy ?? "open",
      ...options.control ? { control: options.control } : {},
    },
    authority,
    upstream: {
      ...(options.trusted === false ? {} : { caPem }),
      ...(options.connect
        ? { connect: options.connect(upstreamRelay.port) }
        : { proxy: new URL(parent.url) }),
      // As behind a company's proxy: only that knows names, and none is asked for outside this machine.
      resolve: () => Promise.resolve([]),
    },
    refusedPorts: [7998],
    ...typeof options.options === "function"
      ? options.options({ caPem })
      : options.options,
  });
  const clientRelay = await startRelay(proxy.port);
  const sockets: Socket[] = [];
  const { username, password } = new URL(proxy.url);
  const authorization = `Proxy-Authorization: Basic ${
    btoa(`${username}:${password}`)
  }\r\n`;
  const rig: Rig = {
    proxy,
    authority,
    upstream,
    parent,
    relays: { upstream: upstreamRelay, client: clientRelay },
    events,
    rejected,
    connectHead: (target, fields = "") =>
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}${fields}\r\n`,
    async dial() {
      const socket = connectTcp(proxy.port, "127.0.0.1");
      await new Promise((resolve, reject) =>
        socket.once("connect", resolve).once("error", reject)
      );
      sockets.push(socket);
      return clientOf(socket);
    },
    async tunnel(authority, options) {
      return clientOf(await rig.secure(authority, options));
    },
    async secure(
      target = `${HOST}:443`,
      { serverName = target.split(":")[0]!, protocols } = {},
    ) {
      const socket = connectTcp(clientRelay.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(rig.connectHead(target));
      await new Promise<void>((resolve, reject) => {
        socket.once(
          "close",
          () => reject(new Error("the proxy closed the connection")),
        );
        socket.once("data", (bytes: Uint8Array) => {
          const head = String.fromCharCode(...bytes);
          if (head.startsWith("HTTP/1.1 200 ")) resolve();
          else reject(new Error(head));
        });
      });
      const secure = connectTls({
        socket,
        ca: [authority.caPem, issuer.caPem],
        ...(serverName === false ? {} : { servername: serverName }),
        ...(protocols ? { ALPNProtocols: protocols } : {}),
        // The name is the test's business where it is another one than the certificate's.
        checkServerIdentity: () => undefined,
      });
      await new Promise<void>((resolve, reject) => {
        secure.once("secureConnect", resolve);
        secure.once("error", reject);
        secure.once(
          "close",
          () => reject(new Error("the handshake was refused")),
        );
      });
      sockets.push(secure);
      return secure;
    },
  };
  try {
    await body(rig);
  } finally {
    for (const socket of sockets) socket.destroy();
    await clientRelay.close();
    await proxy.close();
    await parent.close();
    await upstreamRelay.close();
    await server?.close();
    await upstream.close();
  }
}

function clientOf(socket: Socket): Client {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  const waiting = new Set<() => void>();
  const wake = () => [...waiting].forEach((check) => check());
  let gone = false;
  const client: Client = {
    socket,
    received: "",
    send(text) {
      socket.write(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    },
    until(pattern, from = 0) {
      return new Promise((resolve, reject) => {
        const check = () => {
          const text = client.received.slice(from);
          if (pattern.test(text)) resolve(text);
          else if (gone) {
            reject(
              new Error(
                `closed before ${pattern}: ${
                  JSON.stringify(text.slice(0, 600))
                }`,
              ),
            );
          } else return;
          waiting.delete(check);
        };
        waiting.add(check);
        check();
      });
    },
    closed() {
      return new Promise((resolve) => {
        const check = () => {
          if (!gone) return;
          waiting.delete(check);
          resolve(client.received);
        };
        waiting.add(check);
        check();
      });
    },
  };
  socket.on("data", (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += 8_192) {
      client.received += String.fromCharCode(...bytes.subarray(at, at + 8_192));
    }
    wake();
  });
  const ended = () => {
    gone = true;
    wake();
  };
  socket.on("end", ended);
  socket.on("close", ended);
  return client;
}
